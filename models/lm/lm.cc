// SPDX-License-Identifier: Apache-2.0
#include "models/lm/lm.h"

#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <optional>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "models/lm/lm_predictor.h"
#include "models/lm/load.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

namespace fs = std::filesystem;

// Those of ZIPDREAM_MODELS, with a colon between any two; beside the program, which is in bin/
// where it is installed and in build/PRESET/ of the sources.
std::vector<std::string> model_folders() {
  std::vector<std::string> folders;
  const char* const named = std::getenv("ZIPDREAM_MODELS");
  std::istringstream list(named == nullptr ? "" : named);
  for (std::string folder; std::getline(list, folder, ':');) {
    if (!folder.empty()) folders.push_back(folder);
  }
  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/self/exe", error).parent_path();
  if (error) return folders;
  folders.push_back((program.parent_path() / "share/zipdream/models").string());
  folders.push_back((program.parent_path().parent_path() / "samples/models").string());
  return folders;
}

std::optional<WeightFormat> weight_format(const std::string& name) {
  if (name == "f32") return WeightFormat::kF32;
  if (name == "f16") return WeightFormat::kF16;
  if (name == "bf16") return WeightFormat::kBf16;
  if (name == "int8") return WeightFormat::kInt8;
  return std::nullopt;
}

std::unique_ptr<Predictor> make(const Spec& spec, const PredictorOptions& /*options*/) {
  LoadedLm loaded = load_lm(find_model(spec.get("path")), weight_format(spec.get("weights")));
  std::optional<std::size_t> overlap;
  if (spec.has("overlap")) {
    overlap = spec.number("overlap");
    const std::size_t context = loaded.model->config().context_length;
    if (*overlap + 2 >= context) {
      throw Error(
          Error::Kind::kUsage, spec.text(),
          fmt::format("the overlap must be below {}, the model's context less 2", context - 2), "");
    }
  }
  TokenStream stream(std::move(loaded.model), loaded.begin_of_text, overlap);
  if (!loaded.tokenizer) return make_byte_lm(std::move(stream));
  return make_token_lm(std::move(stream), std::move(loaded.tokenizer));
}

constexpr std::uint64_t kMaxOverlap = std::uint64_t{1} << 32;

constexpr OptionInfo kOptions[] = {
    {.key = "path", .kind = OptionInfo::Kind::kText, .unit = "folder"},
    {.key = "overlap", .min = 0, .max = kMaxOverlap},
    {.key = "weights", .kind = OptionInfo::Kind::kChoice, .choices = "f32 f16 bf16 int8"}};

}  // namespace

std::string find_model(const std::string& path) {
  std::error_code ignored;
  if (fs::exists(path, ignored) || fs::path(path).filename() != path) return path;
  for (const fs::path folder : model_folders()) {
    if (fs::is_directory(folder / path, ignored)) return (folder / path).string();
  }
  return path;
}

namespace {

std::vector<std::string> files(const Spec& spec) { return lm_files(find_model(spec.get("path"))); }

}  // namespace

constinit const ModelInfo kLm{.name = "lm",
                              .summary = "a language model: a folder, or english",
                              .options = kOptions,
                              .example = "lm:DIR",
                              .make_predictor = make,
                              .files = files,
                              .folders = model_folders};

}  // namespace zipdream
