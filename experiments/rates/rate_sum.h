// SPDX-License-Identifier: Apache-2.0
// What many chunks come to, in whole numbers, so that no order of adding them up, and no way of
// sharing them among threads and machines, changes the result.
#pragma once

#include <cstdint>

namespace zipdream {

__extension__ typedef unsigned __int128 Uint128;

// Sums over chunks of x raw bytes and b bits of code each.
struct RateSum {
  std::uint64_t chunks = 0;
  std::uint64_t bytes = 0;   // x
  std::uint64_t bits = 0;    // b
  std::uint64_t stored = 0;  // chunks that the model could not code and left as they are
  Uint128 bytes_squared = 0;
  Uint128 bytes_by_bits = 0;
  Uint128 bits_squared = 0;

  void add_chunk(std::uint64_t chunk_bytes, std::uint64_t chunk_bits, bool is_stored = false);
  void add(const RateSum& other);
};

// In shares of the raw size: 1 is the size itself.
struct Rate {
  double value = 0;
  double standard_error = 0;  // over chunks; 0 where there are fewer than two
};

// sum(b) / 8 sum(x), each b less `header_bits` but for the first one. The standard error is that of
// a ratio: sqrt(n / (n - 1) sum((b - r x)^2)) / sum(x). REQUIRES: rate_sum.bytes > 0.
[[nodiscard]] Rate rate_of(const RateSum& rate_sum, std::uint64_t header_bits);

}  // namespace zipdream
