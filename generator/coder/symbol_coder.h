// SPDX-License-Identifier: Apache-2.0
// How the symbols of a predictor are put on the range coder. Any predictor can be coded by the
// frequencies of its whole alphabet (FrequencyCoder). One that can do it in less, by a few
// binary decisions say, is a SymbolCoder itself (Predictor::symbol_coder()). It then codes by the
// distribution that Predictor::log2_probs() gives, up to the rounding of integers.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "generator/coder/range_coder.h"
#include "zipdream/predictor.h"

namespace zipdream {

// Threads: as those of a Predictor.
class SymbolCoder {
 public:
  virtual ~SymbolCoder() = default;

  // Encodes `symbol` and appends it to what was seen. REQUIRES: symbol < alphabet_size().
  virtual void encode(Symbol symbol, RangeEncoder& encoder) = 0;

  // Encodes all of them in turn. A model may be faster at all together than one by one; the code is
  // the same. Throws Interrupted when the user asks to stop.
  virtual void encode_all(std::span<const Symbol> symbols, RangeEncoder& encoder);

  // Decodes what encode() wrote and appends it to what was seen. Total: some symbol comes of any
  // code.
  [[nodiscard]] virtual Symbol decode(RangeDecoder& decoder) = 0;

  // out[s] = the interval that encode(s) would make of `now`; *this is unchanged.
  // REQUIRES: out.size() == alphabet_size().
  virtual void intervals_after(const Interval& now, std::span<Interval> out) const = 0;
};

// The next byte as eight binary decisions, the highest bit first. They are a tree: the first is
// node 1, and after bit b at node n stands node 2n + b. Within a byte nothing learns, so that the
// probability at a node is the same whichever way it is asked for.
// Threads: as those of a Predictor.
class ByteDecisions {
 public:
  static constexpr int kProbabilityBits = 16;

  virtual ~ByteDecisions() = default;

  // out[node] = how likely a one is there, in 2^-16: 1 to 65535. out[0] is not set.
  virtual void all_decisions(std::span<std::uint32_t, 256> out) const = 0;

  // The same of the node that a walk down the tree has come to, and a step of it; the eighth ends
  // the walk, as Predictor::update() of that byte does. Before it ends nothing else may be asked of
  // the predictor, nor is it copied.
  [[nodiscard]] virtual std::uint32_t decision() = 0;
  virtual void decide(bool bit) = 0;
};

// Symbols by integer frequencies. to_frequencies() is the one place where probabilities become
// integers: what the encoder writes the decoder can only read with the very same numbers, so they
// come from portable_math.h and are the same everywhere. The others put a symbol on the range
// coder.

// A symbol of probability p gets 1 + floor(2^28 p): never zero, so any symbol can be coded, and at
// 256 symbols that costs below 1.4e-6 bits each. Returns their sum: at least 2^28, at most 2^28 +
// the number of symbols + 1. REQUIRES: log2_probs as Predictor::log2_probs() gives them, at most
// 2^28 of them; out.size() == log2_probs.size().
std::uint64_t to_frequencies(std::span<const double> log2_probs, std::span<std::uint32_t> out);

// Puts a symbol on the coder by the frequencies of all symbols, none of them zero, and their sum.
void encode_symbol(Symbol symbol, std::span<const std::uint32_t> frequencies, std::uint64_t total,
                   RangeEncoder& encoder);
[[nodiscard]] Symbol decode_symbol(std::span<const std::uint32_t> frequencies, std::uint64_t total,
                                   RangeDecoder& decoder);

// out[s] = `now` narrowed to symbol s.
void narrow_to_each(const Interval& now, std::span<const std::uint32_t> frequencies,
                    std::uint64_t total, std::span<Interval> out);

// Codes the symbols of any predictor by the frequencies of its whole alphabet each time.
class FrequencyCoder final : public SymbolCoder {
 public:
  // REQUIRES: `predictor` outlives the coder.
  explicit FrequencyCoder(Predictor& predictor) : predictor_(predictor) {}

  void encode(Symbol symbol, RangeEncoder& encoder) override;
  // By Predictor::teacher_force().
  void encode_all(std::span<const Symbol> symbols, RangeEncoder& encoder) override;
  [[nodiscard]] Symbol decode(RangeDecoder& decoder) override;
  void intervals_after(const Interval& now, std::span<Interval> out) const override;

 private:
  struct Table {
    std::vector<std::uint32_t> frequencies;  // (alphabet_size)
    std::uint64_t total;
  };
  [[nodiscard]] Table table() const;

  Predictor& predictor_;
};

}  // namespace zipdream
