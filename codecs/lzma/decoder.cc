// SPDX-License-Identifier: Apache-2.0
// After the LZMA specification of Igor Pavlov (lzma-specification.txt in the LZMA SDK).
#include "codecs/lzma/decoder.h"

#include <algorithm>

#include "base/portable_math.h"

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
  std::fill(model_.begin(), model_.end(), kHalf);
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

unsigned LzmaDecoder::bit(ByteView file, Probability& probability) {
  normalize(file);
  const std::uint32_t bound = (range_ >> kProbabilityBits) * probability;
  const bool is_one = code_ >= bound;
  if (estimates_ != nullptr) estimates_->begin()[&probability - model_.begin()].add(is_one);
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

unsigned LzmaDecoder::tree(ByteView file, Probability* probabilities, unsigned bits) {
  unsigned node = 1;
  for (unsigned i = 0; i < bits; ++i) node = node << 1 | bit(file, probabilities[node]);
  return node - (1U << bits);
}

unsigned LzmaDecoder::reverse_tree(ByteView file, Probability* probabilities, unsigned bits) {
  unsigned node = 1;
  unsigned value = 0;
  for (unsigned i = 0; i < bits; ++i) {
    const unsigned next_bit = bit(file, probabilities[node]);
    node = node << 1 | next_bit;
    value |= next_bit << i;
  }
  return value;
}

unsigned LzmaDecoder::length(ByteView file, LengthContexts& contexts, std::size_t position_state) {
  if (bit(file, contexts.is_long) == 0) {
    return kMinMatch + tree(file, contexts.low[position_state].data(), 3);
  }
  if (bit(file, contexts.is_very_long) == 0) {
    return kMinMatch + 8 + tree(file, contexts.middle[position_state].data(), 3);
  }
  return kMinMatch + 16 + tree(file, contexts.high.data(), 8);
}

// After a match the byte at the same distance is likely the wrong one, and the contexts of the
// literal are those of its bits as long as they agree.
void LzmaDecoder::literal(ByteView file, ByteView data) {
  const unsigned previous = position_ == 0 ? 0 : data[position_ - 1];
  std::array<Probability, 0x300>& probabilities = model_.literal[previous >> 5];
  unsigned node = 1;
  if (!is_after_literal(state_) && reps_[0] < position_) {
    unsigned guess = data[position_ - reps_[0] - 1];
    bool agrees = true;
    while (agrees && node < 0x100) {
      const unsigned guessed_bit = guess >> 7 & 1;
      guess <<= 1;
      const unsigned next_bit = bit(file, probabilities[((1 + guessed_bit) << 8) + node]);
      node = node << 1 | next_bit;
      agrees = next_bit == guessed_bit;
    }
  }
  while (node < 0x100) node = node << 1 | bit(file, probabilities[node]);
  state_ = state_after_literal(state_);
  ++position_;
}

std::uint32_t LzmaDecoder::distance(ByteView file, unsigned length) {
  const unsigned slot = tree(file, model_.distance_slot[lzma_distance_kind(length)].data(), 6);
  const auto [first, bits] = lzma_distance_slot(slot);
  if (bits == 0) return first;
  if (slot < kLzmaFirstAlignedSlot) {
    return first + reverse_tree(file, &model_.distance_special[lzma_special_tree(slot)], bits);
  }
  const std::uint32_t high = direct_bits(file, bits - kLzmaAlignBits) << kLzmaAlignBits;
  return first + high + reverse_tree(file, model_.distance_align.data(), kLzmaAlignBits);
}

unsigned LzmaDecoder::match(ByteView file, std::size_t position_state) {
  std::copy_backward(reps_.begin(), reps_.end() - 1, reps_.end());
  const unsigned count = length(file, model_.match_length, position_state);
  reps_[0] = distance(file, count);
  state_ = state_after_match(state_);
  return count;
}

unsigned LzmaDecoder::repetition(ByteView file, std::size_t position_state) {
  if (bit(file, model_.is_rep0[state_]) == 0) {
    if (bit(file, model_.is_long_rep0[state_][position_state]) == 0) {
      state_ = state_after_short_repetition(state_);
      return 1;
    }
  } else {
    std::size_t which = 1;
    if (bit(file, model_.is_rep1[state_]) != 0) which = 2 + bit(file, model_.is_rep2[state_]);
    std::rotate(reps_.begin(), reps_.begin() + static_cast<std::ptrdiff_t>(which),
                reps_.begin() + static_cast<std::ptrdiff_t>(which) + 1);
  }
  const unsigned count = length(file, model_.rep_length, position_state);
  state_ = state_after_repetition(state_);
  return count;
}

bool LzmaDecoder::read_packet(ByteView file, ByteView data) {
  const std::size_t position_state = lzma_position_state(position_);
  if (bit(file, model_.is_match[state_][position_state]) == 0) {
    literal(file, data);
    return !ran_out_ && position_ <= data.size();
  }
  const bool is_repetition = bit(file, model_.is_rep[state_]) != 0;
  const unsigned count =
      is_repetition ? repetition(file, position_state) : match(file, position_state);
  if (!is_repetition && reps_[0] == kEndMarker) {
    saw_end_marker_ = true;
    return false;
  }
  position_ += count;
  return !ran_out_ && reps_[0] < position_ && position_ <= data.size();
}

}  // namespace zipdream
