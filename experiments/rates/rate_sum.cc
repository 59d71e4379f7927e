// SPDX-License-Identifier: Apache-2.0
#include "experiments/rates/rate_sum.h"

#include <cassert>
#include <cmath>

namespace zipdream {
namespace {

// Differences of sums that are below this share of them are rounding.
constexpr double kRounding = 1e-14;

}  // namespace

void RateSum::add_chunk(std::uint64_t chunk_bytes, std::uint64_t chunk_bits, bool is_stored) {
  add({1, chunk_bytes, chunk_bits, is_stored ? 1U : 0U, Uint128{chunk_bytes} * chunk_bytes,
       Uint128{chunk_bytes} * chunk_bits, Uint128{chunk_bits} * chunk_bits});
}

void RateSum::add(const RateSum& other) {
  chunks += other.chunks;
  bytes += other.bytes;
  bits += other.bits;
  stored += other.stored;
  bytes_squared += other.bytes_squared;
  bytes_by_bits += other.bytes_by_bits;
  bits_squared += other.bits_squared;
}

Rate rate_of(const RateSum& rate_sum, std::uint64_t header_bits) {
  assert(rate_sum.bytes > 0);
  const auto n = static_cast<double>(rate_sum.chunks);
  const auto x = static_cast<double>(rate_sum.bytes);
  const auto header = static_cast<double>(header_bits);
  const double b = static_cast<double>(rate_sum.bits) - (n - 1) * header;
  Rate rate{.value = b / 8 / x};
  if (rate_sum.chunks < 2) return rate;
  // Every chunk without its header: the one that counts is no chunk's own.
  const double bits = static_cast<double>(rate_sum.bits) - n * header;
  const double ratio = bits / x;
  const double xx = static_cast<double>(rate_sum.bytes_squared);
  const double xb = static_cast<double>(rate_sum.bytes_by_bits) - header * x;
  const double bb = static_cast<double>(rate_sum.bits_squared) -
                    2 * header * static_cast<double>(rate_sum.bits) + n * header * header;
  double squares = bb - 2 * ratio * xb + ratio * ratio * xx;
  if (squares < kRounding * bb) squares = 0;
  rate.standard_error = std::sqrt(n / (n - 1) * squares) / x / 8;
  return rate;
}

}  // namespace zipdream
