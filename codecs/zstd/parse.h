// SPDX-License-Identifier: Apache-2.0
// The sum over all ways to cut the last bytes of a text into zstd's sequences.
#pragma once

#include <array>
#include <cstddef>

#include "codecs/zstd/token_code.h"
#include "zipdream/bytes.h"

namespace zipdream {

inline constexpr std::size_t kZstdShortestMatch = 3;

// The last bytes of a text and where they occurred before. Column c is the position before
// bytes[c].
struct ZstdWindow {
  static constexpr std::size_t kColumns = 20;
  using ByLength = std::array<double, kColumns + 1>;
  static_assert(kColumns <= ZstdCode::kLongest);

  std::size_t size = 0;  // how many bytes, at most kColumns
  std::array<Byte, kColumns> bytes{};
  // agreeing[c][k]: the probabilities of all distances at which the k bytes before column c, k <=
  // c, occurred, in sum. k < 2 at the last column alone.
  std::array<ByLength, kColumns + 1> agreeing{};
};

// How probable the states are that a parse can be in at the end of the window, before the next
// byte; 1 in sum over both and all distances.
struct ZstdStates {
  double in_run = 0;                // the next byte is a literal
  ZstdWindow::ByLength in_match{};  // it is the one after so many bytes of a match, of each
                                    // distance but for the probability of the distance
};

// Given that a sequence begins at column `start`. REQUIRES: start <= window.size.
[[nodiscard]] ZstdStates sum_zstd_parses(const ZstdCode& code, const ZstdWindow& window,
                                         std::size_t start);

}  // namespace zipdream
