// SPDX-License-Identifier: Apache-2.0
// A decoder of LZMA packets that is told the data and only follows how it was said, to see the
// range coder at work (lzma_meter.h). Plain memory: a copy is a checkpoint.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "codecs/lzma/contexts.h"
#include "codecs/lzma/estimates.h"
#include "zipdream/bytes.h"

namespace zipdream {

class LzmaDecoder {
 public:
  LzmaDecoder() { reset_state(); }

  // Of all probabilities and of what the next packet depends on, but not of the range coder.
  void reset_state();

  // Begins a payload that ends at file[end]; its first five bytes start the range coder.
  void start_payload(ByteView file, std::size_t begin, std::size_t end);

  void set_end(std::size_t end) { end_ = end; }

  // Reads one packet. False at the end marker, at nonsense, and where the payload has too few
  // bytes. REQUIRES: position < data.size(), or all that is left is the end marker.
  [[nodiscard]] bool read_packet(ByteView file, ByteView data);

  [[nodiscard]] bool saw_end_marker() const { return saw_end_marker_; }
  [[nodiscard]] std::size_t position() const { return position_; }  // in the data
  [[nodiscard]] std::size_t next() const { return next_; }          // byte of the file
  void skip_data(std::size_t count) { position_ += count; }

  // What the next packet depends on beside the probabilities.
  [[nodiscard]] unsigned state() const { return state_; }
  [[nodiscard]] const std::array<std::uint32_t, 4>& reps() const { return reps_; }

  // From now on every decision goes into `estimates` too, which must outlive its use.
  void watch(LzmaEstimates& estimates) { estimates_ = &estimates; }

  // Read of this payload up to now.
  [[nodiscard]] double payload_bits() const;
  // In bytes, if it ends here.
  [[nodiscard]] std::size_t payload_size() const;

 private:
  using Probability = std::uint16_t;
  using LengthContexts = LzmaLengthContexts<Probability>;

  unsigned bit(ByteView file, Probability& probability);
  unsigned direct_bits(ByteView file, unsigned count);
  void normalize(ByteView file);
  unsigned tree(ByteView file, Probability* probabilities, unsigned bits);
  unsigned reverse_tree(ByteView file, Probability* probabilities, unsigned bits);
  unsigned length(ByteView file, LengthContexts& contexts, std::size_t position_state);
  void literal(ByteView file, ByteView data);
  std::uint32_t distance(ByteView file, unsigned length);
  // Give the length.
  unsigned match(ByteView file, std::size_t position_state);
  unsigned repetition(ByteView file, std::size_t position_state);

  LzmaContexts<Probability> model_;
  LzmaEstimates* estimates_ = nullptr;
  unsigned state_ = 0;
  std::array<std::uint32_t, 4> reps_{};
  std::size_t position_ = 0;
  bool saw_end_marker_ = false;

  std::uint32_t range_ = 0;
  std::uint32_t code_ = 0;
  std::size_t next_ = 0;
  std::size_t end_ = 0;
  std::uint64_t shifts_ = 0;
  bool ran_out_ = false;
};

}  // namespace zipdream
