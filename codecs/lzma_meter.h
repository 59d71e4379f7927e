// SPDX-License-Identifier: Apache-2.0
// How many bits an LZMA stream really takes: its range coder writes whole bytes, but what it has
// said at any moment is a fraction of them.
//
// A range decoder that has shifted in a byte n times and whose range is r has read 8n + 32 - log2 r
// bits: each decision of probability p shrinks r by p, each byte widens it by 8 bits. So the meter
// decodes the stream, with the data at hand, and looks at the range after the last decision. The
// encoder then flushes, whatever the range: the payload has 5 + n' bytes where n' is n, or n + 1 if
// r has just fallen below 2^24. Of these five bytes the first is always zero; the measure counts
// four, so that it never exceeds the stream and reaches it when the fraction is full:
//   payload bytes = floor(4 + (8n + 32 - log2 r) / 8) + 1.
//
// In .xz the data is cut into LZMA2 chunks, each with a header and a range coder of its own, and
// the fraction is the last chunk's; a chunk that is stored has whole bytes.
#pragma once

#include <cstddef>
#include <memory>

#include "base/bytes.h"

namespace zipdream {

enum class LzmaFormat { kXz, kLzma };

// Streams that begin alike are measured one after the other: the meter keeps its state at some way
// before the end of the last, and begins the next one there if it has the same bytes so far.
// Threads: one at a time.
class LzmaMeter {
 public:
  explicit LzmaMeter(LzmaFormat format);
  LzmaMeter(const LzmaMeter&) = delete;
  LzmaMeter& operator=(const LzmaMeter&) = delete;
  ~LzmaMeter();

  // The length of `file`, header and trailer included, but not the padding of the block in .xz.
  // REQUIRES: liblzma has made it of `data` with one of its presets, in one block at most. Throws
  // Error when it is something else.
  [[nodiscard]] double bits(ByteView file, ByteView data);

 private:
  struct State;

  [[nodiscard]] bool begins_as_kept(ByteView file, ByteView data) const;
  void read_until(State& state, std::size_t position, ByteView file, ByteView data);
  double lzma_bits(State& state, ByteView file, ByteView data);
  double xz_bits(State& state, ByteView file, ByteView data);
  double payload_bits(State& state, std::size_t at, ByteView file, ByteView data);
  static double bits_of_payload(const State& state, std::size_t begin, std::size_t end);

  LzmaFormat format_;
  std::unique_ptr<State> kept_;  // nullptr at first
  std::size_t keep_from_ = 0;  // position in the data from which the state is kept, if not the end
  Bytes kept_file_;            // what had been read of the file then
};

}  // namespace zipdream
