// SPDX-License-Identifier: Apache-2.0
#include "models/lm/lm.h"

#include <fmt/format.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "models/lm/lm_predictor.h"
#include "models/lm/load.h"
#include "models/lm/local_models.h"
#include "models/lm/torch_lm.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

std::optional<WeightFormat> weight_format(const std::string& name) {
  if (name == "f32") return WeightFormat::kF32;
  if (name == "f16") return WeightFormat::kF16;
  if (name == "bf16") return WeightFormat::kBf16;
  if (name == "int8") return WeightFormat::kInt8;
  return std::nullopt;
}

// The model itself, or what libtorch makes of it.
LoadedLm load(const Spec& spec) {
  const std::string weights = spec.get("weights");
  if (!spec.has("torch")) return load_lm(find_model(spec.get("path")), weight_format(weights));
  if (!weights.empty() && weights != "f32" && weights != "bf16") {
    throw Error(Error::Kind::kUsage, spec.text(), "libtorch computes in f32 or bf16 here",
                "take weights=bf16, or leave it out");
  }
  LoadedLm loaded = load_lm(find_model(spec.get("path")));
  loaded.model = make_torch_lm(*loaded.model, spec.get("torch"), weights == "bf16", spec.text());
  return loaded;
}

std::unique_ptr<Predictor> make(const Spec& spec, const PredictorOptions& options) {
  LoadedLm loaded = load(spec);
  std::optional<std::size_t> overlap;
  if (spec.has("overlap")) {
    overlap = spec.number("overlap");
    if (loaded.model->config().recurrent) {
      throw Error(Error::Kind::kUsage, spec.text(),
                  "the model is recurrent and reads texts of any length, without windows",
                  "leave out overlap=");
    }
    const std::size_t context = loaded.model->config().context_length;
    if (*overlap + 2 >= context) {
      throw Error(
          Error::Kind::kUsage, spec.text(),
          fmt::format("the overlap must be below {}, the model's context less 2", context - 2), "");
    }
  }
  TokenStream stream(std::move(loaded.model), loaded.begin_of_text, overlap);
  if (loaded.tokenizer) {
    return make_token_lm(std::move(stream), std::move(loaded.tokenizer), options.special);
  }
  if (options.special) {
    throw Error::of_option("special", "", "the model has no tokenizer, and so no such tokens",
                           "leave it out");
  }
  return make_byte_lm(std::move(stream));
}

constexpr std::uint64_t kMaxOverlap = std::uint64_t{1} << 32;

constexpr OptionInfo kOptions[] = {
    {.key = "path", .kind = OptionInfo::Kind::kText, .unit = "folder"},
    {.key = "overlap", .min = 0, .max = kMaxOverlap},
    {.key = "weights", .kind = OptionInfo::Kind::kChoice, .choices = "f32 f16 bf16 int8"},
    {.key = "torch", .kind = OptionInfo::Kind::kChoice, .choices = "cpu cuda"}};

// What libtorch computes differs in the last digits from machine to machine, on GPUs from run to
// run.
std::string measures_only(const Spec& spec) {
  if (!spec.has("torch")) return "";
  return "measures and samples only, for libtorch's numbers are not the same everywhere";
}

}  // namespace

namespace {

std::vector<std::string> files(const Spec& spec) { return lm_files(find_model(spec.get("path"))); }

std::vector<std::string> own_folders() {
  std::vector<std::string> paths;
  for (const ModelFolder& folder : model_folders()) {
    if (folder.source == "zipdream") paths.push_back(folder.path);
  }
  return paths;
}

std::vector<std::string> kept_models() {
  std::vector<std::string> paths;
  for (const LocalModel& model : local_models()) paths.push_back(model.path);
  return paths;
}

}  // namespace

constinit const ModelInfo kLm{.name = "lm",
                              .summary = "a language model: a folder, a GGUF file, or a name",
                              .options = kOptions,
                              .example = "lm:DIR",
                              .make_predictor = make,
                              .files = files,
                              .folders = own_folders,
                              .kept_models = kept_models,
                              .measures_only = measures_only};

}  // namespace zipdream
