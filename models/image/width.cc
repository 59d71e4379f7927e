// SPDX-License-Identifier: Apache-2.0
#include "models/image/width.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <vector>

namespace zipdream::image {
namespace {

constexpr std::size_t kMinWidth = 8;        // pixels
constexpr std::size_t kMaxCompared = 2048;  // bytes: of longer ones the last
constexpr std::size_t kRowsSeen = 3;        // at least

// The sum of differences between bytes and those `distance` before them, over the same bytes for
// all distances.
std::uint64_t difference_at(ByteView bytes, std::size_t from, std::size_t distance) {
  std::uint64_t sum = 0;
  for (std::size_t i = from; i < bytes.size(); ++i) {
    sum += static_cast<std::uint64_t>(std::abs(bytes[i] - bytes[i - distance]));
  }
  return sum;
}

}  // namespace

std::size_t find_row_size(ByteView bytes, std::size_t step) {
  const std::size_t longest = bytes.size() / kRowsSeen / step;
  if (longest <= kMinWidth + 1) return 0;
  const std::size_t from =
      std::max(bytes.size() - std::min(kMaxCompared, bytes.size() / kRowsSeen), longest * step);
  std::vector<std::uint64_t> differences(longest + 1);
  std::uint64_t total = 0;
  for (std::size_t width = kMinWidth; width <= longest; ++width) {
    differences[width] = difference_at(bytes, from, width * step);
    total += differences[width];
  }
  const std::uint64_t mean = total / (longest - kMinWidth + 1);
  const std::uint64_t least = *std::min_element(differences.begin() + kMinWidth, differences.end());
  if (4 * least >= 3 * mean) return 0;
  // The first of the valleys that are about as deep; the others are its multiples.
  for (std::size_t width = kMinWidth + 1; width < longest; ++width) {
    const std::uint64_t here = differences[width];
    if (here <= differences[width - 1] && here <= differences[width + 1] && 4 * here <= 5 * least &&
        4 * here < 3 * mean) {
      return width * step;
    }
  }
  return 0;
}

}  // namespace zipdream::image
