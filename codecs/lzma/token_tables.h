// SPDX-License-Identifier: Apache-2.0
// The probabilities of LZMA's packets, multiplied out from those of its binary decisions.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "codecs/common/matches.h"
#include "codecs/lzma/decoder.h"

namespace zipdream {

// What kind the next packet is. They sum to 1.
struct LzmaKinds {
  double literal;
  double match;
  double short_repetition;           // one byte at the latest distance
  std::array<double, 4> repetition;  // at the i-th latest distance
};

// [position % 4][length]; shorter than 2 and longer than 273 there is none.
struct LzmaLengths {
  using ByLength = std::array<double, kLzmaLongestMatch + 1>;
  std::array<ByLength, kLzmaPositionStates> exactly;
  std::array<ByLength, kLzmaPositionStates> longer;
};

struct LzmaTables {
  explicit LzmaTables(const LzmaEstimates& estimates);

  // For one distance, counted from 0 and in `slot`, beside what depends on the length:
  // P(distance | length) = by_bucket[lzma_distance_kind(length)][slot] x fine(distance).
  [[nodiscard]] double fine(std::size_t distance) const {
    return distance < near.size() ? near[distance] : align[distance % align.size()];
  }

  std::array<std::array<LzmaKinds, kLzmaPositionStates>, kLzmaStates> kinds;
  LzmaLengths match_lengths;
  LzmaLengths repetition_lengths;
  std::array<std::array<double, kLzmaSlots>, kLzmaDistanceKinds> by_bucket;
  std::array<double, 128> near;
  std::array<double, 1 << kLzmaAlignBits> align;  // the mean is 1/16

  // P(the decision is 0) in the contexts of literals.
  std::array<std::array<double, lzma_context::kLiteralContexts>, 8> literal_zero;
};

// LZMA's distance slots as buckets of distances counted from 1, as far as `max_distance`.
[[nodiscard]] BucketStarts lzma_buckets(std::size_t max_distance);

// The literals after one byte. After a match the decoder knows the byte that would have gone on
// with it, the likely wrong one, and each bit of the literal has other contexts as long as its bits
// agree with that.
class LzmaLiterals {
 public:
  LzmaLiterals(const LzmaTables& tables, Byte previous);

  [[nodiscard]] double probability(Byte literal) const { return reach_[256 + literal]; }
  [[nodiscard]] double probability(Byte literal, Byte guess) const;

  // weights[c] += factor x the probability of c.
  void add(double factor, std::span<double, 256> weights) const;
  void add(double factor, Byte guess, std::span<double, 256> weights) const;

 private:
  const std::array<double, lzma_context::kLiteralContexts>& zero_;
  std::array<double, 512> reach_;  // of each node without a guess; the leaves are 256 + literal
};

}  // namespace zipdream
