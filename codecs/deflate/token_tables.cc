// SPDX-License-Identifier: Apache-2.0
#include "codecs/deflate/token_tables.h"

#include <numeric>

#include "base/portable_math.h"

namespace zipdream {
namespace {

using deflate::Block;
using deflate::kDistances;
using deflate::kEndOfBlock;
using deflate::kLiterals;
using deflate::kLongestMatch;
using deflate::Symbol;

constexpr double kUseHalfLife = 1000;
constexpr double kTextHalfLife = 4000;
constexpr double kPrior = 8;

// What the fixed code gives a symbol of so many bits.
double prior(int bits) { return kPrior / (1 << bits); }

}  // namespace

const BucketStarts& deflate_buckets() {
  static const BucketStarts firsts = [] {
    BucketStarts result;
    std::size_t first = 1;
    while (first <= 32768) {
      result.push_back(first);
      first +=
          std::size_t{1} << deflate::distance_symbol(static_cast<deflate::Position>(first)).extra;
    }
    result.push_back(first);
    return result;
  }();
  return firsts;
}

void DeflateCounts::update(const deflate::BlockFollower& follower) {
  const Block& open = follower.settled();
  if (open.symbols < seen_.symbols) {
    add(follower.full(), seen_);
    seen_ = Block();
  }
  add(open, seen_);
  seen_ = open;
}

void DeflateCounts::add(const Block& now, const Block& before) {
  const double symbols = now.symbols - before.symbols;
  const double use = portable_exp2(-symbols / kUseHalfLife);
  const double text = portable_exp2(-symbols / kTextHalfLife);
  literals_ *= use;
  for (int i = 0; i < kLiterals; ++i) {
    const double count = now.literals[i] - before.literals[i];
    if (i < kEndOfBlock) {
      which_[i] = which_[i] * text + count;
      literals_ += count;
    } else {
      symbols_[i] = symbols_[i] * use + count;
    }
  }
  for (int i = 0; i < kDistances; ++i) {
    distances_[i] = distances_[i] * use + now.distances[i] - before.distances[i];
  }
}

DeflateTables DeflateCounts::tables() const {
  // shares[i]: of the symbols of literals and lengths.
  std::array<double, kLiterals> shares{};
  const double all = std::accumulate(which_.begin(), which_.end(), 0.0);
  double sum = 0;
  for (int i = 0; i < kLiterals; ++i) {
    if (i == kEndOfBlock) continue;
    const double count = i > kEndOfBlock ? symbols_[i] : all > 0 ? which_[i] / all * literals_ : 0;
    shares[i] = count + prior(deflate::fixed_literal_bits(i));
    sum += shares[i];
  }
  DeflateTables tables{};
  for (int i = 0; i < 256; ++i) tables.literal[i] = shares[i] / sum;
  for (int length = kLongestMatch; length >= 1; --length) {
    const Symbol symbol = deflate::length_symbol(length);
    tables.length[length] =
        length < deflate::kShortestMatch ? 0 : shares[symbol.symbol] / sum / (1 << symbol.extra);
    tables.longer[length - 1] = tables.longer[length] + tables.length[length];
  }
  const double uses = std::accumulate(distances_.begin(), distances_.end(), 0.0) +
                      kDistances * prior(deflate::kFixedDistanceBits);
  const BucketStarts& firsts = deflate_buckets();
  for (int i = 0; i < kDistances; ++i) {
    const double count = distances_[i] + prior(deflate::kFixedDistanceBits);
    tables.distance[i] = count / uses / static_cast<double>(firsts[i + 1] - firsts[i]);
  }
  return tables;
}

}  // namespace zipdream
