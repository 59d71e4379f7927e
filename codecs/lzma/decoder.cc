// SPDX-License-Identifier: Apache-2.0
// After the LZMA specification of Igor Pavlov (lzma-specification.txt in the LZMA SDK).
#include "codecs/lzma/decoder.h"

#include <algorithm>

#include "base/portable_math.h"
#include "codecs/common/coding_loop.h"

namespace zipdream {
namespace {

constexpr std::uint32_t kTop = std::uint32_t{1} << 24;
constexpr unsigned kProbabilityBits = 11;
constexpr unsigned kMoveBits = 5;
constexpr std::uint16_t kHalf = 1 << (kProbabilityBits - 1);
constexpr std::size_t kRangeCoderStart = 5;  // bytes

constexpr unsigned kMinMatch = kLzmaShortestMatch;
constexpr std::uint32_t kEndMarker = 0xffffffff;

}  // namespace

void LzmaDecoder::reset_state() {
  model_.fill(kHalf);
  state_ = 0;
  reps_ = {};
}

void LzmaDecoder::start_payload(ByteView file, std::size_t begin, std::size_t end) {
  range_ = 0xffffffff;
  code_ = 0;
  next_ = begin;
  end_ = end;
  shifts_ = 0;
  ran_out_ = begin + kRangeCoderStart > end || end > file.size();
  for (std::size_t i = 0; i < kRangeCoderStart && !ran_out_; ++i)
    code_ = code_ << 8 | file[next_++];
}

double LzmaDecoder::payload_bits() const {
  return 8.0 * static_cast<double>(shifts_) + 32 - portable_log2(static_cast<double>(range_));
}

std::size_t LzmaDecoder::payload_size() const {
  return kRangeCoderStart + shifts_ + (range_ < kTop ? 1 : 0);
}

void LzmaDecoder::normalize(ByteView file) {
  if (range_ >= kTop) return;
  range_ <<= 8;
  ++shifts_;
  if (next_ >= end_) {
    ran_out_ = true;
    return;
  }
  code_ = code_ << 8 | file[next_++];
}

unsigned LzmaDecoder::bit(ByteView file, std::size_t context) {
  normalize(file);
  Probability& probability = model_[context];
  const std::uint32_t bound = (range_ >> kProbabilityBits) * probability;
  const bool is_one = code_ >= bound;
  if (estimates_ != nullptr) (*estimates_)[context].add(is_one);
  if (!is_one) {
    range_ = bound;
    probability += static_cast<Probability>(((1 << kProbabilityBits) - probability) >> kMoveBits);
    return 0;
  }
  range_ -= bound;
  code_ -= bound;
  probability -= static_cast<Probability>(probability >> kMoveBits);
  return 1;
}

unsigned LzmaDecoder::direct_bits(ByteView file, unsigned count) {
  unsigned value = 0;
  for (; count != 0; --count) {
    normalize(file);
    range_ >>= 1;
    const bool is_one = code_ >= range_;
    if (is_one) code_ -= range_;
    value = value << 1 | static_cast<unsigned>(is_one);
  }
  return value;
}

unsigned LzmaDecoder::tree(ByteView file, std::size_t root, unsigned bits) {
  unsigned node = 1;
  for (unsigned i = 0; i < bits; ++i) node = node << 1 | bit(file, root + node);
  return node - (1U << bits);
}

unsigned LzmaDecoder::reverse_tree(ByteView file, std::size_t root, unsigned bits) {
  unsigned node = 1;
  unsigned value = 0;
  for (unsigned i = 0; i < bits; ++i) {
    const unsigned next_bit = bit(file, root + node);
    node = node << 1 | next_bit;
    value |= next_bit << i;
  }
  return value;
}

unsigned LzmaDecoder::length(ByteView file, std::size_t lengths, std::size_t position_state) {
  if (bit(file, lzma_context::is_long(lengths)) == 0) {
    return kMinMatch + tree(file, lzma_context::low(lengths, position_state), 3);
  }
  if (bit(file, lzma_context::is_very_long(lengths)) == 0) {
    return kMinMatch + 8 + tree(file, lzma_context::middle(lengths, position_state), 3);
  }
  return kMinMatch + 16 + tree(file, lzma_context::high(lengths), 8);
}

// After a match the byte at the same distance is likely the wrong one, and the contexts of the
// literal are those of its bits as long as they agree.
void LzmaDecoder::literal(ByteView file, ByteView data) {
  const unsigned previous = position_ == 0 ? 0 : data[position_ - 1];
  const std::size_t root = lzma_context::literal(previous);
  unsigned node = 1;
  if (!is_after_literal(state_) && reps_[0] < position_) {
    unsigned guess = data[position_ - reps_[0] - 1];
    bool agrees = true;
    while (agrees && node < 0x100) {
      const unsigned guessed_bit = guess >> 7 & 1;
      guess <<= 1;
      const unsigned next_bit = bit(file, root + ((1 + guessed_bit) << 8) + node);
      node = node << 1 | next_bit;
      agrees = next_bit == guessed_bit;
    }
  }
  while (node < 0x100) node = node << 1 | bit(file, root + node);
  state_ = state_after_literal(state_);
  ++position_;
}

std::uint32_t LzmaDecoder::distance(ByteView file, unsigned length) {
  const unsigned slot = tree(file, lzma_context::distance_slot(lzma_distance_kind(length)), 6);
  const auto [first, bits] = lzma_distance_slot(slot);
  if (bits == 0) return first;
  if (slot < kLzmaFirstAlignedSlot) {
    return first + reverse_tree(file, lzma_context::distance_special(slot), bits);
  }
  const std::uint32_t high = direct_bits(file, bits - kLzmaAlignBits) << kLzmaAlignBits;
  return first + high + reverse_tree(file, lzma_context::kDistanceAlign, kLzmaAlignBits);
}

unsigned LzmaDecoder::match(ByteView file, std::size_t position_state) {
  std::copy_backward(reps_.begin(), reps_.end() - 1, reps_.end());
  const unsigned count = length(file, lzma_context::kMatchLength, position_state);
  reps_[0] = distance(file, count);
  state_ = state_after_match(state_);
  return count;
}

unsigned LzmaDecoder::repetition(ByteView file, std::size_t position_state) {
  if (bit(file, lzma_context::is_rep0(state_)) == 0) {
    if (bit(file, lzma_context::is_long_rep0(state_, position_state)) == 0) {
      state_ = state_after_short_repetition(state_);
      return 1;
    }
  } else {
    std::size_t which = 1;
    if (bit(file, lzma_context::is_rep1(state_)) != 0)
      which = 2 + bit(file, lzma_context::is_rep2(state_));
    std::rotate(reps_.begin(), reps_.begin() + static_cast<std::ptrdiff_t>(which),
                reps_.begin() + static_cast<std::ptrdiff_t>(which) + 1);
  }
  const unsigned count = length(file, lzma_context::kRepLength, position_state);
  state_ = state_after_repetition(state_);
  return count;
}

bool LzmaDecoder::read_packet(ByteView file, ByteView data) {
  const std::size_t position_state = lzma_position_state(position_);
  if (bit(file, lzma_context::is_match(state_, position_state)) == 0) {
    literal(file, data);
    return !ran_out_ && position_ <= data.size();
  }
  const bool is_repetition = bit(file, lzma_context::is_rep(state_)) != 0;
  const unsigned count =
      is_repetition ? repetition(file, position_state) : match(file, position_state);
  if (!is_repetition && reps_[0] == kEndMarker) {
    saw_end_marker_ = true;
    return false;
  }
  position_ += count;
  return !ran_out_ && reps_[0] < position_ && position_ <= data.size();
}

LzmaReading read_lzma(ByteView file, ByteView data, std::size_t mark) {
  constexpr std::size_t kHeaderBytes = 13;
  LzmaReading reading;
  LzmaDecoder decoder;
  decoder.watch(reading.estimates);
  decoder.start_payload(file, kHeaderBytes, file.size());
  const auto read_to = [&](std::size_t position) {
    while (decoder.position() < position) {
      if (decoder.read_packet(file, data)) continue;
      throw library_failure("lzma", "it writes streams of a kind unknown to us");
    }
  };
  read_to(mark);
  reading.state = decoder.state();
  read_to(data.size());
  return reading;
}

}  // namespace zipdream
