// SPDX-License-Identifier: Apache-2.0
// When a law renews the tables that it reads. What a law says must follow from the bytes alone,
// however they came; renewing at fixed places makes it so, and makes what is dear rare. Places lie
// `share`-ths of the text apart, rounded down to a power of two.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>

namespace zipdream {

struct RefreshSchedule {
  std::size_t share;     // REQUIRES: >= 1
  std::size_t farthest;  // apart; a power of two

  // The last place at or before `at`; `at` itself for small ones.
  [[nodiscard]] std::size_t last(std::size_t at) const { return at - at % step(at); }
  // The first place after `place`. REQUIRES: place == last(place).
  [[nodiscard]] std::size_t next(std::size_t place) const { return place + step(place); }

 private:
  [[nodiscard]] std::size_t step(std::size_t at) const {
    return std::min(farthest, std::bit_floor(std::max<std::size_t>(1, at / share)));
  }
};

// From so far before the last place a law sums over parses: what lies farther back hardly matters,
// and the sum can begin anew at each place.
inline constexpr std::size_t kWarmUp = 256;

}  // namespace zipdream
