// SPDX-License-Identifier: Apache-2.0
// How often a codec has used each symbol of its coder, with what it used lately weighing more.
//
// A codec's own tables say the same, but in whole bits or other coarse steps, and of one block, of
// which a text may have just begun another: a code word of 5 bits says that the symbol makes about
// 1/32 of a block. The counts behind the tables say so more finely. So table predictors count the
// uses in all blocks and let them fade: a use weighs half as much as one that comes half_life uses
// later. What the counts of an empty text should say stands for kPriorUses uses, so that nothing is
// impossible; the codec decides what that is.
//
// The uses can be taken from either end. In the order of the text, fade() makes all that was added
// so far older; this suits an encoder that is followed as the text grows. From the last use back,
// go_back() makes all that is added from now on older; this suits a stream that is read anew, since
// it can end where is_forgotten() says that the rest hardly counts.
#pragma once

#include <array>
#include <cstddef>
#include <numeric>

#include "base/portable_math.h"

namespace zipdream {

inline constexpr double kLiteralHalfLife = 4000;  // of which byte a literal is
inline constexpr double kPriorUses = 8;

template <std::size_t kSymbols>
class FadingCounts {
 public:
  using Counts = std::array<double, kSymbols>;

  // The counts begin as `prior`, which fades with the rest.
  explicit FadingCounts(double half_life, const Counts& prior = {})
      : half_life_(half_life), each_(portable_exp2(-1 / half_life)), counts_(prior) {}

  void add(std::size_t symbol, double uses = 1) { counts_[symbol] += uses * weight_; }

  // So many uses are newer than all those so far.
  void fade(double uses) {
    const double weight = portable_exp2(-uses / half_life_);
    for (double& count : counts_) count *= weight;
  }

  // One use is newer than all those to come.
  void go_back() { weight_ *= each_; }

  // Of what add() adds.
  [[nodiscard]] double weight() const { return weight_; }
  [[nodiscard]] bool is_forgotten() const { return weight_ <= 0x1p-20; }

  [[nodiscard]] double operator[](std::size_t symbol) const { return counts_[symbol]; }
  [[nodiscard]] const Counts& counts() const { return counts_; }
  [[nodiscard]] double sum() const { return std::accumulate(counts_.begin(), counts_.end(), 0.0); }

 private:
  double half_life_;
  double each_;
  double weight_ = 1;
  Counts counts_;
};

}  // namespace zipdream
