// SPDX-License-Identifier: Apache-2.0
#include "models/cm/v1/contexts.h"

#include <algorithm>

#include "models/cm/v1/history.h"

namespace zipdream::cm_v1 {
namespace {

constexpr std::uint64_t kOdd = 0x9E3779B97F4A7C15U;  // 2^64 / the golden ratio
constexpr std::uint64_t kOtherOdd = 0xD6E8FEB86659FD93U;

std::uint64_t mix_in(std::uint64_t hash, std::uint64_t value) {
  hash = (hash + value + 1) * kOdd;
  return hash ^ hash >> 29;
}

std::uint64_t finish(std::uint64_t hash) {
  hash = (hash ^ hash >> 32) * kOtherOdd;
  return hash ^ hash >> 29;
}

// The letter without its case, for any byte that may be part of a word; 0 for the others.
Byte letter(Byte byte) {
  if (byte >= 'A' && byte <= 'Z') return static_cast<Byte>(byte + ('a' - 'A'));
  return (byte >= 'a' && byte <= 'z') || byte >= 128 ? byte : Byte{0};
}

constexpr std::size_t kMaxLength = 160;         // longer matches count as that
constexpr std::size_t kMaxVerifiedLength = 32;  // of a new match

// 6 to 15 one by one, then coarser; at most 31.
std::size_t length_step(std::size_t length) {
  if (length < 16) return length;
  return length < 32 ? 16 + (length - 16) / 4 : std::min<std::size_t>(20 + (length - 32) / 16, 27);
}

}  // namespace

void Contexts::append(Byte byte) {
  std::copy_backward(last_.begin(), last_.end() - 1, last_.end());
  last_[0] = byte;
  if (const Byte part = letter(byte); part != 0) {
    word_ = mix_in(word_, part);
  } else if (word_ != 0) {
    word_before_ = word_;
    word_ = 0;
  }
  hash();
}

void Contexts::hash() {
  std::uint64_t orders = 0;
  for (std::size_t i = 0; i < kContextOrders; ++i) {
    orders = mix_in(orders, last_[i]);
    hashes_[i] = orders;
  }
  const std::array<std::uint64_t, kContexts - kContextOrders> others = {
      mix_in(word_, last_[0]), mix_in(word_, word_before_), last_[1],
      std::uint64_t{last_[1]} << 8 | last_[2], std::uint64_t{last_[2]} << 8 | last_[3]};
  for (std::size_t i = 0; i < others.size(); ++i) {
    hashes_[kContextOrders + i] = mix_in(i, others[i]);
  }
  for (std::size_t i = 0; i < kContexts; ++i) hashes_[i] = finish(hashes_[i] + i);
}

std::uint64_t Contexts::with_nibble(std::uint64_t hash, unsigned nibble) {
  return hash ^ ((hash + nibble + 1) * kOdd & HistoryTable::kWithinPage);
}

std::optional<MatchModel::Prediction> MatchModel::predict(unsigned node, int bits_so_far) const {
  if (length_ == 0) return std::nullopt;
  const unsigned byte = text_[match_] | 256U;
  if (byte >> (8 - bits_so_far) != node) return std::nullopt;
  const bool bit = (byte >> (7 - bits_so_far) & 1) != 0;
  const std::size_t step = length_step(length_);
  return Prediction{bit, static_cast<std::uint8_t>(2 * step + (bit ? 1 : 0)),
                    static_cast<std::uint8_t>(1 + step / 4)};
}

void MatchModel::append(Byte byte, std::uint64_t hash) {
  if (length_ > 0 && text_[match_] == byte) {
    length_ = std::min(length_ + 1, kMaxLength);
    match_ = (match_ + 1) & kMask;
  } else {
    length_ = 0;
  }
  text_.edit(end_) = byte;
  end_ = (end_ + 1) & kMask;
  std::uint32_t& place = places_.edit(hash % kPlaces);
  if (length_ == 0) find_match(place);
  place = static_cast<std::uint32_t>(end_);
}

// A place where the bytes before it are others has the same hash only; or the ring has gone over
// it since.
void MatchModel::find_match(std::size_t place) {
  std::size_t same = 0;
  while (same < kMaxVerifiedLength &&
         text_[(place - 1 - same) & kMask] == text_[(end_ - 1 - same) & kMask]) {
    ++same;
  }
  match_ = place;
  length_ = same < kMinLength ? 0 : same;
}

}  // namespace zipdream::cm_v1
