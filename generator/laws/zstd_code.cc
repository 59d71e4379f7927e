// SPDX-License-Identifier: Apache-2.0
#include "generator/laws/zstd_code.h"

#include <algorithm>
#include <bit>
#include <cstdlib>

namespace zipdream {
namespace {

// The last blocks count until they have so many literals and sequences together. A block can end
// at any byte; one that just began says little.
constexpr double kEnough = 2000;

// How often, beside what the blocks hold, something without a code is taken to have occurred.
constexpr double kUnseen = 1;

// The tables' mean, in numbers of occurrences.
struct Occurrences {
  double literals = 0;
  double sequences = 0;
  double bare_literals = 0;  // of blocks without sequences
  std::array<double, 256> literal{};
  std::array<double, kZstdLiteralLengths> literal_length{};
  std::array<double, kZstdOffsets> offset{};
  std::array<double, kZstdMatchLengths> match_length{};
};

template <std::size_t kCodes>
void add_codes(const ZstdFseTable& table, double occurrences, std::array<double, kCodes>& codes) {
  for (std::size_t code = 0; code < std::min(kCodes, table.probabilities.size()); ++code) {
    codes[code] += occurrences * std::abs(table.probabilities[code]) / (1 << table.accuracy_log);
  }
}

void add_block(const ZstdTables& block, Occurrences& sum) {
  const auto literals = static_cast<double>(block.literals);
  sum.literals += literals;
  for (std::size_t byte = 0; byte < 256; ++byte) {
    if (block.is_same) {
      sum.literal[byte] += byte == block.same ? literals : 0;
    } else if (block.literal_bits[byte] > 0) {
      sum.literal[byte] += literals / (1 << block.literal_bits[byte]);
    }
  }
  if (block.sequences == 0) {
    sum.bare_literals += literals;
    return;
  }
  const auto sequences = static_cast<double>(block.sequences);
  sum.sequences += sequences;
  add_codes(block.literal_lengths, sequences, sum.literal_length);
  add_codes(block.offsets, sequences, sum.offset);
  add_codes(block.match_lengths, sequences, sum.match_length);
}

// From occurrences to probabilities.
template <std::size_t kCodes>
void normalise_codes(double occurrences, std::array<double, kCodes>& codes) {
  for (double& code : codes) {
    code = (code + kUnseen / kCodes) / (occurrences + kUnseen);
  }
}

// From codes to lengths. The longest are summed up, not subtracted from 1, to lose nothing.
template <std::size_t kCodes>
void spread(const std::array<double, kCodes>& codes,
            const std::array<ZstdLengthCode, kCodes>& lengths, double share,
            ZstdCode::ByLength& exactly, ZstdCode::ByLength& longer) {
  double beyond = 0;
  for (std::size_t code = 0; code < kCodes; ++code) {
    const std::uint32_t values = std::uint32_t{1} << lengths[code].bits;
    for (std::uint32_t i = 0; i < values; ++i) {
      const std::size_t length = lengths[code].base + i;
      const double probability = share * codes[code] / values;
      if (length <= ZstdCode::kLongest) {
        exactly[length] = probability;
      } else {
        beyond += probability * (values - i);
        break;
      }
    }
  }
  for (std::size_t length = ZstdCode::kLongest + 1; length-- > 0;) {
    longer[length] = beyond;
    beyond += exactly[length];
  }
}

}  // namespace

std::size_t zstd_offset_code(std::size_t distance) {
  return static_cast<std::size_t>(std::bit_width(distance + 3)) - 1;
}

ZstdCode zstd_code(std::span<const ZstdTables> blocks) {
  Occurrences sum;
  for (std::size_t i = blocks.size(); i-- > 0 && sum.literals + sum.sequences < kEnough;) {
    add_block(blocks[i], sum);
  }
  normalise_codes(sum.literals, sum.literal);
  normalise_codes(sum.sequences, sum.literal_length);
  normalise_codes(sum.sequences, sum.offset);
  normalise_codes(sum.sequences, sum.match_length);

  ZstdCode code;
  code.literal = sum.literal;
  code.recent = blocks.back().recent;
  // Where there are no sequences a run of literals never ends.
  const double symbols = sum.literals + sum.sequences;
  const double coded = symbols > 0 ? 1 - sum.bare_literals / symbols : 0;
  spread(sum.literal_length, zstd_literal_lengths(), coded, code.run, code.longer_run);
  for (double& longer : code.longer_run) longer += 1 - coded;
  spread(sum.match_length, zstd_match_lengths(), 1, code.match, code.longer_match);
  for (std::size_t offset = 0; offset < kZstdOffsets; ++offset) {
    code.distance[offset] = sum.offset[offset] / static_cast<double>(std::uint64_t{1} << offset);
  }
  code.repeat = {0, code.distance[0], code.distance[1], code.distance[1]};
  return code;
}

}  // namespace zipdream
