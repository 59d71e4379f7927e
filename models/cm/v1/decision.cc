// SPDX-License-Identifier: Apache-2.0
#include "models/cm/v1/decision.h"

#include <algorithm>

namespace zipdream::cm_v1 {
namespace {

constexpr std::uint32_t kHistoryLimit = 255;  // bits that a probability averages over
constexpr double kStartWeight = 0.3;

// A mixer's step is the error times kStep (1 + 3 kSlowdown / (kSlowdown + bytes)) / 2^10.
constexpr std::uint32_t kStep = 128;
constexpr std::uint32_t kSlowdown = 3000;
constexpr std::uint32_t kMaxBytes = 1U << 24;
constexpr std::int32_t kFinalStep = 4;
// Else a long run of one byte, which costs next to nothing, would raise the weights on and on.
constexpr std::int32_t kMaxFinalWeight = 1 << 16;

constexpr std::size_t kNibbles = 17;  // of a byte: the first, or the second after each first one
constexpr int kPairBits = 12;

constexpr std::array<std::size_t, kMixers> kMixerRows = {256, 8 * 8 * MatchModel::kLengthClasses,
                                                         256};

std::array<AdaptiveProbability, 256> first_probabilities() {
  std::array<AdaptiveProbability, 256> made;
  for (std::size_t i = 0; i < made.size(); ++i) {
    const auto& counts = bit_history::kTable.counts[i];
    const auto ones = static_cast<std::uint32_t>(counts.ones);
    made[i] = AdaptiveProbability::of(ones, ones + static_cast<std::uint32_t>(counts.zeros), 6);
  }
  return made;
}

}  // namespace

DecisionModel::DecisionModel()
    : mixers_{Mixer(kMixerRows[0], kStartWeight), Mixer(kMixerRows[1], kStartWeight),
              Mixer(kMixerRows[2], kStartWeight)},
      by_last_byte_(256 * kNibbles),
      by_last_bytes_(std::size_t{1} << kPairBits),
      step_(4 * kStep) {
  by_history_.fill(first_probabilities());
  for (auto& weights : final_weights_) weights.fill((1 << 16) / static_cast<int>(kMixers));
}

void DecisionModel::look_up(unsigned node, const Contexts& contexts, Nibble& nibble) const {
  const std::size_t which = node == 1 ? 0 : node - 15;
  nibble.blocks[0] = by_last_byte_.block(contexts.recent(0) * kNibbles + which);
  const std::uint32_t all = contexts.recent(0) << 5 | contexts.recent(1) << 13;
  nibble.blocks[1] = by_last_bytes_.block((all + static_cast<std::uint32_t>(which)) * 0x9E3779B1U >>
                                          (32 - kPairBits));
  for (const Apm::Block& block : nibble.blocks) Apm::prefetch(block, 0);
}

void DecisionModel::predict(const Nibble& nibble, const Contexts& contexts, const MatchModel& match,
                            Decision& decision) const {
  const DecisionPlace place = decision.place;
  const std::size_t in_nibble = place.in_nibble();
  if (2 * in_nibble + 2 < Apm::kBlock) {
    for (const Apm::Block& block : nibble.blocks) {  // whichever comes next
      Apm::prefetch(block, 2 * in_nibble + 1);
      Apm::prefetch(block, 2 * in_nibble + 2);
    }
  }
  std::size_t seen = 0;
  std::size_t one_sided = 0;
  for (std::size_t i = 0; i < kContexts; ++i) {
    const BitHistory history = nibble.found[i].slot.histories[in_nibble];
    decision.inputs[i] = history == 0 ? std::int16_t{0} : stretch(by_history_[i][history].p());
    if (i >= kContextOrders) continue;
    seen += history == 0 ? 0 : 1;
    one_sided += bit_history::kTable.is_one_sided[history];
  }
  decision.match = match.predict(place.node, place.bits_so_far);
  const std::int32_t by_match = decision.match ? match.p(*decision.match) : 32768;
  const std::size_t length_class = decision.match ? decision.match->length_class : 0;
  std::size_t input = kContexts;
  decision.inputs[input++] = stretch(by_node_[place.node].p());
  decision.inputs[input++] = decision.match ? stretch(by_match) : std::int16_t{0};
  decision.inputs[input++] = static_cast<std::int16_t>((by_match - 32768) >> 6);
  decision.inputs[input++] = 256;
  while (input < kMixerInputs) decision.inputs[input++] = 0;
  decision.rows = {place.node, (8 * length_class + one_sided) * 8 + seen, contexts.recent(0)};
  mix(decision);
  refine(nibble, decision);
}

void DecisionModel::mix(Decision& decision) const {
  std::int64_t sum = 0;
  for (std::size_t i = 0; i < kMixers; ++i) {
    decision.logits[i] = mixers_[i].mix(decision.inputs, decision.rows[i]);
    sum += std::int64_t{final_weights_[decision.place.node][i]} * decision.logits[i];
  }
  decision.mixed = static_cast<std::int32_t>(
      std::clamp(sum >> 16, std::int64_t{-kMaxLogit}, std::int64_t{kMaxLogit}));
}

void DecisionModel::refine(const Nibble& nibble, Decision& decision) {
  const std::size_t in_nibble = decision.place.in_nibble();
  const auto a = Apm::refine(nibble.blocks[0], in_nibble, decision.mixed);
  const auto b = Apm::refine(nibble.blocks[1], in_nibble, decision.mixed);
  decision.mixed = squash(decision.mixed);
  decision.refined = {a.cell, b.cell};
  decision.p = static_cast<std::uint32_t>((2 * decision.mixed + a.p + b.p + 2) >> 2);
}

void DecisionModel::learn(const Decision& decision, bool bit, Nibble& nibble, MatchModel& match) {
  const std::size_t in_nibble = decision.place.in_nibble();
  for (std::size_t i = 0; i < kContexts; ++i) {
    BitHistory& history = nibble.found[i].slot.histories[in_nibble];
    by_history_[i][history].learn(bit, kHistoryLimit);
    history = history_after(history, bit);
  }
  by_node_[decision.place.node].learn(bit, kHistoryLimit);
  if (decision.match) match.learn(*decision.match, bit);
  const std::int32_t target = bit ? 65536 : 0;
  const std::int32_t final_error = (target - decision.mixed) * kFinalStep;
  for (std::size_t i = 0; i < kMixers; ++i) {
    const std::int32_t error = target - squash(decision.logits[i]);
    mixers_[i].learn(decision.inputs, decision.rows[i], error * step_ >> 10);
    std::int32_t& weight = final_weights_[decision.place.node][i];
    weight += static_cast<std::int32_t>(
        (std::int64_t{decision.logits[i]} * final_error + (1 << 17)) >> 18);
    weight = std::clamp(weight, -kMaxFinalWeight, kMaxFinalWeight);
  }
  by_last_byte_.learn(decision.refined[0], bit);
  by_last_bytes_.learn(decision.refined[1], bit);
}

void DecisionModel::end_byte() {
  if (bytes_ == kMaxBytes) return;
  ++bytes_;
  step_ = static_cast<std::int32_t>(kStep + 3 * kStep * kSlowdown / (kSlowdown + bytes_));
}

}  // namespace zipdream::cm_v1
