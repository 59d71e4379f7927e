// SPDX-License-Identifier: Apache-2.0
// The probabilities of DEFLATE's tokens in what zlib writes: how often it has used each symbol,
// with what it used lately weighing more.
//
// A code length of 5 says that a symbol takes 1/32 of the block; the counts behind it say so more
// finely, and where the next block begins is an accident. So the counts of all blocks run on and
// fade: by half in kUseHalfLife symbols for how the window is used, which are the lengths, the
// distances and the share of literals, and in kTextHalfLife for which literals they are. The
// codes that zlib has before it has seen anything, the fixed ones, stand for kPrior symbols, so
// that nothing is impossible and the law of an empty text is theirs.
#pragma once

#include <array>

#include "codecs/common/matches.h"
#include "codecs/deflate/last_block.h"

namespace zipdream {

// Of one token at the place where it begins.
struct DeflateTables {
  std::array<double, 256> literal;
  std::array<double, deflate::kLongestMatch + 1> length;  // of a match of this length
  std::array<double, deflate::kLongestMatch + 1> longer;  // of a match longer than this
  std::array<double, deflate::kDistances> distance;       // of each distance in this slot
};

[[nodiscard]] const BucketStarts& deflate_buckets();

class DeflateCounts {
 public:
  // Takes in what `follower` has settled since the last call. REQUIRES: less than a block.
  void update(const deflate::BlockFollower& follower);

  [[nodiscard]] DeflateTables tables() const;

 private:
  void add(const deflate::Block& now, const deflate::Block& before);

  deflate::Block seen_;                               // of the open block
  std::array<double, deflate::kLiterals> symbols_{};  // literals are in which_ one by one
  double literals_ = 0;
  std::array<double, 256> which_{};
  std::array<double, deflate::kDistances> distances_{};
};

}  // namespace zipdream
