// SPDX-License-Identifier: Apache-2.0
// Reads the packets of an LZMA stream whose data is known: to see the range coder at work
// (meter.h), and to count its decisions.
//
// The contexts of those binary decisions: one value for each lies in a flat array: the coder's own
// probability, or the estimate that a predictor makes of it. As all presets have them: 3 bits of
// the byte before choose among the literals' contexts (lc = 3), none of the position (lp = 0), and
// two bits of the position count elsewhere (pb = 2). After the LZMA specification of Igor Pavlov,
// whose names are in brackets.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "zipdream/bytes.h"

namespace zipdream {

inline constexpr std::size_t kLzmaPositionStates = 4;
inline constexpr std::size_t kLzmaShortestMatch = 2;
inline constexpr std::size_t kLzmaLongestMatch = 273;

[[nodiscard]] constexpr std::size_t lzma_position_state(std::size_t position) {
  return position % kLzmaPositionStates;
}

// What the last packets were: below 7 the last is a literal.
inline constexpr std::size_t kLzmaStates = 12;
[[nodiscard]] constexpr bool is_after_literal(unsigned state) { return state < 7; }
[[nodiscard]] constexpr unsigned state_after_literal(unsigned state) {
  return state < 4 ? 0 : state < 10 ? state - 3 : state - 6;
}
[[nodiscard]] constexpr unsigned state_after_match(unsigned state) {
  return is_after_literal(state) ? 7 : 10;
}
[[nodiscard]] constexpr unsigned state_after_repetition(unsigned state) {
  return is_after_literal(state) ? 8 : 11;
}
[[nodiscard]] constexpr unsigned state_after_short_repetition(unsigned state) {
  return is_after_literal(state) ? 9 : 11;
}

// ---- distances ----

// LZMA counts distances from 0, the byte before. Those of a slot share all but their low bits.
struct LzmaDistanceSlot {
  std::uint32_t first;
  unsigned bits;  // that follow the slot
};
[[nodiscard]] constexpr LzmaDistanceSlot lzma_distance_slot(unsigned slot) {
  if (slot < 4) return {slot, 0};
  const unsigned bits = (slot >> 1) - 1;
  return {(2 | (slot & 1)) << bits, bits};
}
// Below this slot each of a slot's distances has contexts of its own; from it on the last four bits
// share theirs, and those between have none.
inline constexpr unsigned kLzmaFirstAlignedSlot = 14;
inline constexpr unsigned kLzmaAlignBits = 4;
inline constexpr std::size_t kLzmaSlots = 64;

// Which contexts the slots of matches of this length have.
inline constexpr std::size_t kLzmaDistanceKinds = 4;
[[nodiscard]] constexpr std::size_t lzma_distance_kind(std::size_t length) {
  return std::min<std::size_t>(length - kLzmaShortestMatch, kLzmaDistanceKinds - 1);
}

// ---- where the context of a decision lies ----
//
// The functions return an index into LzmaContexts; those of trees return that of the tree's node 0.
// Trees of n bits have their root at node 1; the children of node i are the nodes 2 i and 2 i + 1.

namespace lzma_context {

// The contexts of one kind of lengths.
inline constexpr std::size_t kShortTree = 8;  // of lengths 2 to 9, and of 10 to 17
inline constexpr std::size_t kLongTree = 256;
inline constexpr std::size_t kLengthContexts = 2 + 2 * kLzmaPositionStates * kShortTree + kLongTree;

inline constexpr std::size_t kLiteralContexts = 0x300;  // after bytes with the same high 3 bits
inline constexpr std::size_t kSpecialContexts = 128;
inline constexpr std::size_t kAlignContexts = std::size_t{1} << kLzmaAlignBits;

inline constexpr std::size_t kIsMatch = 0;
inline constexpr std::size_t kIsRep = kIsMatch + kLzmaStates * kLzmaPositionStates;
inline constexpr std::size_t kIsRep0 = kIsRep + kLzmaStates;
inline constexpr std::size_t kIsRep1 = kIsRep0 + kLzmaStates;
inline constexpr std::size_t kIsRep2 = kIsRep1 + kLzmaStates;
inline constexpr std::size_t kIsLongRep0 = kIsRep2 + kLzmaStates;
inline constexpr std::size_t kDistanceSlot = kIsLongRep0 + kLzmaStates * kLzmaPositionStates;
inline constexpr std::size_t kDistanceSpecial = kDistanceSlot + kLzmaDistanceKinds * kLzmaSlots;
inline constexpr std::size_t kDistanceAlign = kDistanceSpecial + kSpecialContexts;
inline constexpr std::size_t kMatchLength = kDistanceAlign + kAlignContexts;
inline constexpr std::size_t kRepLength = kMatchLength + kLengthContexts;
inline constexpr std::size_t kLiteral = kRepLength + kLengthContexts;
inline constexpr std::size_t kCount = kLiteral + 8 * kLiteralContexts;

[[nodiscard]] constexpr std::size_t is_match(unsigned state, std::size_t position_state) {
  return kIsMatch + state * kLzmaPositionStates + position_state;
}
[[nodiscard]] constexpr std::size_t is_rep(unsigned state) { return kIsRep + state; }
// 0: the latest distance [isRepG0].
[[nodiscard]] constexpr std::size_t is_rep0(unsigned state) { return kIsRep0 + state; }
[[nodiscard]] constexpr std::size_t is_rep1(unsigned state) { return kIsRep1 + state; }
[[nodiscard]] constexpr std::size_t is_rep2(unsigned state) { return kIsRep2 + state; }
[[nodiscard]] constexpr std::size_t is_long_rep0(unsigned state, std::size_t position_state) {
  return kIsLongRep0 + state * kLzmaPositionStates + position_state;
}

// Trees of 6 bits. REQUIRES: kind < kLzmaDistanceKinds.
[[nodiscard]] constexpr std::size_t distance_slot(std::size_t kind) {
  return kDistanceSlot + kind * kLzmaSlots;
}
// The reverse tree of a slot's low bits: these trees lie one after the other, and each lacks its
// node 0. REQUIRES: 4 <= slot < kLzmaFirstAlignedSlot.
[[nodiscard]] constexpr std::size_t distance_special(unsigned slot) {
  return kDistanceSpecial + lzma_distance_slot(slot).first - slot;
}

// `lengths` is kMatchLength or kRepLength.
[[nodiscard]] constexpr std::size_t is_long(std::size_t lengths) { return lengths; }  // [choice]
[[nodiscard]] constexpr std::size_t is_very_long(std::size_t lengths) {               // [choice2]
  return lengths + 1;
}
[[nodiscard]] constexpr std::size_t low(std::size_t lengths, std::size_t position_state) {
  return lengths + 2 + position_state * kShortTree;
}
[[nodiscard]] constexpr std::size_t middle(std::size_t lengths, std::size_t position_state) {
  return low(lengths, kLzmaPositionStates + position_state);
}
[[nodiscard]] constexpr std::size_t high(std::size_t lengths) {
  return low(lengths, 2 * kLzmaPositionStates);
}

// The literals after one byte: a tree of 8 bits, then two more for as long as the bits agree with
// those of the byte at the latest distance.
[[nodiscard]] constexpr std::size_t literal(unsigned previous) {
  return kLiteral + (previous >> 5) * kLiteralContexts;
}

}  // namespace lzma_context

template <typename T>
using LzmaContexts = std::array<T, lzma_context::kCount>;

// ---- the decoder ----

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
