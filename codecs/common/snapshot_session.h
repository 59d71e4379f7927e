// SPDX-License-Identifier: Apache-2.0
// The session of codecs whose library lets us say where its memory comes from: the context is
// compressed once, in an Arena, and every candidate starts from a snapshot of that. What a
// candidate still costs is what the encoder had not yet done for the context when it came to its
// end (its lookahead, its open block), the candidate, and putting the arena back.
//
// Encoders can't be copied, so each thread that asks at the same time works on a replica of its
// own, compressed from the context when it is first needed and kept for the next question. What
// append() adds reaches a replica when it is next used.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>

#include "codecs/common/arena.h"
#include "zipdream/bytes.h"
#include "zipdream/codec.h"

namespace zipdream {

// An encoder whose whole state lies in an Arena. Everything that an Encoder changes is in memory of
// its arena, its own counters included; the object itself holds only pointers there and scratch. It
// is destroyed by dropping the arena.
class Encoder {
 public:
  virtual ~Encoder() = default;
  // Takes `bytes` as far as may be done without knowing what follows.
  virtual void feed(ByteView bytes) = 0;
  // feed() of bytes after which many candidates will be tried: an encoder may do more here so that
  // these cost less, and may take snapshots of its arena.
  virtual void feed_context(ByteView bytes) { feed(bytes); }
  // Ends the stream and gives its length in bits: exactly Codec::bits() of all that was fed, or
  // nothing where compress() does something else in the end.
  // Nothing may be called after it but what the arena's restore() makes valid again.
  [[nodiscard]] virtual std::optional<double> finish() = 0;
};

// Makes the encoders of one codec for one unit. Immutable: any thread may call.
class EncoderFactory {
 public:
  // The variant of inputs that only compress() can measure.
  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);

  virtual ~EncoderFactory() = default;

  // Codecs that look at the size of their whole input before they begin need another encoder where
  // that size makes a difference: inputs of `size` bytes are measured by encoders of this variant.
  [[nodiscard]] virtual std::size_t variant(std::size_t size) const = 0;

  // An encoder that has seen nothing yet. REQUIRES: `arena` outlives it. Throws Error or
  // std::bad_alloc.
  [[nodiscard]] virtual std::unique_ptr<Encoder> start(Arena& arena, std::size_t variant) const = 0;
};

// `codec` measures what has no encoder variant. REQUIRES: it outlives the session.
[[nodiscard]] std::unique_ptr<Session> start_snapshot_session(
    const Codec& codec, Units units, std::shared_ptr<const EncoderFactory> encoders);

// What remains of an encoder's output when only its length is asked for: a count, and the last few
// bytes, in which some formats say where the data ended. Plain memory, to lie in an Arena.
class OutputTail {
 public:
  static constexpr std::size_t kSize = 64;

  void add(ByteView bytes) {
    count_ += bytes.size();
    const ByteView last = bytes.last(std::min(bytes.size(), kSize));
    std::memmove(last_.data(), last_.data() + last.size(), kSize - last.size());
    std::copy(last.begin(), last.end(), last_.end() - static_cast<std::ptrdiff_t>(last.size()));
  }

  [[nodiscard]] std::uint64_t count() const { return count_; }

  // The last min(kSize, count()) bytes.
  [[nodiscard]] ByteView last() const {
    return ByteView(last_).last(static_cast<std::size_t>(std::min<std::uint64_t>(kSize, count_)));
  }

 private:
  std::uint64_t count_ = 0;
  std::array<Byte, kSize> last_{};
};

}  // namespace zipdream
