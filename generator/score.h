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
#include "media/media.h"
#include "zipdream/bytes.h"
#include "zipdream/codec.h"
#include "zipdream/error.h"
#include "zipdream/generate.h"
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

// Called for a symbol with log2 of its probability, before the predictor has seen it.
using OnSymbolScored = std::function<void(double log2_prob, const Token& symbol)>;

// Called after the predictor has seen a symbol.
using OnSeen = std::function<void()>;

// Shows the predictor the bytes in its own tokens; `on_seen` may be empty. Stops early when the
// user asked to stop (base/process.h); the predictor is then to be thrown away. REQUIRES: there is
// no foreign byte.
void show_bytes(Predictor& predictor, ByteView bytes, const OnExpected& on_expected,
                const OnSeen& on_seen = {});

// Shows the predictor a sequence's continuation, with the forced segments in it.
void show_continuation(Predictor& predictor, const Sequence& sequence, ByteView continuation,
                       const OnExpected& on_expected, const OnSeen& on_seen = {});

// The same for who wants no more than what each symbol costs, which is much less work for some
// predictors (Predictor::score_symbols()).
void score_bytes(Predictor& predictor, ByteView bytes, const OnSymbolScored& on_scored,
                 const OnSeen& on_seen = {});

// Of each member of a mixture its weights, byte by byte (Predictor::member_weights()): (members,
// bytes). Of all other predictors there are no members.
using WeightTrace = std::vector<std::vector<float>>;

// Appends the weights of a byte that was just seen.
void append_weights(const Predictor& predictor, WeightTrace& trace);

// The bits of symbols in equal parts to the bytes that they take up; those of symbols that take up
// none go to the next that does.
class BitsOfBytes {
 public:
  // Of each byte of the next symbol. REQUIRES: symbol.bytes > 0, if it is to be used.
  [[nodiscard]] double each(double log2_prob, const Token& symbol) {
    pending_ -= log2_prob;
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

// ---- Texts that were scored: a file, or several that are choices for one place ----

// Bytes, the bits that a model needs for each, and what the codec's own stream grows by.
struct Scored {
  Bytes bytes;                  // as many as were scored; at least one
  std::vector<double> bits;     // of each byte
  std::optional<double> added;  // L(context bytes) - L(context), in bits, where it is comparable
  WeightTrace weights;          // of the members of a mixture, for each byte

  [[nodiscard]] double total() const;     // bits
  [[nodiscard]] double per_byte() const;  // bits per byte
};

// Each of the texts after what the model has seen. When the user asks to stop, a text alone keeps
// the bytes that were scored; throws Interrupted if there are none, or several texts. REQUIRES: no
// text is empty or has a foreign byte (find_unencodable_byte()).
[[nodiscard]] std::vector<Scored> score_texts(const Predictor& model, std::span<const Bytes> texts,
                                              const OnScored& on_scored);

// Sets `added` of all, where the model is a codec that sees all of the context, which is corpus and
// prompt; leaves it where the user asks to stop. REQUIRES: they are scored to the end.
void add_own_lengths(const ModelRequest& model, Media media, ByteView context,
                     std::span<Scored> scored);

// A run of bytes and its bits per byte.
struct Stretch {
  std::size_t begin = 0;
  std::size_t size = 0;
  double per_byte = 0;
};

// The most and the least surprising stretches, from the extreme one on; none overlaps another. Of
// equals the first one. Few bytes have short and few stretches.
struct Stretches {
  std::vector<Stretch> most;
  std::vector<Stretch> least;
};
[[nodiscard]] Stretches find_stretches(const std::vector<double>& bits);

// The choice, counted from 0, of the least bits and that of the least bits per byte; of equals the
// first one. REQUIRES: there are choices.
struct Winners {
  std::size_t by_bits = 0;
  std::size_t by_bits_per_byte = 0;
};
[[nodiscard]] Winners find_winners(const std::vector<Scored>& choices);

}  // namespace zipdream
