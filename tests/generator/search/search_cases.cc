// SPDX-License-Identifier: Apache-2.0
#include "tests/generator/search/search_cases.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "generator/method.h"

namespace zipdream {
namespace {

constexpr std::string_view kLetters = "abc";
constexpr double kProbabilities[3][3] = {{0.2, 0.5, 0.3}, {0.45, 0.15, 0.4}, {0.1, 0.12, 0.78}};

}  // namespace

std::unique_ptr<Scorer> SearchCase::scorer() const {
  PredictorOptions options;
  options.probs = Probs::kLengths;
  options.units = units;
  options.corpus = corpus;
  options.alphabet = alphabet();
  return make_scorer(Spec::parse(spec), std::move(options));
}

SearchStart SearchCase::start() const {
  SearchStart start{scorer(), tail, {}};
  if (max_copy > 0) {
    start.copy_limit.emplace(max_copy);
    start.copy_limit->append(corpus);
  }
  return start;
}

Bytes SearchCase::seen(std::string_view text) const {
  return to_bytes(text.substr(text.size() - std::min(tail, text.size())));
}

Bytes continued(const Method& method, std::string_view prompt, std::size_t count,
                std::uint64_t seed) {
  const std::vector<Sequence> sequences = {{to_bytes(prompt), count}};
  return generate(method, sequences, seed, [](std::size_t, ByteView) {})[0];
}

std::size_t longest_copy(const SearchCase& given, ByteView bytes) {
  const std::string before = std::string(as_chars(given.corpus)) + given.prompt;
  const std::string text = before + std::string(as_chars(bytes));
  std::size_t longest = 0;
  for (std::size_t end = before.size() + 1; end <= text.size(); ++end) {
    while (longest < end &&
           text.substr(0, end - 1).find(text.substr(end - longest - 1, longest + 1)) !=
               std::string::npos) {
      ++longest;
    }
  }
  return longest;
}

ByteView MarkovPredictor::symbol_bytes(Symbol symbol) const {
  return as_bytes(kLetters.substr(symbol, 1));
}

void MarkovPredictor::observe(ByteView bytes) {
  for (const Byte byte : bytes) last_ = static_cast<Symbol>(kLetters.find(static_cast<char>(byte)));
}

void MarkovPredictor::log2_probs(std::span<double> out) const {
  for (std::size_t i = 0; i < 3; ++i) out[i] = std::log2(kProbabilities[last_][i]);
}

double MarkovPredictor::bits(std::string_view start, std::string_view path) const {
  double sum = 0;
  for (char last = start.back(); const char next : path) {
    sum -= std::log2(kProbabilities[kLetters.find(last)][kLetters.find(next)]);
    last = next;
  }
  return sum;
}

}  // namespace zipdream
