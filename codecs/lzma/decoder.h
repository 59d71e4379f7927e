// SPDX-License-Identifier: Apache-2.0
// Reads the packets of an LZMA stream whose data is known: to see the range coder at work
// (meter.h), and to count its decisions.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "codecs/lzma/contexts.h"
#include "zipdream/bytes.h"

namespace zipdream {

// A probability of one of LZMA's decisions as a steadier estimate than the coder keeps of it.
//
// The coder moves a probability by 1/32 of the way at every decision: it begins at 1/2 and creeps
// away from there, and later jitters with the last thirty decisions. An estimate of the same
// decisions that moves by 1/(n + 2) at the n-th is their mean (Krichevsky and Trofimov's), and
// forgets slowly when its steps are held at 1/128. It is the coder's model with a longer memory.
class LzmaEstimate {
 public:
  void add(bool is_one) {
    zero_ += ((is_one ? 0.0F : 1.0F) - zero_) * kSteps[count_];
    zero_ = std::clamp(zero_, kMinProbability, 1 - kMinProbability);
    if (count_ + 1U < kSteps.size()) ++count_;
  }

  // P(the decision is 0), from kMinProbability to 1 - kMinProbability.
  [[nodiscard]] double zero() const { return zero_; }

 private:
  static constexpr unsigned kMaxCount = 128;
  static constexpr float kMinProbability = 0x1p-12F;
  static constexpr auto kSteps = [] {
    std::array<float, kMaxCount - 1> steps{};
    for (unsigned i = 0; i < steps.size(); ++i) steps[i] = 1.0F / static_cast<float>(i + 2);
    return steps;
  }();

  float zero_ = 0.5F;
  std::uint16_t count_ = 0;
};

using LzmaEstimates = LzmaContexts<LzmaEstimate>;

// Where an LZMA coder stands between two packets.
struct LzmaCoderState {
  using Distances = std::array<std::uint32_t, 4>;

  std::size_t position = 0;
  unsigned state = 0;
  Distances reps{};  // the latest distances, from 0
};

// A decoder of packets that gets the data and only follows how it was coded. Plain memory: a copy
// is a checkpoint.
class LzmaDecoder {
 public:
  LzmaDecoder() { reset_state(); }

  // Resets all probabilities and what the next packet depends on, but not the range coder.
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
  [[nodiscard]] LzmaCoderState state() const { return {position_, state_, reps_}; }

  // From now on every decision goes into `estimates` too, which must outlive its use.
  void watch(LzmaEstimates& estimates) { estimates_ = &estimates; }

  // The bits of this payload that have been read up to now.
  [[nodiscard]] double payload_bits() const;
  // The payload's size in bytes, if it ends here.
  [[nodiscard]] std::size_t payload_size() const;

 private:
  using Probability = std::uint16_t;

  // `context`, `root`, `lengths`: indices of lzma_context.
  unsigned bit(ByteView file, std::size_t context);
  unsigned direct_bits(ByteView file, unsigned count);
  void normalize(ByteView file);
  unsigned tree(ByteView file, std::size_t root, unsigned bits);
  unsigned reverse_tree(ByteView file, std::size_t root, unsigned bits);
  unsigned length(ByteView file, std::size_t lengths, std::size_t position_state);
  void literal(ByteView file, ByteView data);
  std::uint32_t distance(ByteView file, unsigned length);
  // Return the length.
  unsigned match(ByteView file, std::size_t position_state);
  unsigned repetition(ByteView file, std::size_t position_state);

  LzmaContexts<Probability> model_;
  LzmaEstimates* estimates_ = nullptr;
  unsigned state_ = 0;
  LzmaCoderState::Distances reps_{};
  std::size_t position_ = 0;
  bool saw_end_marker_ = false;

  std::uint32_t range_ = 0;
  std::uint32_t code_ = 0;
  std::size_t next_ = 0;
  std::size_t end_ = 0;
  std::uint64_t shifts_ = 0;
  bool ran_out_ = false;
};

struct LzmaReading {
  LzmaEstimates estimates;
  LzmaCoderState state;
};

// Reads `file`, an .lzma file that liblzma made of `data` with one of its presets: the estimates
// after all of the data, and the coder's state between packets at `mark` or the first after it.
// Throws Error when the file is something else. REQUIRES: mark <= data.size().
[[nodiscard]] LzmaReading read_lzma(ByteView file, ByteView data, std::size_t mark);

}  // namespace zipdream
