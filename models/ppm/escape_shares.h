// SPDX-License-Identifier: Apache-2.0
// How far a context is to be trusted: the share of its prediction that it should leave to the next
// shorter context. Contexts that look alike (order, followers, counts, how well the last bytes were
// predicted) have one share in common, learnt from how predictions turned out: what PPM calls
// secondary escape estimation.
//
// With P = (1 - e) own + e shorter, the byte that came was meant by the shorter context with
// probability e shorter / P; the share moves towards that, first fast, then slowly (online EM).
#pragma once

#include <cstddef>
#include <cstdint>

#include "models/paged_array.h"

namespace zipdream {

class EscapeShares {
 public:
  static constexpr int kShareBits = 22;  // shares are multiples of 2^-22, above 0 and below 1

  // What can be seen of a context.
  struct Situation {
    int order;
    std::size_t followers;         // > 0
    std::size_t suffix_followers;  // of the next shorter context; 256 for order 0
    std::uint32_t mean_count;      // of the followers, in thirty-seconds of an occurrence; >= 32
    int streak;                    // predicted(), of the bytes before
  };

  explicit EscapeShares(int max_order);

  // Where the share of all such contexts stands.
  [[nodiscard]] static std::size_t cell(const Situation& situation);

  [[nodiscard]] std::uint32_t share(std::size_t cell) const { return cells_[cell] >> kCountBits; }

  // Moves the share towards `target`, both in multiples of 2^-22.
  void learn(std::size_t cell, std::uint32_t target);

  // The streak of well predicted bytes after one that had a probability of `p` / 2^32.
  [[nodiscard]] static int traced(int streak, std::uint64_t p);

 private:
  static constexpr int kCountBits = 10;  // each cell: the share, then how often it has learnt

  PagedArray<std::uint32_t> cells_;
};

}  // namespace zipdream
