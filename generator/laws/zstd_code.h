// SPDX-License-Identifier: Apache-2.0
// What zstd's tables give each step of a parse: the probabilities of literals, lengths and
// distances.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "codecs/zstd_tables.h"

namespace zipdream {

// A text is sequences of a run of literals and a match each; the three numbers of a sequence are
// independent of each other and of all before, and so are the literals.
struct ZstdCode {
  // Lengths up to this are told apart.
  static constexpr std::size_t kLongest = 24;
  using ByLength = std::array<double, kLongest + 1>;

  std::array<double, 256> literal{};
  ByLength run{};                               // of as many literals
  ByLength longer_run{};                        // of more
  ByLength match{};                             // of as many bytes
  ByLength longer_match{};                      // of more
  std::array<double, kZstdOffsets> distance{};  // of each distance of an offset code
  std::array<double, 4> repeat{};               // of offset values 1, 2, 3; [0] is not used
  ZstdRecent recent{};                          // the distances that they repeat
};

// The offset code of a distance. REQUIRES: distance > 0.
[[nodiscard]] std::size_t zstd_offset_code(std::size_t distance);

// What the end of a frame is written in: the last block's tables, or if it has few symbols, the
// mean of the last ones', each as often as its symbols. REQUIRES: blocks is not empty.
[[nodiscard]] ZstdCode zstd_code(std::span<const ZstdTables> blocks);

}  // namespace zipdream
