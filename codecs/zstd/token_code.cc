// SPDX-License-Identifier: Apache-2.0
#include "codecs/zstd/token_code.h"

#include <bit>
#include <cstdlib>
#include <numeric>

#include "base/portable_math.h"

namespace zipdream {
namespace {

constexpr double kUseHalfLife = 500;
constexpr double kTextHalfLife = 4000;
constexpr double kPrior = 8;

// The smallest distance, 1, is the offset value 4; smaller values repeat a distance.
constexpr std::size_t kFirstCode = 2;

std::size_t bucket_of(std::uint32_t distance) {
  return static_cast<std::size_t>(std::bit_width(distance + std::uint64_t{3})) - 1 - kFirstCode;
}

constexpr double kForgotten = 0x1p-20;  // what weighs less is not looked at

template <std::size_t kCodes>
std::size_t code_of(std::uint32_t length, const std::array<ZstdLengthCode, kCodes>& codes) {
  std::size_t code = kCodes - 1;
  while (codes[code].base > length) --code;
  return code;
}

// How often each symbol was used, from the last one back.
class Uses {
 public:
  Uses() {
    add_prior(zstd_plain_codes().literal_lengths, 0, runs);
    add_prior(zstd_plain_codes().offsets, kFirstCode, distances);
    add_prior(zstd_plain_codes().match_lengths, 0, matches);
    literals.fill(kPrior / 256);
  }

  // Adds a block that ends where the text does, and cuts it off the text.
  void add(const ZstdTables& block, ByteView& text) {
    std::size_t rest = block.literals;
    for (const ZstdSequence& sequence : block.sequences) rest -= sequence.literals;
    add_literals(rest, text);
    if (block.sequences.empty()) {
      for (std::size_t i = 0; i < rest && use_ > kForgotten; ++i, use_ *= use_fade_) bare += use_;
    }
    for (std::size_t i = block.sequences.size(); i-- > 0;) {
      const ZstdSequence& sequence = block.sequences[i];
      text = text.first(text.size() - sequence.match);
      add_literals(sequence.literals, text);
      runs[code_of(sequence.literals, zstd_literal_lengths())] += use_;
      distances[bucket_of(sequence.distance)] += use_;
      matches[code_of(sequence.match, zstd_match_lengths())] += use_;
      use_ *= use_fade_;
    }
  }

  [[nodiscard]] bool are_forgotten() const { return use_ < kForgotten && text_ < kForgotten; }

  std::array<double, 256> literals{};
  double bare = 0;  // literals in blocks without sequences: they belong to no run that ends
  std::array<double, kZstdLiteralLengths> runs{};
  std::array<double, kZstdOffsets - kFirstCode> distances{};
  std::array<double, kZstdMatchLengths> matches{};

 private:
  template <std::size_t kCodes>
  static void add_prior(const ZstdFseTable& table, std::size_t first,
                        std::array<double, kCodes>& uses) {
    for (std::size_t code = first; code < table.probabilities.size(); ++code) {
      uses[code - first] = kPrior * std::abs(table.probabilities[code]) / (1 << table.accuracy_log);
    }
  }

  void add_literals(std::size_t count, ByteView& text) {
    for (std::size_t i = 1; i <= count && text_ > kForgotten; ++i, text_ *= text_fade_) {
      literals[text[text.size() - i]] += text_;
    }
    text = text.first(text.size() - count);
  }

  double use_fade_ = portable_exp2(-1 / kUseHalfLife);
  double text_fade_ = portable_exp2(-1 / kTextHalfLife);
  double use_ = 1;  // weight of the next sequence
  double text_ = 1;
};

template <std::size_t kSymbols>
double sum_of(const std::array<double, kSymbols>& uses) {
  return std::accumulate(uses.begin(), uses.end(), 0.0);
}

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
  const double literals = sum_of(uses.literals);
  for (std::size_t byte = 0; byte < 256; ++byte)
    code.literal[byte] = uses.literals[byte] / literals;
  const double runs = sum_of(uses.runs) + uses.bare;
  spread(uses.runs, zstd_literal_lengths(), runs, code.run, code.longer_run);
  for (double& longer : code.longer_run) longer += uses.bare / runs;
  spread(uses.matches, zstd_match_lengths(), sum_of(uses.matches), code.match, code.longer_match);
  const double distances = sum_of(uses.distances);
  const BucketStarts& firsts = zstd_buckets();
  for (std::size_t i = 0; i < uses.distances.size(); ++i) {
    code.distance.push_back(uses.distances[i] / distances /
                            static_cast<double>(firsts[i + 1] - firsts[i]));
  }
  return code;
}

}  // namespace zipdream
