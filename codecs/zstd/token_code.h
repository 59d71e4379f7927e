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

}  // namespace zipdream
