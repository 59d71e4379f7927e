// SPDX-License-Identifier: Apache-2.0
// How many bits an LZMA stream really takes: its range coder writes whole bytes, but what it has
// coded at any time is a fraction of them.
//
// A range decoder that has shifted in a byte n times and whose range is r has read 8n + 32 - log2 r
// bits: each decision of probability p shrinks r by p, each byte widens it by 8 bits. So the meter
// decodes the stream, with the data at hand, and looks at the range after the last decision. The
// encoder then flushes, whatever the range: the payload has 5 + n' bytes where n' is n, or n + 1 if
// r has just fallen below 2^24. Of these five bytes the first is always zero; the measure counts
// four, so that it never exceeds the stream and reaches it when the fraction is full:
//   payload bytes = ceil(4 + (8n + 32 - log2 r) / 8).
//
// In .xz the data is cut into LZMA2 chunks, each with a header and a range coder of its own, and
// the fraction is the last chunk's; a chunk that is stored has whole bytes.
#pragma once

#include <cstddef>
#include <memory>

#include "zipdream/bytes.h"

namespace zipdream {

enum class LzmaFormat { kXz, kLzma };

// Streams that begin alike are measured one after the other: the meter keeps two states from the
// last, one at some way before its end and one just before it parted from the stream before it, and
// begins the next one at the later of these that it has in common.
// Threads: one at a time.
class LzmaMeter {
 public:
  explicit LzmaMeter(LzmaFormat format);
  LzmaMeter(const LzmaMeter&) = delete;
  LzmaMeter& operator=(const LzmaMeter&) = delete;
  ~LzmaMeter();

  // The length of `file`, header and trailer included, but not the padding of the block in .xz. The
  // first `unchanged` bytes are not compared with those of the last call's file. REQUIRES: liblzma
  // has made `file` of `data` with one of its presets, in one block at most; its first `unchanged`
  // bytes are those of the last call's. Throws Error when it is something else.
  [[nodiscard]] double bits(ByteView file, ByteView data, std::size_t unchanged = 0);

 private:
  struct State;

  [[nodiscard]] std::size_t agreement(ByteView file, std::size_t unchanged) const;
  void drop_unless_common(std::unique_ptr<State>& kept, std::size_t common, ByteView file,
                          ByteView data) const;
  [[nodiscard]] const State* choose_start(std::size_t data_size) const;
  void plan_keeping(const State& start, std::size_t common, std::size_t data_size);
  void keep(const State& state);
  void remember(ByteView file, std::size_t unchanged);
  void read_until(State& state, std::size_t position, ByteView file, ByteView data);
  double lzma_bits(State& state, ByteView file, ByteView data);
  double xz_bits(State& state, ByteView file, ByteView data);
  double payload_bits(State& state, std::size_t at, ByteView file, ByteView data);
  static double bits_of_payload(const State& state, std::size_t begin, std::size_t end);

  LzmaFormat format_;
  Bytes last_file_;
  // States on the way through `last_file_`; nullptr where none is kept.
  std::unique_ptr<State> far_;
  std::unique_ptr<State> near_;
  // When to keep them anew.
  std::size_t far_from_ = 0;    // position in the data
  std::size_t near_from_ = 0;   // byte of the file
  std::size_t near_until_ = 0;  // byte of the file
};

}  // namespace zipdream
