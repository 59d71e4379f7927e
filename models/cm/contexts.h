// SPDX-License-Identifier: Apache-2.0
// What goes before the next byte, and the contexts in which it is predicted.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "models/cm/tables.h"
#include "models/paged_array.h"
#include "zipdream/bytes.h"

namespace zipdream::cm {
namespace contexts {

inline constexpr std::uint64_t kOdd = 0x9E3779B97F4A7C15U;  // 2^64 / the golden ratio
inline constexpr std::uint64_t kOtherOdd = 0xD6E8FEB86659FD93U;

constexpr std::uint64_t mix_in(std::uint64_t hash, std::uint64_t value) {
  hash = (hash + value + 1) * kOdd;
  return hash ^ hash >> 29;
}

constexpr std::uint64_t finish(std::uint64_t hash) {
  hash = (hash ^ hash >> 32) * kOtherOdd;
  return hash ^ hash >> 29;
}

}  // namespace contexts

// In records (see Records) those of words and kinds are contexts of columns instead.
enum class Context : std::uint8_t {
  kOrder1,  // the last bytes
  kOrder2,
  kOrder3,
  kOrder4,
  kOrder5,
  kOrder6,
  kOrder8,
  kWord,            // the word so far, and the last byte
  kTwoWords,        // also the word before
  kWordAndSecond,   // also the word before that, without the one between
  kThreeWords,      // the word and both before
  kSparse23,        // the bytes two and three before
  kSparse13,        // the last one and the one three before
  kSparse34,        // those three and four before
  kFollowers1,      // the last byte, and the two that last followed it
  kFollowers2,      // the last two bytes, and the two that last followed them
  kAbove,           // the last byte, and what stands above the next one in the line before
  kClasses,         // the kinds of the last four bytes, and the last byte
  kColumnAndAbove,  // the column of the next byte, and what stands above it
  kHighHalves,      // the last byte, and the high halves of the three before
};
inline constexpr std::size_t kAllContexts = 20;
inline constexpr std::size_t kOrders = 7;  // the first of them

// Whether the text is a table of records of one length (rows of pixels, fields of a data base), and
// of which: a byte that comes back twice after the same number of bytes votes for that length, and
// one that gets half of the lately given votes is believed in until it has less than a fifth. Texts
// in a language don't come near that, but for lists of lines of one length, which are no records.
// Threads: as a standard container.
class Records {
 public:
  // In bytes; 0: there are none.
  [[nodiscard]] std::uint32_t length() const { return length_; }

  // How many bytes stand before the next one in its record. REQUIRES: there are records.
  [[nodiscard]] std::uint32_t column() const { return column_; }

  // The byte in the column of the next one, `records` before, or `ahead` columns behind that.
  // REQUIRES: there are records; 0 < records <= 2; ahead < 2.
  [[nodiscard]] unsigned above(std::uint32_t records, std::uint32_t ahead = 0) const {
    return last_[(end_ - length_ * records + ahead) % kLast];
  }

  void append(Byte byte) {
    last_[end_++ % kLast] = byte;
    if (++column_ >= length_) column_ = 0;
    const std::uint32_t gap = end_ - seen_[byte];
    const bool is_repeated = gap == gaps_[byte] && gap > 1 && gap <= kMaxLength;
    seen_[byte] = end_;
    gaps_[byte] = gap;
    if (is_repeated) vote(gap);
  }

 private:
  static constexpr std::uint32_t kMaxLength = 512;
  static constexpr std::uint32_t kLast = 2048;  // bytes
  static_assert(kLast > 2 * kMaxLength);

  void vote(std::uint32_t length);

  std::uint32_t length_ = 0;
  std::uint32_t column_ = 0;
  std::uint32_t end_ = 0;                              // bytes so far, modulo 2^32
  std::uint32_t all_votes_ = 0;                        // lately
  std::uint32_t favourite_ = 0;                        // a length of most votes
  std::array<std::uint16_t, kMaxLength + 1> votes_{};  // by length
  std::array<std::uint32_t, 256> seen_{};              // of a byte: end_ after it came last
  std::array<std::uint32_t, 256> gaps_{};              // how far that was from the time before
  std::array<Byte, kLast> last_{};                     // bytes
};

// Threads: as a standard container.
class Contexts {
 public:
  static constexpr unsigned kMaxColumn = 255;
  static constexpr int kLongest = 16;

  void append(Byte byte);

  // A hash of that context; that of one kind is never that of another.
  [[nodiscard]] std::uint64_t hash(Context context) const {
    const auto tag = static_cast<std::uint64_t>(context);
    return contexts::finish(contexts::mix_in(tag << 56, value(context)) + tag);
  }

  // A hash of the last `bytes` bytes. REQUIRES: bytes is at most kLongest.
  [[nodiscard]] std::uint64_t hash_of_last(int bytes) const;

