// SPDX-License-Identifier: Apache-2.0
// The probabilities of DEFLATE's tokens: of a literal or length, times that of the distance.
//
// They come from a block's code lengths, or from how often an encoder has used each symbol, with
// what it used lately weighing more (fading_counts.h): by half in 1000 tokens for how the window is
// used, which are the lengths, the distances and the share of literals, and in kLiteralHalfLife
// tokens for which literals they are. The fixed codes stand for kPriorUses tokens, so that what an
// empty text expects is theirs.
#pragma once

#include <array>
#include <span>

#include "codecs/common/fading_counts.h"
#include "codecs/common/matches.h"
#include "codecs/deflate/block_headers.h"
#include "codecs/deflate/parser.h"

namespace zipdream {

// Of one token at the place where it begins.
struct DeflateTables {
  std::array<double, 256> literal{};
  std::array<double, deflate::kLongestMatch + 1> length{};  // of a match of this length
  std::array<double, deflate::kLongestMatch + 1> longer{};  // of a match longer than this
  std::array<double, deflate::kDistances> distance{};       // of each distance in this bucket
};

[[nodiscard]] const BucketStarts& deflate_buckets();

// What a block's codes say: 2^-b of a symbol of b bits, extra bits included. Literals without a
// code get 2^-18, so that every text is possible.
[[nodiscard]] DeflateTables deflate_tables(const deflate::CodeLengths& codes);

class DeflateCounts {
 public:
  // Takes in what `follower` has settled since the last call. REQUIRES: less than a block.
  void update(const deflate::BlockFollower& follower);

  // Takes in tokens older than all so far, the last of them first, as far as they count.
  // REQUIRES: update() is not called on the same object.
  void add_older(std::span<const deflate::Token> tokens);

  [[nodiscard]] DeflateTables tables() const;

 private:
  void add(const deflate::Block& now, const deflate::Block& before);

  static constexpr double kUseHalfLife = 1000;  // tokens
  static constexpr std::size_t kAnyLiteral = 0;

  deflate::Block seen_;  // of the open block
  // Of kAnyLiteral, which are all literals together, and lengths by their symbols.
  FadingCounts<deflate::kLiterals> uses_{kUseHalfLife};
  FadingCounts<deflate::kDistances> distances_{kUseHalfLife};
  FadingCounts<256> literals_{kLiteralHalfLife};
};

}  // namespace zipdream
