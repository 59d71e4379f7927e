// SPDX-License-Identifier: Apache-2.0
// What LzmaSum says about the next byte.
#include <algorithm>

#include "codecs/lzma/parse_sum.h"

namespace zipdream {
namespace {

// Of the lengths of matches that began k bytes ago and are longer, by kind.
std::array<double, kLzmaDistanceKinds> longer_by_kind(const LzmaLengths& lengths,
                                                      std::size_t position, std::size_t k) {
  std::array<double, kLzmaDistanceKinds> result{};
  constexpr std::size_t kLast = kLzmaShortestMatch + kLzmaDistanceKinds - 1;
  for (std::size_t length = kLzmaShortestMatch; length < kLast; ++length) {
    if (length > k) result[lzma_distance_kind(length)] = lengths.exactly[position][length];
  }
  result.back() = lengths.longer[position][std::max(k, kLast - 1)];
  return result;
}

}  // namespace

std::array<double, 256> LzmaSum::weights(const SharedText& text, const SlotCounts& slots) const {
  std::array<double, 256> weights{};
  weigh_literals(text, weights);
  weigh_repetitions(text, weights);
  weigh_beginning(text, slots, weights);
  weigh_open(text, weights);
  return weights;
}

void LzmaSum::weigh_literals(const SharedText& text, std::span<double, 256> weights) const {
  const std::size_t here = end();
  const LzmaLiterals literals(*tables_, here == 0 ? Byte{0} : text[here - 1]);
  double without_guess = 0;
  std::array<double, 256> with_guess{};
  for (const Hypothesis& from : here_) {
    const double weight =
        from.weight * tables_->kinds[from.state][lzma_position_state(here)].literal;
    if (is_after_literal(from.state) || from.reps[0] >= here) {
      without_guess += weight;
    } else {
      with_guess[text[here - from.reps[0] - 1]] += weight;
    }
  }
  literals.add(without_guess, weights);
  for (std::size_t guess = 0; guess < 256; ++guess) {
    if (with_guess[guess] > 0) literals.add(with_guess[guess], static_cast<Byte>(guess), weights);
  }
}

void LzmaSum::weigh_repetitions(const SharedText& text, std::span<double, 256> weights) const {
  const std::size_t here = end();
  for (const Hypothesis& from : here_) {
    const LzmaKinds& kinds = tables_->kinds[from.state][lzma_position_state(here)];
    for (std::size_t which = 0; which < from.reps.size(); ++which) {
      if (from.reps[which] >= here) continue;
      const double kind = kinds.repetition[which] + (which == 0 ? kinds.short_repetition : 0);
      weights[text[here - from.reps[which] - 1]] += from.weight * kind;
    }
  }
  for (const OpenRepetition& open : open_) {
    const double longer =
        tables_->repetition_lengths.longer[lzma_position_state(open.begin)][here - open.begin];
    weights[text[here - open.after.reps[0] - 1]] += open.after.weight * longer;
  }
}

// Of matches that begin at the end. Among the distances of a far slot, those with the right low
// bits count no more than others here.
void LzmaSum::weigh_beginning(const SharedText& text, const SlotCounts& slots,
                              std::span<double, 256> weights) const {
  const std::size_t here = end();
  ByKind lengths = longer_by_kind(tables_->match_lengths, lzma_position_state(here), 0);
  for (double& length : lengths) length *= past(0).matches[0] + past(0).matches[1];
  for (std::size_t slot = 0; slot < slots.slots().size(); ++slot) {
    const double each = by_kind(lengths, slot);
    if (slot < kLzmaFirstAlignedSlot) {
      for (std::size_t d = firsts_[slot]; d < firsts_[slot + 1] && d <= here; ++d) {
        weights[text[here - d]] += each * tables_->fine(d - 1);
      }
      continue;
    }
    const double mean = each / static_cast<double>(tables_->align.size());
    const SlotCounts::Counts& counts = slots.slots()[slot];
    for (std::size_t byte = 0; byte < 256; ++byte) weights[byte] += mean * counts[byte];
  }
}

// Of matches that have begun.
void LzmaSum::weigh_open(const SharedText& text, std::span<double, 256> weights) const {
  const std::size_t here = end();
  const std::size_t most = std::min(kLzmaLongestMatch - 1, past_.size() - 1);
  if (most == 0) return;
  // open[k]: of those that began at most k bytes ago, but for their distances.
  std::vector<ByKind> open(std::max<std::size_t>(1, longest(most)) + 1);
  for (std::size_t k = 1; k < open.size(); ++k) {
    const ByEarlier& began = past(k).matches;
    const ByKind lengths = longer_by_kind(tables_->match_lengths, lzma_position_state(here - k), k);
    for (std::size_t kind = 0; kind < kLzmaDistanceKinds; ++kind) {
      open[k][kind] = open[k - 1][kind] + (began[0] + began[1]) * lengths[kind];
    }
  }
  std::array<double, kLzmaSlots> one{};  // where one byte agrees
  for (std::size_t slot = 0; slot + 1 < firsts_.size(); ++slot) one[slot] = by_kind(open[1], slot);
  SlotWalk walk(firsts_);
  const std::size_t lowest = std::max<std::size_t>(1, here > reach_ ? here - reach_ : 0);
  text.find(text[here - 1], lowest, here, [&](std::size_t at, Byte next) {
    weights[next] += one[walk.slot_of(here - at)] * tables_->fine(here - at - 1);
    return true;
  });
  walk = SlotWalk(firsts_);
  for (const Place& place : matches_.places()) {
    const std::size_t slot = walk.slot_of(here - place.at);
    const double all = by_kind(open[std::min<std::size_t>(place.agreeing, open.size() - 1)], slot);
    weights[text[place.at]] += (all - one[slot]) * tables_->fine(here - place.at - 1);
  }
}

}  // namespace zipdream
