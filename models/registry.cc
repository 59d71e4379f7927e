// SPDX-License-Identifier: Apache-2.0
#include "models/registry.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "base/error.h"
#include "codecs/registry.h"
#include "codecs/spec.h"
#include "generator/arithmetic_codec.h"
#include "generator/byte_symbols.h"
#include "generator/dream/arithmetic_dreamer.h"
#include "generator/dream/registry.h"
#include "generator/length_law.h"
#include "generator/token_codec.h"
#include "models/factories.h"
#include "models/residual/residual_model.h"

namespace zipdream {
namespace {

constexpr std::string_view kArith = "arith";
constexpr std::string_view kResidual = "residual";

void refuse_options_of_codecs(const PredictorOptions& options) {
  if (options.law) throw usage_error("--law: is for codecs; leave it out");
  if (options.units) throw usage_error("--units: is for codecs; leave it out");
}

template <std::unique_ptr<ByteLaw> (*make_law)(std::string_view options)>
std::unique_ptr<Predictor> predict_by_law(std::string_view options,
                                          PredictorOptions predictor_options) {
  refuse_options_of_codecs(predictor_options);
  return make_byte_predictor(make_law(options), std::move(predictor_options.bytes));
}

std::unique_ptr<Predictor> predict_by_lm(std::string_view options,
                                         PredictorOptions predictor_options) {
  refuse_options_of_codecs(predictor_options);
  return make_lm(options, std::move(predictor_options.bytes));
}

std::unique_ptr<Codec> make_arith(std::string_view options, OnCoded on_coded) {
  if (options.empty()) throw usage_error("arith: of which model? try arith:gzip:9");
  std::unique_ptr<Predictor> model = make_model(options, {});
  const auto make = is_bytewise(*model) ? make_arithmetic_codec : make_token_codec;
  return make(fmt::format("{}:{}", kArith, options), std::move(model), std::move(on_coded));
}

std::unique_ptr<Predictor> predict_by_arith(std::string_view options,
                                            PredictorOptions predictor_options) {
  if (predictor_options.law == LawKind::kTables) {
    throw usage_error("--law tables: arith has none; say --law length, or name the model alone");
  }
  const Units units = predictor_options.units.value_or(Units::kBits);
  return make_byte_predictor(make_length_law(make_arith(options, {}), units),
                             std::move(predictor_options.bytes));
}

std::unique_ptr<Predictor> predict_by_residual(std::string_view options,
                                               PredictorOptions predictor_options) {
  return make_residual_predictor(parse_residual_spec(options), std::move(predictor_options),
                                 make_model);
}

// clang-format off
constexpr auto kModels = std::to_array<ModelInfo>({
  // name   summary                                    options  default  make
  {"ppm",   "what followed the last bytes before",     "2-16",  "6",     predict_by_law<make_ppm>},
  {"cm",    "many contexts, mixed by who is right",   "",      "",      predict_by_law<make_cm>},
  {"lm",    "a language model: a folder, or english",  "DIR",   "",      predict_by_lm},
  {kArith,  "arithmetic coding by any model: a codec", "MODEL", "",      predict_by_arith},
  {kResidual, "what a forecast of pixels or samples leaves", "KIND:MODEL", "", predict_by_residual},
});
// clang-format on

const ModelInfo* find_model(std::string_view name) {
  const auto* const found = std::ranges::find(kModels, name, &ModelInfo::name);
  return found == kModels.end() ? nullptr : found;
}

bool is_codec(std::string_view name) {
  return std::ranges::find(codec_list(), name, &CodecInfo::name) != codec_list().end();
}

bool learns(std::string_view name) { return find_model(name) != nullptr && name != kArith; }

Error no_such_model(std::string_view name) {
  std::vector<std::string_view> names;
  for (const CodecInfo& codec : codec_list()) names.push_back(codec.name);
  for (const ModelInfo& model : kModels) names.push_back(model.name);
  return usage_error(
      fmt::format("{}: no such model;{} `zipdream list` shows all", name, suggestion(name, names)));
}

}  // namespace

std::span<const ModelInfo> model_list() { return kModels; }

std::unique_ptr<Predictor> make_model(std::string_view spec, PredictorOptions options) {
  const auto [name, model_options] = split_spec(spec);
  if (const ModelInfo* model = find_model(name))
    return model->make(model_options, std::move(options));
  if (!is_codec(name)) throw no_such_model(name);
  return make_predictor(spec, std::move(options));
}

std::unique_ptr<Codec> make_compressor(std::string_view spec, OnCoded on_coded) {
  const auto [name, options] = split_spec(spec);
  if (name == kArith) return make_arith(options, std::move(on_coded));
  if (name == kResidual) {
    const ResidualSpec residual = parse_residual_spec(options);
    return make_residual_codec(residual, make_compressor(residual.model, std::move(on_coded)));
  }
  if (find_model(name) != nullptr) {
    throw usage_error(fmt::format("{0}: is no codec by itself; try arith:{0}", spec));
  }
  if (!is_codec(name)) throw no_such_model(name);
  return make_codec(spec);
}

bool is_compressor(std::string_view spec) {
  if (const auto within = model_within(spec)) return is_compressor(*within);
  const std::string_view name = split_spec(spec).name;
  return name == kArith || is_codec(name);
}

std::unique_ptr<Scorer> make_model_scorer(std::string_view spec, PredictorOptions options) {
  options.bytes.tail = 0;
  const std::string_view name = split_spec(spec).name;
  if (is_codec(name)) return make_scorer(spec, std::move(options));
  return make_predictor_scorer(make_model(spec, std::move(options)));
}

std::unique_ptr<Dreamer> make_model_dreamer(std::string_view spec) {
  const auto [name, options] = split_spec(spec);
  if (is_codec(name)) return make_dreamer(spec);
  if (name == kResidual) {
    const ResidualSpec residual = parse_residual_spec(options);
    return make_residual_dreamer(residual, make_model_dreamer(residual.model));
  }
  if (name == kArith) static_cast<void>(make_arith(options, {}));  // for its errors
  return make_arithmetic_dreamer(make_model(name == kArith ? options : spec, {}));
}

bool measures_streams(std::string_view spec, const PredictorOptions& options) {
  const auto [name, model_options] = split_spec(spec);
  if (name == kArith) return measures_streams(model_options, {});
  if (const auto within = model_within(spec)) return measures_streams(*within, options);
  return !learns(name) && chosen_law(spec, options) == LawKind::kLength;
}

std::string law_name(std::string_view spec, const PredictorOptions& options) {
  if (const auto within = model_within(spec)) return law_name(*within, options);
  if (learns(split_spec(spec).name)) return "what it has learnt";
  if (chosen_law(spec, options) == LawKind::kTables) return "tables";
  return options.units == Units::kBytes ? "lengths in bytes" : "lengths in bits";
}

}  // namespace zipdream
