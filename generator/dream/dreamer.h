// SPDX-License-Identifier: Apache-2.0
// Dreams. A decoder turns bits into text, and a good coder's bits look random; so random bits,
// given to the decoder where the codec has just said the context, come out as text that the codec
// finds as likely as its tables say: an exact sample of the law over its tokens, at decoding speed.
// No probability is computed on our side; the codec's own decoder does it all.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>

#include "base/bytes.h"
#include "base/error.h"
#include "base/rng.h"

namespace zipdream {

// Immutable; all members may be called from many threads.
class Dreamer {
 public:
  virtual ~Dreamer() = default;

  // Exactly `count` bytes that follow `context`. The bits come from `rng` alone. Where the decoder
  // refuses what it was given (a match that reaches too far back), what came before is kept and the
  // dream goes on after it with fresh bits. Throws Error when it never gets on, Interrupted when
  // the user asks to stop.
  [[nodiscard]] virtual Bytes dream(ByteView context, std::size_t count, Rng& rng) const = 0;
};

// The loop of every dream: calls go_on(), which appends to `text` until it has `end` bytes or the
// decoder refuses, until it has them. Throws Error when nothing comes many times in a row, and
// Interrupted.
void dream_until(Bytes& text, std::size_t end, const std::function<void()>& go_on);

// For a decoder that refuses whatever follows a context.
[[nodiscard]] Error refuses_all_bits();

// `count` bytes of random bits.
[[nodiscard]] Bytes random_bytes(std::size_t count, Rng& rng);

}  // namespace zipdream
