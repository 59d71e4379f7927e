// SPDX-License-Identifier: Apache-2.0
// How far liblzma's encoder has come, and leave for it to go further.
//
// Why
//
// liblzma encodes no byte before it has seen 4370 more, so much might its choice depend on. A
// snapshot session would encode these 4370 anew for every candidate, though hardly any choice
// depends on more than a dozen. It looks at what lies ahead of a position in two ways only:
// - it hashes the 4 bytes there,
// - it compares the bytes from there on with earlier ones until they differ; in the presets from 4
//   on, having found the first difference, beyond it until they differ again (match, literal,
//   rep0).
// So whatever follows, its choices are settled up to where every comparison ends before the data
// does: as many bytes before the end as the longest string there that occurred before, but for one
// byte. reach_of_past() finds that.
//
// How
//
// liblzma's match finder keeps in its read_limit how far the encoder may go at present. It has no
// function to set it, but all its memory lies in our arena: LzmaWindow finds the struct there, by
// the relations that hold between its members, and sets read_limit. The struct and what reads it
// are the same from 5.0.0 to 5.8.3 (lzma_mf in src/liblzma/lz/lz_encoder.h); other versions are
// left alone, and the encoders check themselves before they make use of this (snapshot_encoder.cc).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "zipdream/bytes.h"

namespace zipdream {

// The blocks that an encoder has asked for when it was set up.
class LzmaBlocks {
 public:
  void add(const void* begin, std::size_t size) {
    if (count_ < blocks_.size()) {
      blocks_[count_++] = {static_cast<const Byte*>(begin), size};
    }
  }
  [[nodiscard]] std::span<const ByteView> view() const { return {blocks_.data(), count_}; }

 private:
  std::array<ByteView, 16> blocks_{};
  std::size_t count_ = 0;
};

// The window of an encoder: the data that it may still refer to, and where it is in it. Positions
// count from the start of the window, which moves when the window slides. A handle to memory of
// the encoder's.
class LzmaWindow {
 public:
  // Nothing if there is no such struct in `blocks`, or more than one. REQUIRES: the encoder has
  // taken `total` bytes, of which the last are `recent`, and was asked for no more than LZMA_RUN.
  [[nodiscard]] static std::optional<LzmaWindow> find(const LzmaBlocks& blocks, std::uint64_t total,
                                                      ByteView recent);

  [[nodiscard]] ByteView data() const;
  // The encoder has looked at all before this position, and at what lies ahead of it.
  [[nodiscard]] std::size_t position() const;

  // Lets the encoder go on while position() < `limit`; it may stop some way behind. It goes when it
  // is next called. REQUIRES: limit <= data().size().
  void set_limit(std::size_t limit);

 private:
  explicit LzmaWindow(Byte* head) : head_(head) {}
  Byte* head_;
};

// The most that a choice of the encoder depends on: a match, a literal and a rep0 match.
inline constexpr std::size_t kMaxLzmaReach = 273 + 1 + 273;

// The length of the longest string at the end of `data` that occurs earlier (it may overlap) with
// at most one byte changed; something between that and 16 when it is shorter, and `limit` when it
// is longer. The time is about that of reading the data. REQUIRES: limit >= 16.
[[nodiscard]] std::size_t reach_of_past(ByteView data, std::size_t limit);

}  // namespace zipdream
