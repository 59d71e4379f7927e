// SPDX-License-Identifier: Apache-2.0
// Decoder sampling. A decoder turns bits into text, and a good coder's bits look random; so random
// bits, given to the decoder where the codec has just coded the context, come out as text that the
// codec finds as likely as its tables say: an exact sample of the distribution over its tokens, at
// decoding speed. No probability is computed on our side; the codec's own decoder does it all.
// Stable.
#pragma once

#include <cstddef>

#include "zipdream/bytes.h"
#include "zipdream/export.h"
#include "zipdream/random.h"

namespace zipdream {

// Immutable; all members may be called from many threads.
class ZIPDREAM_API DecoderSampler {
 public:
  virtual ~DecoderSampler() = default;

  // Exactly `count` bytes that follow `context`. The bits come from `rng` alone. Where the decoder
  // refuses what it was given (a match that reaches too far back), what came before is kept and the
  // sample goes on after it with fresh bits. Throws Error when it never gets on, Interrupted when
  // the user asks to stop.
  [[nodiscard]] virtual Bytes sample(ByteView context, std::size_t count, Rng& rng) const = 0;
};

}  // namespace zipdream
