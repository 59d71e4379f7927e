// SPDX-License-Identifier: Apache-2.0
// lm:PATH, and after it :overlap=N, :weights=FORMAT or both.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "generator/byte_predictor.h"
#include "models/factories.h"
#include "models/lm/lm_law.h"
#include "models/lm/load.h"
#include "models/lm/model_path.h"

namespace zipdream {
namespace {

struct LmOptions {
  std::string path;
  std::optional<std::size_t> overlap;
  std::optional<WeightFormat> weights;
};

std::size_t parse_overlap(std::string_view number, std::string_view options,
                          std::string_view path) {
  std::size_t value = 0;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), value);
  if (error == std::errc() && end == number.data() + number.size()) return value;
  throw usage_error(fmt::format(
      "lm:{}: the overlap must be a number of tokens; try lm:{}:overlap=1024", options, path));
}

WeightFormat parse_format(std::string_view name, std::string_view options, std::string_view path) {
  using NamedFormat = std::pair<std::string_view, WeightFormat>;
  constexpr auto kFormats = std::to_array<NamedFormat>({{"f32", WeightFormat::kF32},
                                                        {"f16", WeightFormat::kF16},
                                                        {"bf16", WeightFormat::kBf16},
                                                        {"int8", WeightFormat::kInt8}});
  const auto* const found = std::ranges::find(kFormats, name, &NamedFormat::first);
  if (found != kFormats.end()) return found->second;
  throw usage_error(fmt::format("lm:{}: weights are f32, f16, bf16 or int8; try lm:{}:weights=int8",
                                options, path));
}

// A path may hold colons; what follows the last one is an option if it looks like ours.
LmOptions parse_options(std::string_view options) {
  constexpr std::string_view kOverlap = ":overlap=";
  constexpr std::string_view kWeights = ":weights=";
  LmOptions parsed;
  std::string_view rest = options;
  while (true) {
    const std::size_t at = std::min(rest.rfind(':'), rest.size());
    const std::string_view last = rest.substr(at);
    if (last.starts_with(kOverlap)) {
      parsed.overlap = parse_overlap(last.substr(kOverlap.size()), options, rest.substr(0, at));
    } else if (last.starts_with(kWeights)) {
      parsed.weights = parse_format(last.substr(kWeights.size()), options, rest.substr(0, at));
    } else {
      break;
    }
    rest = rest.substr(0, at);
  }
  parsed.path = rest;
  if (parsed.path.empty()) throw usage_error("lm: of which folder? try lm:DIR");
  return parsed;
}

void check_overlap(const LmOptions& options, const LmConfig& config) {
  if (options.overlap.value_or(0) + 2 < config.context) return;
  throw usage_error(fmt::format("lm:{}:overlap={}: must be below its context less 2, {}",
                                options.path, *options.overlap, config.context - 2));
}

}  // namespace

std::unique_ptr<Predictor> make_lm(std::string_view options, BytePredictorOptions bytes) {
  const LmOptions parsed = parse_options(options);
  LoadedLm loaded = load_lm(find_model(parsed.path), parsed.weights);
  if (parsed.overlap) check_overlap(parsed, loaded.model->config());
  TokenStream stream(std::move(loaded.model), loaded.begin_of_text, parsed.overlap);
  if (!loaded.tokenizer) {
    return make_byte_predictor(make_byte_lm(std::move(stream)), std::move(bytes));
  }
  if (bytes.tail > 0) {
    throw usage_error(fmt::format("--tail: lm:{0} has a window of its own; try lm:{1}:overlap=N",
                                  options, parsed.path));
  }
  auto predictor = make_token_lm(std::move(stream), std::move(loaded.tokenizer), bytes.alphabet);
  predictor->observe(bytes.corpus);
  return predictor;
}

}  // namespace zipdream
