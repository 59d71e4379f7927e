// SPDX-License-Identifier: Apache-2.0
#include "codecs/deflate/token_tables.h"

#include <algorithm>

namespace zipdream {
namespace {

using deflate::Block;
using deflate::kDistances;
using deflate::kEndOfBlock;
using deflate::kLiterals;
using deflate::kLongestMatch;
using deflate::kShortestMatch;
using deflate::Symbol;

constexpr double kNoCode = 0x1p-18;

// What the fixed code gives a symbol of so many bits.
double prior(int bits) { return kPriorUses / (1 << bits); }

double power(int bits) { return 1.0 / static_cast<double>(std::int64_t{1} << bits); }

// From the longest down.
void sum_longer(DeflateTables& tables) {
  for (int length = kLongestMatch; length >= 1; --length) {
    tables.longer[length - 1] = tables.longer[length] + tables.length[length];
  }
}

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

DeflateTables deflate_tables(const deflate::CodeLengths& codes) {
  DeflateTables tables;
  for (int byte = 0; byte < 256; ++byte) {
    const int bits = codes.literals[byte];
    tables.literal[byte] = bits > 0 ? power(bits) : kNoCode;
  }
  for (int length = kShortestMatch; length <= kLongestMatch; ++length) {
    const Symbol symbol = deflate::length_symbol(length);
    const int bits = codes.literals[symbol.symbol];
    if (bits > 0) tables.length[length] = power(bits + symbol.extra);
  }
  sum_longer(tables);
  const BucketStarts& firsts = deflate_buckets();
  for (int bucket = 0; bucket < kDistances; ++bucket) {
    const int bits = codes.distances[bucket];
    if (bits > 0)
      tables.distance[bucket] =
          power(bits) / static_cast<double>(firsts[bucket + 1] - firsts[bucket]);
  }
  return tables;
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
  const double tokens = now.symbols - before.symbols;
  uses_.fade(tokens);
  distances_.fade(tokens);
  literals_.fade(tokens);
  for (int i = 0; i < kLiterals; ++i) {
    const double count = now.literals[i] - before.literals[i];
    uses_.add(i < kEndOfBlock ? kAnyLiteral : i, count);
    if (i < kEndOfBlock) literals_.add(i, count);
  }
  for (int i = 0; i < kDistances; ++i) {
    distances_.add(i, now.distances[i]);  // one after the other, as the last bits have it
    distances_.add(i, -static_cast<double>(before.distances[i]));
  }
}

void DeflateCounts::add_older(std::span<const deflate::Token> tokens) {
  for (std::size_t i = tokens.size(); i-- > 0 && !literals_.is_forgotten();) {
    const deflate::Token& token = tokens[i];
    if (token.is_literal()) {
      uses_.add(kAnyLiteral);
      literals_.add(token.literal());
    } else {
      uses_.add(deflate::length_symbol(token.length).symbol);
      distances_.add(deflate::distance_symbol(token.distance).symbol);
    }
    uses_.go_back();
    distances_.go_back();
    literals_.go_back();
  }
}

DeflateTables DeflateCounts::tables() const {
  // shares[i]: of the symbols of literals and lengths.
  std::array<double, kLiterals> shares{};
  const double literals = literals_.sum();
  double sum = 0;
  for (int i = 0; i < kLiterals; ++i) {
    if (i == kEndOfBlock) continue;
    const double count = i > kEndOfBlock ? uses_[i]
                         : literals > 0  ? literals_[i] / literals * uses_[kAnyLiteral]
                                         : 0;
    shares[i] = count + prior(deflate::fixed_literal_bits(i));
    sum += shares[i];
  }
  DeflateTables tables;
  for (int i = 0; i < 256; ++i) tables.literal[i] = shares[i] / sum;
  for (int length = kShortestMatch; length <= kLongestMatch; ++length) {
    const Symbol symbol = deflate::length_symbol(length);
    tables.length[length] = shares[symbol.symbol] / sum / (1 << symbol.extra);
  }
  sum_longer(tables);
  const double uses = distances_.sum() + kDistances * prior(deflate::kFixedDistanceBits);
  const BucketStarts& firsts = deflate_buckets();
  for (int i = 0; i < kDistances; ++i) {
    const double count = distances_[i] + prior(deflate::kFixedDistanceBits);
    tables.distance[i] = count / uses / static_cast<double>(firsts[i + 1] - firsts[i]);
  }
  return tables;
}

}  // namespace zipdream
