// SPDX-License-Identifier: Apache-2.0
#include "models/cm/match.h"

#include <algorithm>

namespace zipdream::cm {
namespace {

constexpr std::size_t kMaxLength = 400;         // longer matches count as that
constexpr std::size_t kMaxVerifiedLength = 48;  // of a new match
constexpr std::size_t kMaxMisses = 8;
constexpr std::size_t kMissesForgotten = 16;  // one for so many bytes predicted rightly
constexpr int kFirstPlaceBits = 14;

// Up to 15 one by one, then coarser; at most 31.
std::size_t length_step(std::size_t length) {
  if (length < 16) return length;
  return length < 32 ? 16 + (length - 16) / 4 : std::min<std::size_t>(20 + (length - 32) / 16, 31);
}

}  // namespace

MatchModel::MatchModel(int min_length)
    : min_length_(static_cast<std::size_t>(min_length)), window_(kPlaces - 1, kFirstPlaceBits) {
  cells_.fill(AdaptiveProbability::of(3, 4, 4));
}

void MatchModel::append(const History& text) {
  if (length_ > 0) follow(text);
  const std::size_t at = window_.row(hash_);
  if (length_ == 0 || misses_ > 0) {
    std::uint32_t place = places_[at];
    if (place == 0) place = places_[window_.row_before(hash_)];
    find(text, place == 0 ? 0 : text.end() - (static_cast<std::uint32_t>(text.end()) - place));
  }
  places_.edit(at) = static_cast<std::uint32_t>(text.end());
  expected_ = length_ == 0 ? 0 : text[match_];
  classify();
}

void MatchModel::classify() {
  const std::size_t step = length_step(length_);
  std::size_t length_class =
      length_ == 0 ? 0 : std::min<std::size_t>(1 + step / 2, kLengthClasses - 1);
  if (misses_ > 0) length_class = std::min<std::size_t>(length_class, misses_ < 3 ? 3 : 1);
  length_class_ = static_cast<unsigned>(length_class);
  cell_ = static_cast<std::uint16_t>(step * kMisses + misses_);
}

void MatchModel::follow(const History& text) {
  if (expected_ == text[text.end() - 1]) {
    length_ = std::min(length_ + 1, kMaxLength);
    if (misses_ > 0 && length_ % kMissesForgotten == 0) --misses_;
  } else {
    ++misses_;
    length_ = length_ > 16 && misses_ <= kMaxMisses ? length_ / 4 : 0;
  }
  ++match_;
}

// A place where the bytes before it are others has the same hash only; or the text has gone over it
// since.
void MatchModel::find(const History& text, std::size_t place) {
  std::size_t same = 0;
  if (place > 0 && place + History::kSize > text.end()) {
    while (same < kMaxVerifiedLength && same < place &&
           text[place - 1 - same] == text[text.end() - 1 - same]) {
      ++same;
    }
  }
  if (same >= min_length_ && same > length_) {
    match_ = place;
    length_ = same;
    misses_ = 0;
  } else if (length_ == 0) {
    misses_ = 0;
  }
}

}  // namespace zipdream::cm
