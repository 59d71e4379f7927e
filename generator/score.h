// SPDX-License-Identifier: Apache-2.0
// How well a predictor predicts bytes that are known: the surprisal -log2 P of each after all
// before it, in bits. Their sum is what a perfect coder would spend on them.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "base/sequence.h"
#include "zipdream/bytes.h"
#include "zipdream/codec.h"
#include "zipdream/error.h"
#include "zipdream/predictor.h"

namespace zipdream {

// The place of the first byte that the predictor has no symbol for, so can't score. Where symbols
// are longer than a byte, tokenize() has the say: then none.
[[nodiscard]] std::optional<std::size_t> find_unencodable_byte(const Predictor& predictor,
                                                               ByteView bytes);

// The usage Error for such a byte.
[[nodiscard]] Error lacks_symbol(ByteView bytes, std::size_t at);

// Called before the predictor sees a symbol: what it expects, and what comes.
using OnExpected = std::function<void(std::span<const double> log2_probs, const Token& symbol)>;

// Shows the predictor the bytes in its own tokens. Stops early when the user asked to stop
// (base/process.h); the predictor is then to be thrown away. REQUIRES: there is no foreign byte.
void show_bytes(Predictor& predictor, ByteView bytes, const OnExpected& on_expected);

// Shows the predictor a sequence's continuation, with the forced segments in it.
void show_continuation(Predictor& predictor, const Sequence& sequence, ByteView continuation,
                       const OnExpected& on_expected);

// The bits of symbols in equal parts to the bytes that they take up; those of symbols that take up
// none go to the next that does.
class BitsOfBytes {
 public:
  // Of each byte of the next symbol. REQUIRES: symbol.bytes > 0, if it is to be used.
  [[nodiscard]] double each(std::span<const double> log2_probs, const Token& symbol) {
    pending_ -= log2_probs[symbol.symbol];
    if (symbol.bytes == 0) return 0;
    return std::exchange(pending_, 0) / static_cast<double>(symbol.bytes);
  }

 private:
  double pending_ = 0;
};

// Called after each byte with its bits; from several threads where sequences run in parallel.
using OnScored = std::function<void(double bits)>;

// The bits of each byte, those of a symbol of several bytes in equal parts. The predictor has then
// seen them. Fewer than `bytes`, and the predictor to be thrown away, when the user asked to stop.
// REQUIRES: there is no foreign byte.
[[nodiscard]] std::vector<double> score(Predictor& predictor, ByteView bytes,
                                        const OnScored& on_scored);

// Sum of the bits of every continuation, each after its sequence's prompt and what `start` has
// seen. Throws Interrupted when the user asks to stop. REQUIRES: as above; as many continuations as
// sequences.
[[nodiscard]] double score_sequences(const Predictor& start, std::span<const Sequence> sequences,
                                     std::span<const Bytes> continuations,
                                     const OnScored& on_scored);

// What the codec itself adds to its stream for each of `targets`: L(context target) - L(context),
// in bits. Throws Interrupted when the user asks to stop.
[[nodiscard]] std::vector<double> added_lengths(const Codec& codec, Units units, ByteView context,
                                                std::span<const ByteView> targets);

}  // namespace zipdream