  // The hash of a context together with the first nibble of the next byte: at most as far from the
  // hash itself that both lie in one page of a table.
  [[nodiscard]] static std::uint64_t with_nibble(std::uint64_t hash, unsigned nibble) {
    return hash ^ ((hash + nibble + 1) * contexts::kOdd & HistoryTable::kWithinPage);
  }

  // The byte before the last `back` ones; zero before the first. REQUIRES: back < 8.
  [[nodiscard]] unsigned recent(int back) const { return recent_ >> (8 * back) & 255; }
  // All eight of them, the last one lowest.
  [[nodiscard]] std::uint64_t recent_bytes() const { return recent_; }

  // Kinds of byte, the last one lowest, three bits each: letters small and large, digits, blanks...
  [[nodiscard]] std::uint32_t classes() const { return classes_; }

  // How many bytes stand before the next one in its record or line, up to kMaxColumn.
  [[nodiscard]] unsigned column() const {
    return records_.length() > 0 ? std::min(records_.column(), kMaxColumn) : column_;
  }

  [[nodiscard]] unsigned word_length() const { return word_length_; }

 private:
  static constexpr std::size_t kLine = kMaxColumn + 1;
  static constexpr std::uint64_t kInRecords = 1;

  [[nodiscard]] std::uint64_t value(Context context) const;
  // What stands above the next byte, in the line or record before.
  [[nodiscard]] unsigned above() const {
    return records_.length() > 0 ? records_.above(1) : line_before_[column_];
  }
  void append_to_word(Byte byte);
  void append_to_line(Byte byte);

  std::uint64_t recent_ = 0;
  std::uint64_t older_ = 0;  // the eight bytes before these
  std::uint64_t word_ = 0;   // hash of its letters so far; 0: not in a word
  std::array<std::uint64_t, 2> words_before_{};
  unsigned word_length_ = 0;
  std::uint32_t classes_ = 0;
  unsigned column_ = 0;
  Records records_;
  std::array<Byte, kLine> line_{};               // so far
  std::array<Byte, kLine> line_before_{};        // zeros behind its end
  PagedArray<std::uint16_t> followers1_{256};    // of a byte, the last two
  PagedArray<std::uint16_t> followers2_{65536};  // of two bytes
};

// ---- inline ----

inline std::uint64_t Contexts::value(Context context) const {
  const auto last = [&](int bytes) {
    return bytes == 8 ? recent_ : recent_ & ((std::uint64_t{1} << 8 * bytes) - 1);
  };
  const auto with = [&](std::uint64_t first, std::uint64_t second) {
    return contexts::mix_in(first, second);
  };
  const std::uint64_t above = this->above();
  if (records_.length() > 0) {  // where words and kinds of letters say nothing
    switch (context) {
      case Context::kTwoWords:
        return with(above << 8 | last(1), kInRecords);
      case Context::kWordAndSecond:
        return with(above << 32 | std::uint64_t{records_.above(2)} << 8 | last(1), kInRecords);
      case Context::kThreeWords:
        return with(std::uint64_t{records_.column()} << 16 | last(2), kInRecords);
      case Context::kClasses:
        return with(std::uint64_t{records_.above(2)} << 16 | above << 8 | records_.above(1, 1),
                    kInRecords);
      case Context::kColumnAndAbove:
        return with(above << 16 | records_.column(), kInRecords);
      default:
        break;
    }
  }
  switch (context) {
    case Context::kOrder1:
      return last(1);
    case Context::kOrder2:
      return last(2);
    case Context::kOrder3:
      return last(3);
    case Context::kOrder4:
      return last(4);
    case Context::kOrder5:
      return last(5);
    case Context::kOrder6:
      return last(6);
    case Context::kOrder8:
      return last(8);
    case Context::kWord:
      return with(word_, last(1));
    case Context::kTwoWords:
      return with(with(word_, words_before_[0]), last(1));
    case Context::kWordAndSecond:
      return with(with(word_, words_before_[1]), last(1));
    case Context::kThreeWords:
      return with(with(word_, words_before_[0]), words_before_[1]);
    case Context::kSparse23:
      return last(3) >> 8;
    case Context::kSparse13:
      return last(3) & 0xFF00FF;
    case Context::kSparse34:
      return last(4) >> 16;
    case Context::kFollowers1:
      return std::uint64_t{followers1_[last(1)]} << 8 | last(1);
    case Context::kFollowers2:
      return std::uint64_t{followers2_[last(2)]} << 16 | last(2);
    case Context::kAbove:
      return above << 8 | last(1);
    case Context::kClasses:
      return std::uint64_t{classes_ & 0xFFF} << 8 | last(1);
    case Context::kColumnAndAbove:
      return above << 8 | column_;
    case Context::kHighHalves:
      return recent_ & 0xF0F0F0FF;
  }
  return 0;
}

}  // namespace zipdream::cm
