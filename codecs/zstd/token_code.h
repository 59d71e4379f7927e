// SPDX-License-Identifier: Apache-2.0
// The probabilities of zstd's literals, lengths and distances in what it writes: how often it has
// used each, with what it used lately weighing more (fading_counts.h). Lengths and distances fade
// by half in 500 sequences, which are some 1000 tokens of DEFLATE, and literals as everywhere. The
// codes that zstd has no need to describe are what an empty text has.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <vector>

#include "codecs/common/matches.h"
#include "codecs/zstd/tables.h"
#include "zipdream/bytes.h"

namespace zipdream {

// A text is sequences of a run of literals and a match each; the three numbers of a sequence are
// independent of each other and of all before, and so are the literals.
struct ZstdCode {
  // Lengths up to this are told apart.
  static constexpr std::size_t kLongest = 24;
  using ByLength = std::array<double, kLongest + 1>;

  std::array<double, 256> literal{};
  ByLength run{};                // of as many literals
  ByLength longer_run{};         // of more
  ByLength match{};              // of as many bytes
  ByLength longer_match{};       // of more
  std::vector<double> distance;  // of each distance in this slot
};

// What each code of an offset holds, but for those that repeat a distance: these count as what they
// mean.
[[nodiscard]] const BucketStarts& zstd_buckets();

// At the end of a text. REQUIRES: these are the blocks of its frame.
[[nodiscard]] ZstdCode zstd_code(std::span<const ZstdTables> blocks, ByteView text);

// ---- The sum over all ways to cut the last bytes of a text into its sequences ----

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
