// SPDX-License-Identifier: Apache-2.0
// A language model on given tokens: what it holds to be likeliest after each of them.
// Usage: lm_probs [--weights f32|f16|bf16|int8] MODEL K ID,ID,...
// Prints a line for each token: its place, the token, and K times TOKEN:PROBABILITY, the likeliest
// first. Of tokens that are equally likely the lower comes first.
#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <sstream>
#include <string>
#include <vector>

#include "apps/bench/program.h"
#include "base/portable_math.h"
#include "models/lm/load.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

std::vector<Symbol> parse_tokens(const std::string& list, std::size_t vocab_size) {
  std::vector<Symbol> tokens;
  std::istringstream stream(list);
  for (std::string id; std::getline(stream, id, ',');) {
    tokens.push_back(static_cast<Symbol>(std::stoul(id)));
    if (tokens.back() >= vocab_size) throw usage_error("lm_probs: no token " + id);
  }
  return tokens;
}

void print_likeliest(std::size_t place, Symbol token, std::span<const double> log2_probs,
                     std::size_t count) {
  std::vector<Symbol> ranked(log2_probs.size());
  std::iota(ranked.begin(), ranked.end(), 0U);
  std::ranges::stable_sort(ranked, std::greater<>(), [&](Symbol s) { return log2_probs[s]; });
  std::string line = fmt::format("{} {}", place, token);
  for (std::size_t i = 0; i < std::min(count, ranked.size()); ++i) {
    line += fmt::format(" {}:{:.9e}", ranked[i], portable_exp2(log2_probs[ranked[i]]));
  }
  fmt::print("{}\n", line);
}

std::optional<WeightFormat> parse_format(const std::string& name) {
  const std::vector<std::string> names = {"f32", "f16", "bf16", "int8"};
  const auto found = std::ranges::find(names, name);
  if (found == names.end()) throw usage_error("lm_probs: no weights " + name);
  return static_cast<WeightFormat>(found - names.begin());
}

int run(std::vector<std::string> arguments) {
  std::optional<WeightFormat> format;
  if (arguments.size() == 5 && arguments[0] == "--weights") {
    format = parse_format(arguments[1]);
    arguments.erase(arguments.begin(), arguments.begin() + 2);
  }
  if (arguments.size() != 3) throw usage_error("usage: lm_probs [--weights W] MODEL K ID,ID,...");
  const LoadedLm loaded = load_lm(arguments[0], format);
  const LanguageModel& model = *loaded.model;
  const std::vector<Symbol> tokens = parse_tokens(arguments[2], model.config().vocab_size);
  const bool limited = !model.config().recurrent;
  if (limited && tokens.size() > model.config().context_length)
    throw usage_error("lm_probs: too many tokens");
  std::vector<Symbol> all(model.config().vocab_size);
  std::iota(all.begin(), all.end(), 0U);
  std::vector<double> log2_probs(all.size());
  LmState state(model.config());
  std::size_t place = 0;
  model.read(tokens, state, [&](const float* logits) {
    model.log2_probs_of(logits, all, log2_probs);
    print_likeliest(place, tokens[place], log2_probs, std::stoul(arguments[1]));
    ++place;
  });
  return 0;
}

}  // namespace
}  // namespace zipdream

int main(int argc, char** argv) {
  return zipdream::run_program([&] { return zipdream::run({argv + 1, argv + argc}); });
}
