// SPDX-License-Identifier: Apache-2.0
// The sum over all ways to cut the last bytes of a text into zstd's sequences.
#pragma once

#include <array>
#include <cstddef>

#include "base/bytes.h"
#include "generator/laws/zstd_code.h"

namespace zipdream {

// The last bytes of a text and where they occurred before. Column c is the place before bytes[c].
struct ZstdWindow {
  static constexpr std::size_t kColumns = 20;
  static constexpr std::size_t kRepeats = 6;  // offset values 1 to 3, after literals and after none
  using ByLength = std::array<double, kColumns + 1>;
  static_assert(kColumns <= ZstdCode::kLongest);

  std::size_t size = 0;  // how many bytes, at most kColumns
  std::array<Byte, kColumns> bytes{};
  // agreeing[c][k]: the probabilities of all distances at which the k bytes before column c, k <=
  // c, occurred, in sum. k < 2 at the last column alone.
  std::array<ByLength, kColumns + 1> agreeing{};
  // How many bytes from each column on are those at a repeated distance, up to the end.
  std::array<std::array<std::size_t, kColumns + 1>, kRepeats> repeated{};
  std::array<double, kRepeats> repeat{};  // the probability of each; 0 where there is no such byte
};

// How probable the states are that a parse can be in at the end of the window.
struct ZstdStates {
  double in_run = 0;                // and a further literal follows
  ZstdWindow::ByLength in_match{};  // of so many bytes, and a further one follows: of each
                                    // distance, but for the probability of the distance
  std::array<double, ZstdWindow::kRepeats> in_repeat{};  // likewise, and for all lengths
  double sum = 0;                                        // of all, distances included
};

// Of the parses that begin a sequence at column `start`. REQUIRES: start <= window.size.
[[nodiscard]] ZstdStates sum_zstd_parses(const ZstdCode& code, const ZstdWindow& window,
                                         std::size_t start);

}  // namespace zipdream
