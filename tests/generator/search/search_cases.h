// SPDX-License-Identifier: Apache-2.0
// What the tests of searches have in common: something to continue, and a predictor whose
// probabilities are known.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "codecs/common/alphabet.h"
#include "generator/method.h"
#include "generator/search/scorer.h"
#include "zipdream/bytes.h"
#include "zipdream/codec.h"
#include "zipdream/predictor.h"

namespace zipdream {

struct SearchCase {
  std::string spec = "gzip:9";
  Units units = Units::kBits;
  std::string prompt = "the fox and the ";
  Bytes corpus = to_bytes(
      "the quick brown fox jumps over the lazy dog; the lazy dog and the brown fox sleep, and the "
      "quick fox dreams of the other dog.");
  std::size_t tail = 10;
  std::size_t count = 20;
  std::size_t max_copy = 0;  // 0: no limit

  [[nodiscard]] Alphabet alphabet() const { return seen_alphabet(corpus, as_bytes(prompt)); }
  [[nodiscard]] std::unique_ptr<Scorer> scorer() const;
  [[nodiscard]] SearchStart start() const;

  // The last `tail` bytes.
  [[nodiscard]] Bytes seen(std::string_view text) const;
};

[[nodiscard]] Bytes continued(const Method& method, std::string_view prompt, std::size_t count,
                              std::uint64_t seed);

// The longest run that ends in `bytes` and stands earlier in corpus, prompt and bytes.
[[nodiscard]] std::size_t longest_copy(const SearchCase& given, ByteView bytes);

// Of a, b and c, whose probabilities depend on the byte before.
class MarkovPredictor final : public Predictor {
 public:
  [[nodiscard]] std::size_t alphabet_size() const override { return 3; }
  [[nodiscard]] ByteView symbol_bytes(Symbol symbol) const override;
  void observe(ByteView bytes) override;
  void update(Symbol symbol) override { last_ = symbol; }
  void log2_probs(std::span<double> out) const override;
  [[nodiscard]] std::unique_ptr<Predictor> clone() const override {
    return std::make_unique<MarkovPredictor>(*this);
  }

  // Of `path` after `start`.
  [[nodiscard]] double bits(std::string_view start, std::string_view path) const;

 private:
  Symbol last_ = 0;
};

}  // namespace zipdream
