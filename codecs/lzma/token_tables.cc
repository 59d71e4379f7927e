// SPDX-License-Identifier: Apache-2.0
#include "codecs/lzma/token_tables.h"

#include <algorithm>

namespace zipdream {
namespace {

double of(const LzmaEstimate& estimate, unsigned bit) {
  return bit == 0 ? estimate.zero() : 1 - estimate.zero();
}

double in_tree(const LzmaEstimate* tree, unsigned bits, std::size_t value) {
  double result = 1;
  std::size_t node = 1;
  while (bits-- > 0) {
    const unsigned bit = value >> bits & 1;
    result *= of(tree[node], bit);
    node = node << 1 | bit;
  }
  return result;
}

// The lowest bit first.
double in_reverse_tree(const LzmaEstimate* tree, unsigned bits, std::size_t value) {
  double result = 1;
  std::size_t node = 1;
  for (; bits > 0; --bits, value >>= 1) {
    const unsigned bit = value & 1;
    result *= of(tree[node], bit);
    node = node << 1 | bit;
  }
  return result;
}

// `lengths`: an index of lzma_context.
double length_probability(const LzmaEstimates& estimates, std::size_t lengths, std::size_t position,
                          std::size_t length) {
  length -= kLzmaShortestMatch;
  const LzmaEstimate& choice = estimates[lzma_context::is_long(lengths)];
  if (length < 8) {
    return of(choice, 0) * in_tree(&estimates[lzma_context::low(lengths, position)], 3, length);
  }
  length -= 8;
  const double is_long = of(choice, 1);
  const LzmaEstimate& choice2 = estimates[lzma_context::is_very_long(lengths)];
  if (length < 8) {
    return is_long * of(choice2, 0) *
           in_tree(&estimates[lzma_context::middle(lengths, position)], 3, length);
  }
  return is_long * of(choice2, 1) * in_tree(&estimates[lzma_context::high(lengths)], 8, length - 8);
}

LzmaLengths make_lengths(const LzmaEstimates& estimates, std::size_t contexts) {
  LzmaLengths lengths{};
  for (std::size_t position = 0; position < kLzmaPositionStates; ++position) {
    auto& exactly = lengths.exactly[position];
    auto& longer = lengths.longer[position];
    for (std::size_t length = kLzmaLongestMatch; length >= 1; --length) {
      if (length >= kLzmaShortestMatch) {
        exactly[length] = length_probability(estimates, contexts, position, length);
      }
      longer[length - 1] = longer[length] + exactly[length];
    }
  }
  return lengths;
}

LzmaKinds make_kinds(const LzmaEstimates& estimates, unsigned state, std::size_t position) {
  const LzmaEstimate& is_match = estimates[lzma_context::is_match(state, position)];
  const LzmaEstimate& is_rep = estimates[lzma_context::is_rep(state)];
  const double repetition = of(is_match, 1) * of(is_rep, 1);
  const double latest = repetition * of(estimates[lzma_context::is_rep0(state)], 0);
  const double older = repetition * of(estimates[lzma_context::is_rep0(state)], 1);
  const double oldest = older * of(estimates[lzma_context::is_rep1(state)], 1);
  const LzmaEstimate& is_long = estimates[lzma_context::is_long_rep0(state, position)];
  return {.literal = of(is_match, 0),
          .match = of(is_match, 1) * of(is_rep, 0),
          .short_repetition = latest * of(is_long, 0),
          .repetition = {latest * of(is_long, 1),
                         older * of(estimates[lzma_context::is_rep1(state)], 0),
                         oldest * of(estimates[lzma_context::is_rep2(state)], 0),
                         oldest * of(estimates[lzma_context::is_rep2(state)], 1)}};
}

}  // namespace

LzmaTables::LzmaTables(const LzmaEstimates& estimates)
    : match_lengths(make_lengths(estimates, lzma_context::kMatchLength)),
      repetition_lengths(make_lengths(estimates, lzma_context::kRepLength)) {
  for (unsigned state = 0; state < kLzmaStates; ++state) {
    for (std::size_t position = 0; position < kLzmaPositionStates; ++position) {
      kinds[state][position] = make_kinds(estimates, state, position);
    }
  }
  near.fill(1);
  for (unsigned slot = 0; slot < kLzmaSlots; ++slot) {
    const auto [first, bits] = lzma_distance_slot(slot);
    const bool aligned = slot >= kLzmaFirstAlignedSlot;
    const double each = aligned ? 1 / static_cast<double>(1U << (bits - kLzmaAlignBits)) : 1;
    for (std::size_t kind = 0; kind < kLzmaDistanceKinds; ++kind) {
      by_bucket[kind][slot] =
          each * in_tree(&estimates[lzma_context::distance_slot(kind)], 6, slot);
    }
    for (std::uint32_t low = 0; bits > 0 && !aligned && low < 1U << bits; ++low) {
      const LzmaEstimate* const tree = &estimates[lzma_context::distance_special(slot)];
      near[first + low] = in_reverse_tree(tree, bits, low);
    }
  }
  for (std::size_t low = 0; low < align.size(); ++low) {
    align[low] = in_reverse_tree(&estimates[lzma_context::kDistanceAlign], kLzmaAlignBits, low);
  }
  for (std::size_t i = 0; i < literal_zero.size(); ++i) {
    const LzmaEstimate* const literal =
        &estimates[lzma_context::literal(static_cast<unsigned>(i) << 5)];
    std::transform(literal, literal + literal_zero[i].size(), literal_zero[i].begin(),
                   [](const LzmaEstimate& estimate) { return estimate.zero(); });
  }
}

BucketStarts lzma_buckets(std::size_t max_distance) {
  BucketStarts starts;
  for (unsigned slot = 0; slot < kLzmaSlots && lzma_distance_slot(slot).first < max_distance;
       ++slot) {
    starts.push_back(std::size_t{lzma_distance_slot(slot).first} + 1);
  }
  starts.push_back(max_distance + 1);
  return starts;
}

LzmaLiterals::LzmaLiterals(const LzmaTables& tables, Byte previous)
    : zero_(tables.literal_zero[previous >> 5]) {
  reach_[1] = 1;
  for (std::size_t node = 1; node < 256; ++node) {
    reach_[2 * node] = reach_[node] * zero_[node];
    reach_[2 * node + 1] = reach_[node] * (1 - zero_[node]);
  }
}

double LzmaLiterals::probability(Byte literal, Byte guess) const {
  double agreed = 1;
  std::size_t node = 1;
  for (unsigned bit = 8; bit-- > 0;) {
    const unsigned guessed = guess >> bit & 1;
    const unsigned actual = literal >> bit & 1;
    const double zero = zero_[((1 + guessed) << 8) + node];
    agreed *= actual == 0 ? zero : 1 - zero;
    node = node << 1 | actual;
    if (actual != guessed) return agreed * (reach_[256 + literal] / reach_[node]);
  }
  return agreed;
}

void LzmaLiterals::add(double factor, std::span<double, 256> weights) const {
  for (std::size_t i = 0; i < 256; ++i) weights[i] += factor * reach_[256 + i];
}

void LzmaLiterals::add(double factor, Byte guess, std::span<double, 256> weights) const {
  std::size_t node = 1;
  for (unsigned bit = 8; bit-- > 0;) {
    const unsigned guessed = guess >> bit & 1;
    const double zero = zero_[((1 + guessed) << 8) + node];
    const std::size_t other = node << 1 | (1 - guessed);
    const double leaves = factor * (guessed == 0 ? 1 - zero : zero) / reach_[other];
    const std::size_t first = other << bit;
    for (std::size_t leaf = first; leaf < first + (std::size_t{1} << bit); ++leaf) {
      weights[leaf - 256] += leaves * reach_[leaf];
    }
    factor *= guessed == 0 ? zero : 1 - zero;
    node = node << 1 | guessed;
  }
  weights[guess] += factor;
}

}  // namespace zipdream
