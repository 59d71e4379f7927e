// SPDX-License-Identifier: Apache-2.0
#include "models/cm/decision.h"

#include <algorithm>

namespace zipdream {
namespace {

constexpr std::uint32_t kHistoryLessons = 255;  // that a probability averages over
constexpr double kFirstWeight = 0.3;

// A mixer's step is the error times kStep (1 + 3 kSlowdown / (kSlowdown + bytes)) / 2^10.
constexpr std::uint32_t kStep = 128;
constexpr std::uint32_t kSlowdown = 3000;
constexpr std::uint32_t kManyBytes = 1U << 24;
constexpr std::int32_t kLastStep = 4;

constexpr std::array<std::size_t, kMixers> kMixerRows = {256, 8 * 8 * MatchModel::kLengthClasses,
                                                         256};

std::array<LearntProbability, 256> first_probabilities() {
  std::array<LearntProbability, 256> made;
  for (std::size_t i = 0; i < made.size(); ++i) {
    const auto& counts = bit_history::kTable.counts[i];
    const auto ones = static_cast<std::uint32_t>(counts.ones);
    made[i] = LearntProbability::of(ones, ones + static_cast<std::uint32_t>(counts.zeros), 6);
  }
  return made;
}

}  // namespace

DecisionModel::DecisionModel()
    : mixers_{Mixer(kMixerRows[0], kFirstWeight), Mixer(kMixerRows[1], kFirstWeight),
              Mixer(kMixerRows[2], kFirstWeight)},
      by_last_byte_(std::size_t{1} << 16),
      by_last_bytes_(kPairs),
      step_(4 * kStep) {
  by_history_.fill(first_probabilities());
  for (auto& weights : last_weights_) weights.fill((1 << 16) / static_cast<int>(kMixers));
}

void DecisionModel::foresee(const HalfSlots& slots, const Contexts& contexts,
                            const MatchModel& match, Decision& decision) const {
  const DecisionPlace place = decision.place;
  if (place.bits_so_far < 7) prefetch(2 * place.node, contexts);
  const std::size_t in_half = place.in_half();
  std::size_t seen = 0;
  std::size_t one_sided = 0;
  for (std::size_t i = 0; i < kContexts; ++i) {
    const BitHistory history = slots[i].slot.histories[in_half];
    decision.inputs[i] = history == 0 ? std::int16_t{0} : stretch(by_history_[i][history].p());
    if (i >= kContextOrders) continue;
    seen += history == 0 ? 0 : 1;
    one_sided += bit_history::kTable.is_one_sided[history];
  }
  decision.match = match.foretell(place.node, place.bits_so_far);
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
  refine(contexts, decision);
}

void DecisionModel::mix(Decision& decision) const {
  std::int64_t sum = 0;
  for (std::size_t i = 0; i < kMixers; ++i) {
    decision.logits[i] = mixers_[i].mix(decision.inputs, decision.rows[i]);
    sum += std::int64_t{last_weights_[decision.place.node][i]} * decision.logits[i];
  }
  decision.mixed = static_cast<std::int32_t>(
      std::clamp(sum >> 16, std::int64_t{-kMaxLogit}, std::int64_t{kMaxLogit}));
}

void DecisionModel::refine(const Contexts& contexts, Decision& decision) const {
  const std::int32_t logit = decision.mixed;
  const auto a = by_last_byte_.refine(after_last_byte(decision.place.node, contexts), logit);
  const auto b = by_last_bytes_.refine(after_last_bytes(decision.place.node, contexts), logit);
  decision.mixed = squash(logit);
  decision.refined = {a.cell, b.cell};
  decision.p = static_cast<std::uint32_t>((2 * decision.mixed + a.p + b.p + 2) >> 2);
}

void DecisionModel::learn(const Decision& decision, bool bit, HalfSlots& slots, MatchModel& match) {
  const std::size_t in_half = decision.place.in_half();
  for (std::size_t i = 0; i < kContexts; ++i) {
    BitHistory& history = slots[i].slot.histories[in_half];
    by_history_[i][history].learn(bit, kHistoryLessons);
    history = history_after(history, bit);
  }
  by_node_[decision.place.node].learn(bit, kHistoryLessons);
  if (decision.match) match.learn(*decision.match, bit);
  const std::int32_t truth = bit ? 65536 : 0;
  const std::int32_t last_error = (truth - decision.mixed) * kLastStep;
  for (std::size_t i = 0; i < kMixers; ++i) {
    const std::int32_t error = truth - squash(decision.logits[i]);
    mixers_[i].learn(decision.inputs, decision.rows[i], error * step_ >> 10);
    last_weights_[decision.place.node][i] += static_cast<std::int32_t>(
        (std::int64_t{decision.logits[i]} * last_error + (1 << 17)) >> 18);
  }
  by_last_byte_.learn(decision.refined[0], bit);
  by_last_bytes_.learn(decision.refined[1], bit);
}

void DecisionModel::byte_learnt() {
  if (bytes_ == kManyBytes) return;
  ++bytes_;
  step_ = static_cast<std::int32_t>(kStep + 3 * kStep * kSlowdown / (kSlowdown + bytes_));
}

}  // namespace zipdream
