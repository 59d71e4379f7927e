// SPDX-License-Identifier: Apache-2.0
#include "models/cm/contexts.h"

#include <string_view>

namespace zipdream::cm {
namespace {

using contexts::finish;
using contexts::mix_in;

// The letter without its case, for any byte that may be part of a word; 0 for the others.
constexpr Byte letter(Byte byte) {
  if (byte >= 'A' && byte <= 'Z') return static_cast<Byte>(byte + ('a' - 'A'));
  return (byte >= 'a' && byte <= 'z') || byte >= 128 ? byte : Byte{0};
}

constexpr std::uint8_t class_of(Byte byte) {
  const char c = static_cast<char>(byte);
  if (c == ' ') return 0;
  if (c >= 'a' && c <= 'z') return 1;
  if (c >= 'A' && c <= 'Z') return 2;
  if (c >= '0' && c <= '9') return 3;
  if (c == '\n' || c == '\r' || c == '\t') return 4;
  if (std::string_view(".,;:!?'\"-").find(c) != std::string_view::npos) return 5;
  return byte < 128 ? 6 : 7;
}

constexpr auto kClasses = [] {
  std::array<std::uint8_t, 256> classes{};
  for (std::size_t i = 0; i < classes.size(); ++i) classes[i] = class_of(static_cast<Byte>(i));
  return classes;
}();

}  // namespace

void Records::vote(std::uint32_t length) {
  constexpr std::uint32_t kVotes = 256;  // at which is counted, and then each counts for half
  ++all_votes_;
  if (++votes_[length] > votes_[favourite_]) favourite_ = length;
  if (all_votes_ < kVotes) return;
  const bool are_lines = gaps_['\n'] == favourite_;
  if (favourite_ != length_ && !are_lines && 2U * votes_[favourite_] > all_votes_) {
    length_ = favourite_;
    column_ = end_ % length_;
  } else if (length_ > 0 && 5U * votes_[length_] < all_votes_) {
    length_ = 0;
  }
  all_votes_ = 0;
  for (std::uint16_t& votes : votes_) {
    votes /= 2;
    all_votes_ += votes;
  }
}

void Contexts::append(Byte byte) {
  const std::uint64_t two = recent_ & 0xFFFF;
  for (std::uint16_t* followers : {&followers1_.edit(two & 0xFF), &followers2_.edit(two)}) {
    *followers = static_cast<std::uint16_t>(*followers << 8 | byte);
  }
  older_ = older_ << 8 | recent_ >> 56;
  recent_ = recent_ << 8 | byte;
  classes_ = classes_ << 3 | kClasses[byte];
  append_to_word(byte);
  append_to_line(byte);
  records_.append(byte);
}

void Contexts::append_to_word(Byte byte) {
  if (const Byte part = letter(byte); part != 0) {
    word_ = mix_in(word_, part);
    ++word_length_;
  } else if (word_ != 0) {
    words_before_ = {word_, words_before_[0]};
    word_ = 0;
    word_length_ = 0;
  }
}

void Contexts::append_to_line(Byte byte) {
  if (byte == '\n') {
    line_before_ = line_;
    line_.fill(0);
    column_ = 0;
  } else if (column_ < kMaxColumn) {
    line_[column_++] = byte;
  }
}

std::uint64_t Contexts::hash_of_last(int bytes) const {
  const auto lowest = [](std::uint64_t value, int count) {
    return count >= 8 ? value : value & ((std::uint64_t{1} << 8 * count) - 1);
  };
  const std::uint64_t first = mix_in(static_cast<std::uint64_t>(bytes), lowest(recent_, bytes));
  return finish(bytes <= 8 ? first : mix_in(first, lowest(older_, bytes - 8)));
}

}  // namespace zipdream::cm
