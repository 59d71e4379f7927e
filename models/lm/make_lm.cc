// SPDX-License-Identifier: Apache-2.0
// lm:PATH, lm:PATH:overlap=N.
#include <fmt/format.h>

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

namespace zipdream {
namespace {

struct LmOptions {
  std::string path;
  std::optional<std::size_t> overlap;
};

// A path may hold colons; what follows the last one is an option if it looks like ours.
LmOptions parse_options(std::string_view options) {
  constexpr std::string_view kOverlap = ":overlap=";
  const std::size_t at = options.rfind(kOverlap);
  LmOptions parsed{std::string(options.substr(0, at)), std::nullopt};
  if (at != std::string_view::npos) {
    const std::string_view number = options.substr(at + kOverlap.size());
    std::size_t value = 0;
    const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), value);
    if (error != std::errc() || end != number.data() + number.size()) {
      throw usage_error(
          fmt::format("lm:{}: the overlap must be a number of tokens; try lm:{}:overlap=1024",
                      options, parsed.path));
    }
    parsed.overlap = value;
  }
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
  LoadedLm loaded = load_lm(parsed.path);
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
