// SPDX-License-Identifier: Apache-2.0
// What a snapshot session needs from a codec: encoders whose whole state lies in an Arena.
//
// Everything that an Encoder changes is in memory of its arena, its own counters included; the
// object itself holds only pointers there and scratch. It is destroyed by dropping the arena.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>

#include "codecs/common/arena.h"
#include "zipdream/bytes.h"
#include "zipdream/codec.h"

namespace zipdream {

class Encoder {
 public:
  virtual ~Encoder() = default;
  // Takes `bytes` as far as may be done without knowing what follows.
  virtual void feed(ByteView bytes) = 0;
  // The same for bytes to which many others will be tried: an encoder may do more here so that
  // those cost less, and may take snapshots of its arena.
  virtual void feed_context(ByteView bytes) { feed(bytes); }
  // Ends the stream and gives its length in bits: exactly Codec::bits() of all that was fed, or
  // nothing where compress() takes another way in the end.
  // Nothing may be called after it but what the arena's restore() makes valid again.
  [[nodiscard]] virtual std::optional<double> finish() = 0;
};

// Makes the encoders of one codec for one unit. Immutable: any thread may call.
class EncoderFactory {
 public:
  // What variant() gives for inputs that only compress() can measure.
  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);

  virtual ~EncoderFactory() = default;

  // Codecs that look at the size of their whole input before they begin need another encoder where
  // that size makes a difference: inputs of `size` bytes are measured by encoders of this variant.
  [[nodiscard]] virtual std::size_t variant(std::size_t size) const = 0;

  // An encoder that has seen nothing yet. REQUIRES: `arena` outlives it. Throws Error or
  // std::bad_alloc.
  [[nodiscard]] virtual std::unique_ptr<Encoder> start(Arena& arena, std::size_t variant) const = 0;
};

}  // namespace zipdream
