// SPDX-License-Identifier: Apache-2.0
// The sum over all ways to write a text in DEFLATE: what the probabilities of tokens imply for the
// next byte, whether it comes as a literal or inside a match.
//
// DEFLATE writes a text in tokens: a literal, or a match, so many bytes from so far back. Tables
// give every token a probability: that of a literal or a length, times that of the distance, of
// which all in one bucket are equally probable (token_tables.h). So the tables are a source of
// texts: draw tokens, one after the other, and write them out. (That is what happens when random
// bits are fed to a decoder.) An encoder picks one of the many token sequences that give a text;
// the marginal probability of the text is the sum over all of them.
//
// Let boundary(n) be the probability that the tokens so far give the first n bytes of the text and
// end there. A token that ends at n began somewhere before:
//
//   boundary(0) = 1
//   boundary(n) = boundary(n-1) P(literal text[n-1])
//               + sum over k of boundary(n-k) P(length k) sum over d of P(distance d),
//
// where d runs over the distances at which the k bytes before n occur earlier. The next byte is c
// if a token that begins at the end of the text begins with c, or if one that began k bytes ago,
// agrees with them all and is longer, goes on with c:
//
//   P(text, then c) = boundary(n) P(literal c)
//                   + sum over d with c at d of P(distance d) sum over k <= agree(d) of
//                                                             boundary(n-k) P(length > k),
//
// where agree(d) says how many of the last bytes occur at distance d as well. The inner sum is one
// table for all d. For k = 0 all distances count, and it is known how often each byte stands in
// each bucket of them (matches.h).
//
// An example. Before the sum begins stands "abcd". The literals a, b, c and d have 1/8 each, other
// literals 1/8 in all; a match has 3 bytes with 1/4 and 4 bytes with 1/8; its distance is 4 with
// 1/2, and otherwise farther than the text. How probable is it that the text goes on with "abc"?
//
//   boundary(1) = 1/8 and boundary(2) = 1/64: the literals a and b.
//   boundary(3) = 1/64 1/8 + 1 1/4 1/2 = 65/512: the literals a, b, c, or one match.
//
// And with a "d" after it?
//
//   boundary(3) 1/8           =   65/4096   as a literal
//   boundary(3) 3/8 1/2       = 97.5/4096   as the first byte of a match, for d stands 4 before
//   boundary(2) 3/8 1/2       =   12/4096   in a match that began with c,
//   boundary(1) 3/8 1/2       =   96/4096   with b,
//   boundary(0) 1/8 1/2       =  256/4096   with a: this one must have 4 bytes
//                               526.5/4096
//
// Each of a, b and c has 65/4096, the literal alone, and all others together as much. So after
// "abc" a d has the probability 526.5 / (526.5 + 4 65) = 0.67. If the text so far were one match
// and no more, its most probable parse, a token would begin here and d have 5/13 = 0.38.
//
// Only the last 258 boundaries matter, and they shrink by some bits per byte; all are multiplied by
// 2^256 when what is under way gets small.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "codecs/common/matches.h"
#include "codecs/common/shared_text.h"
#include "codecs/deflate/token_tables.h"
#include "zipdream/bytes.h"
#include "zipdream/predictor.h"

namespace zipdream {

// How far matches reach and where they are looked for. With that goes the order in which the terms
// are added, by length or by position. It is nothing to mathematics, but decides the last bits, on
// which streams coded by these probabilities depend.
struct DeflateSumPolicy {
  enum class Search {
    // Positions where two bytes or more agree, the nearest 4096 of them, which pass from byte to
    // byte (matches.h); where only the last byte does, when the next byte is asked for. By length.
    kAll,
    // Positions where the last byte or more agree, nearest first, until they and the bytes that
    // agree
    // are 4096 in all: in texts of few symbols the farthest are left out. For texts that begin anew
    // again and again. By position.
    kNearest,
  };

  std::size_t max_distance;  // at most 32768
  Search search;
};

// Copies are independent and share most of the text.
// Threads: one at a time may change it; const members may be called from many.
class DeflateMarginal {
 public:
  explicit DeflateMarginal(const DeflateSumPolicy& policy);

  // The text grows; the sum does with advance().
  void append(ByteView bytes);
  [[nodiscard]] std::size_t size() const { return text_.size(); }

  // The sum begins anew, as if a token began after the first `begin` bytes of the text. REQUIRES:
  // size() - begin <= max_distance of the policy.
  void restart(std::shared_ptr<const DeflateTables> tables, std::size_t begin);

  // Comes to the end of the text. REQUIRES: restart() came before.
  void advance();

  // For each byte, how probable it is that all bytes since the last restart() come and then this
  // one, as a multiple of 2^exponent(): to compare texts that began alike.
  [[nodiscard]] std::array<double, 256> next() const { return next_in_units_of(1); }
  [[nodiscard]] int exponent() const { return exponent_; }

  // The same as a multiple of boundary(n): to predict. REQUIRES: no entry of the tables is 0, so
  // that boundary(n) isn't.
  [[nodiscard]] std::array<double, 256> next_after_boundary() const {
    return next_in_units_of(boundary_.back());
  }

  // The literal's term of next_after_boundary().
  [[nodiscard]] double literal(Byte next) const { return tables_->literal[next]; }

  // The terms of next_after_boundary() that go on with `next`, by the earlier byte that each
  // copies: all of them but the literal's. REQUIRES: the search is kAll.
  [[nodiscard]] std::vector<Source> sources_after_boundary(Byte next) const;

 private:
  using ByLength = std::array<double, deflate::kLongestMatch + 1>;

  // The probability that a token ends at the end, and that one that began before goes on.
  struct Ends {
    double here = 0;
    double later = 0;
  };

  [[nodiscard]] std::span<const MatchPosition> positions() const;
  [[nodiscard]] std::size_t match_length(std::size_t at, std::size_t most) const;
  void find_nearest();
  void count_beginnings();
  void step();
  [[nodiscard]] Ends sum_by_length();
  [[nodiscard]] Ends sum_by_position();
  void keep_in_range(double under_way);
  [[nodiscard]] std::array<double, 256> next_in_units_of(double unit) const;
  void add_beginning(double end, std::span<double, 256> weights) const;
  [[nodiscard]] ByLength open_by_length(double unit) const;
  void add_open(double unit, std::span<double, 256> weights) const;

  DeflateSumPolicy policy_;
  std::shared_ptr<const DeflateTables> tables_;
  SharedText text_;
  std::size_t at_ = 0;            // the sum has come so far
  std::vector<double> boundary_;  // of the last positions, each times 2^-exponent_
  int exponent_ = 0;
  std::size_t longest_ = 1;  // so many bytes agree where most do

  // Of kAll.
  MatchSets matches_;
  BucketCounts buckets_;

  // Of kNearest.
  std::vector<MatchPosition> nearest_;
  std::vector<std::int32_t> same_before_;  // of each byte, where it stands before, or -1
  std::array<std::int32_t, 256> last_;     // where each byte stands last, or -1
  std::array<double, 256> beginnings_{};   // of the distances at which each byte stands
};

}  // namespace zipdream
