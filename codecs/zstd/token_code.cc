// SPDX-License-Identifier: Apache-2.0
#include "codecs/zstd/token_code.h"

#include <bit>
#include <cassert>
#include <cstdlib>

#include "codecs/common/fading_counts.h"

namespace zipdream {
namespace {

constexpr double kUseHalfLife = 500;  // sequences

// The smallest distance, 1, is the offset value 4; smaller values repeat a distance.
constexpr std::size_t kFirstCode = 2;

std::size_t bucket_of(std::uint32_t distance) {
  return static_cast<std::size_t>(std::bit_width(distance + std::uint64_t{3})) - 1 - kFirstCode;
}

template <std::size_t kCodes>
std::size_t code_of(std::uint32_t length, const std::array<ZstdLengthCode, kCodes>& codes) {
  std::size_t code = kCodes - 1;
  while (codes[code].base > length) --code;
  return code;
}

template <std::size_t kCodes>
std::array<double, kCodes> prior(const ZstdFseTable& table, std::size_t first) {
  std::array<double, kCodes> uses{};
  for (std::size_t code = first; code < table.probabilities.size(); ++code) {
    uses[code - first] =
        kPriorUses * std::abs(table.probabilities[code]) / (1 << table.accuracy_log);
  }
  return uses;
}

std::array<double, 256> prior_of_literals() {
  std::array<double, 256> uses;
  uses.fill(kPriorUses / 256);
  return uses;
}

// How often each symbol was used, from the last one back.
struct Uses {
  // Adds a block that ends where the text does, and cuts it off the text.
  void add(const ZstdTables& block, ByteView& text) {
    std::size_t rest = block.literals;
    for (const ZstdSequence& sequence : block.sequences) rest -= sequence.literals;
    add_literals(rest, text);
    if (block.sequences.empty()) {
      for (std::size_t i = 0; i < rest && !runs.is_forgotten(); ++i) {
        bare += runs.weight();
        go_back();
      }
    }
    for (std::size_t i = block.sequences.size(); i-- > 0;) {
      const ZstdSequence& sequence = block.sequences[i];
      text = text.first(text.size() - sequence.match);
      add_literals(sequence.literals, text);
      runs.add(code_of(sequence.literals, zstd_literal_lengths()));
      distances.add(bucket_of(sequence.distance));
      matches.add(code_of(sequence.match, zstd_match_lengths()));
      go_back();
    }
  }

  [[nodiscard]] bool are_forgotten() const {
    return runs.is_forgotten() && literals.is_forgotten();
  }

  FadingCounts<256> literals{kLiteralHalfLife, prior_of_literals()};
  FadingCounts<kZstdLiteralLengths> runs{
      kUseHalfLife, prior<kZstdLiteralLengths>(zstd_plain_codes().literal_lengths, 0)};
  FadingCounts<kZstdOffsets - kFirstCode> distances{
      kUseHalfLife, prior<kZstdOffsets - kFirstCode>(zstd_plain_codes().offsets, kFirstCode)};
  FadingCounts<kZstdMatchLengths> matches{
      kUseHalfLife, prior<kZstdMatchLengths>(zstd_plain_codes().match_lengths, 0)};
  double bare = 0;  // literals in blocks without sequences: they belong to no run that ends

 private:
  void go_back() {
    runs.go_back();
    distances.go_back();
    matches.go_back();
  }

  void add_literals(std::size_t count, ByteView& text) {
    for (std::size_t i = 1; i <= count && !literals.is_forgotten(); ++i, literals.go_back()) {
      literals.add(text[text.size() - i]);
    }
    text = text.first(text.size() - count);
  }
};

// From codes to lengths. The longest are summed up, not subtracted from 1, to lose nothing.
template <std::size_t kCodes>
void spread(const std::array<double, kCodes>& uses,
            const std::array<ZstdLengthCode, kCodes>& lengths, double all,
            ZstdCode::ByLength& exactly, ZstdCode::ByLength& longer) {
  double beyond = 0;
  for (std::size_t code = 0; code < kCodes; ++code) {
    const std::uint32_t values = std::uint32_t{1} << lengths[code].bits;
    for (std::uint32_t i = 0; i < values; ++i) {
      const std::size_t length = lengths[code].base + i;
      const double probability = uses[code] / all / values;
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

const BucketStarts& zstd_buckets() {
  static const BucketStarts firsts = [] {
    BucketStarts result;
    for (std::size_t code = kFirstCode; code <= kZstdOffsets; ++code) {
      result.push_back((std::size_t{1} << code) - 3);
    }
    return result;
  }();
  return firsts;
}

ZstdCode zstd_code(std::span<const ZstdTables> blocks, ByteView text) {
  Uses uses;
  for (std::size_t i = blocks.size(); i-- > 0 && !uses.are_forgotten();) uses.add(blocks[i], text);

  ZstdCode code;
  const double literals = uses.literals.sum();
  for (std::size_t byte = 0; byte < 256; ++byte) {
    code.literal[byte] = uses.literals[byte] / literals;
  }
  const double runs = uses.runs.sum() + uses.bare;
  spread(uses.runs.counts(), zstd_literal_lengths(), runs, code.run, code.longer_run);
  for (double& longer : code.longer_run) longer += uses.bare / runs;
  spread(uses.matches.counts(), zstd_match_lengths(), uses.matches.sum(), code.match,
         code.longer_match);
  const double distances = uses.distances.sum();
  const BucketStarts& firsts = zstd_buckets();
  for (std::size_t i = 0; i < uses.distances.counts().size(); ++i) {
    code.distance.push_back(uses.distances[i] / distances /
                            static_cast<double>(firsts[i + 1] - firsts[i]));
  }
  return code;
}

ZstdStates sum_zstd_parses(const ZstdCode& code, const ZstdWindow& window, std::size_t start) {
  assert(start <= window.size);
  ZstdStates states;
  // By column: that a sequence begins there, that its match does, and what is before is as it is.
  ZstdWindow::ByLength sequence{};
  ZstdWindow::ByLength match{};
  for (std::size_t column = start; column <= window.size; ++column) {
    sequence[column] = column == start ? 1 : 0;
    for (std::size_t k = kZstdShortestMatch; k <= column - start; ++k) {
      sequence[column] += match[column - k] * code.match[k] * window.agreeing[column][k];
    }
    double literals = 1;
    for (std::size_t length = 0; length <= column - start; ++length) {
      if (length > 0) literals *= code.literal[window.bytes[column - length]];
      const double run = sequence[column - length] * literals;
      match[column] += run * code.run[length];
      if (column == window.size) states.in_run += run * code.longer_run[length];
    }
  }
  double sum = states.in_run;
  for (std::size_t k = 0; k <= window.size - start; ++k) {
    states.in_match[k] = match[window.size - k] * code.longer_match[k];
    sum += states.in_match[k] * window.agreeing[window.size][k];
  }
  states.in_run /= sum;
  for (double& in_match : states.in_match) in_match /= sum;
  return states;
}

}  // namespace zipdream
