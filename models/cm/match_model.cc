// SPDX-License-Identifier: Apache-2.0
#include "models/cm/match_model.h"

#include <algorithm>

namespace zipdream {
namespace {

constexpr std::size_t kMostLength = 160;  // longer ones count as that
constexpr std::size_t kMostChecked = 32;  // of a new match

// 6 to 15 one by one, then coarser; at most 31.
std::size_t length_step(std::size_t length) {
  if (length < 16) return length;
  return length < 32 ? 16 + (length - 16) / 4 : std::min<std::size_t>(20 + (length - 32) / 16, 27);
}

}  // namespace

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
    length_ = std::min(length_ + 1, kMostLength);
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
  while (same < kMostChecked &&
         text_[(place - 1 - same) & kMask] == text_[(end_ - 1 - same) & kMask]) {
    ++same;
  }
  match_ = place;
  length_ = same < kLeastLength ? 0 : same;
}

}  // namespace zipdream
