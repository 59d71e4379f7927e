// SPDX-License-Identifier: Apache-2.0
// The sum over all ways to write a text in one DEFLATE block: what its Huffman codes imply for the
// next byte, whether it comes as a literal or inside a match.
//
// A symbol of b bits, extra bits included, has the probability 2^-b. With A(j) the probability that
// a symbol ends right after the j-th byte of a line, having written just these bytes,
//
//   A(0) = 1,  A(n) = A(n - 1) literal(n) + sum over distances d and lengths l of
//                     A(n - l) length(l) distance(d), where the last l bytes stand d before as
//                     well,
//
// and the probability that the line goes on with byte b is A(n) literal(b) plus all those matches
// that were under way at n, or begin there, and would bring b. A match may begin anywhere in the
// line and reach back beyond it into the text before, as far as DEFLATE's 32 KB. The first byte of
// the line begins a symbol.
//
// Matches are looked up nearest first, by the last byte alone, and the search ends after 4096
// comparisons of bytes: in a text of few symbols the farthest are left out. Matches that begin at n
// are all counted: for every symbol of a distance it is known how often each byte stands there.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "codecs/deflate/last_block.h"
#include "codecs/deflate/symbols.h"
#include "zipdream/bytes.h"

namespace zipdream {

// The text before a line, and the codes of the block. Immutable.
class DeflatePast {
 public:
  // Literals without a code get 2^-18, so that every line is possible.
  DeflatePast(Bytes text, const deflate::CodeLengths& codes);

 private:
  friend class DeflateLine;

  Bytes text_;                             // no more than a match can reach
  std::vector<std::int32_t> same_before_;  // the nearest position before of the same byte, or -1
  std::array<std::int32_t, 256> last_;     // position of each byte, or -1

  std::array<double, 256> literals_{};
  std::array<double, deflate::kLongestMatch + 1> lengths_{};  // probability of matches that long
  std::array<double, deflate::kLongestMatch + 2> longer_{};   // or longer
  std::array<std::uint64_t, deflate::kDistances> weights_{};  // of one distance, by its symbol
  std::array<std::uint64_t, 256> begins_{};  // of all matches that would begin with each byte
};

// A line that grows. Copies are independent.
class DeflateLine {
 public:
  explicit DeflateLine(std::shared_ptr<const DeflatePast> past);

  void append(Byte byte);

  // next()[b] x 2^exponent() is the probability of the line so far followed by b.
  [[nodiscard]] std::span<const double, 256> next() const { return next_; }
  [[nodiscard]] int exponent() const { return exponent_; }

 private:
  // A(n - l) and what it counts for, by l = 0, 1, ... and summed up to l.
  struct Sums {
    std::array<double, deflate::kLongestMatch + 1> ended{};      // in matches that end at n
    std::array<double, deflate::kLongestMatch + 1> under_way{};  // in those that go on
  };

  [[nodiscard]] Byte at(std::int32_t position) const;
  [[nodiscard]] std::int32_t same_before(std::int32_t position) const;
  [[nodiscard]] int match_length(std::int32_t position) const;
  [[nodiscard]] Sums sum_matches() const;
  void count_begins();
  double add_matches();
  void begin_symbols(double end);
  void scale();

  std::shared_ptr<const DeflatePast> past_;
  Bytes line_;
  std::vector<std::int32_t> same_before_;  // of the line's positions, which follow the past's
  std::array<std::int32_t, 256> last_;
  std::array<std::uint64_t, 256> begins_;
  std::vector<double> ends_;  // A(0) .. A(n), all x 2^-exponent_; only the last 258 matter
  int exponent_ = 0;
  std::array<double, 256> next_;
};

}  // namespace zipdream
