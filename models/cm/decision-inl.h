// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "models/cm/decision.h"

namespace zipdream::cm {
namespace decision {

inline constexpr std::uint32_t kHistoryLimit = 255;  // bits that a probability averages over
inline constexpr std::int16_t kStartWeight = 1000;   // in 2^-14: small and all alike

// A mixer's step is error x (kLastStep + kFirstStep x kSlowdown / (kSlowdown + bytes)) / 2^13.
inline constexpr std::uint64_t kFirstStep = 2870;
inline constexpr std::uint64_t kLastStep = 130;
inline constexpr std::uint64_t kSlowdown = 8000;

inline constexpr std::int32_t kSmallError = 1000;  // of 2^16: a mixer doesn't learn from less

inline constexpr std::size_t kNibbles = 17;  // of a byte: the first, or the second after each one
inline constexpr int kBlockBits = 13;        // of the APM by the last three bytes

// The rows of a byte's decisions, a power of two.
constexpr std::size_t block_size(Situation situation) {
  switch (situation) {
    case Situation::kNode:
    case Situation::kLastByte:
      return 256;
    case Situation::kMatch:
      return 32;
    case Situation::kOrdersFound:
      return 128;
    default:
      return 8;
  }
}

constexpr std::size_t blocks_of(Situation situation) {
  switch (situation) {
    case Situation::kNode:
      return 1;
    case Situation::kMatch:
    case Situation::kOrdersFound:
      return MatchModel::kLengthClasses;
    case Situation::kHighBits:
    case Situation::kWord:
      return 64;
    default:
      return 256;
  }
}

constexpr std::size_t rows_of(Situation situation) {
  return block_size(situation) * blocks_of(situation);
}

inline std::size_t block_of(Situation situation, const Contexts& contexts, unsigned match_class,
                            unsigned expected) {
  switch (situation) {
    case Situation::kNode:
      return 0;
    case Situation::kMatch:
    case Situation::kOrdersFound:
      return match_class;
    case Situation::kLastByte:
      return contexts.recent(0);
    case Situation::kSecondByte:
      return contexts.recent(1);
    case Situation::kClasses:
      return contexts.classes() & 255;
    case Situation::kOlderClasses:
      return contexts.classes() >> 8 & 255;
    case Situation::kHighBits:
      return 8 * (contexts.recent(0) >> 5) + (contexts.recent(1) >> 5);
    case Situation::kWord:
      return 8 * std::min(contexts.word_length(), 7U) + (contexts.classes() & 7);
    case Situation::kColumn:
      return contexts.column();
    case Situation::kExpected:
      return expected;
  }
  return 0;
}

// Of bit histories: the share of ones in them.
inline std::array<AdaptiveProbability, 256> first_probabilities() {
  std::array<AdaptiveProbability, 256> made;
  for (std::size_t i = 0; i < bit_history::kTable.size; ++i) {
    const auto& state = bit_history::kTable.states[i];
    const auto ones = static_cast<std::uint32_t>(5 * state.ones + 2);
    made[i] =
        AdaptiveProbability::of(ones, ones + static_cast<std::uint32_t>(5 * state.zeros + 2), 0);
  }
  return made;
}

// That a run goes on, by its length, for the first decision of a byte and for the others.
inline std::array<AdaptiveProbability, 64> first_run_probabilities() {
  std::array<AdaptiveProbability, 64> made;
  for (std::uint32_t i = 0; i < made.size(); ++i) {
    made[i] = AdaptiveProbability::of(5 * (i % 32) + 3, 5 * (i % 32) + 6, 0);
  }
  return made;
}

template <typename Made, std::size_t n, typename Make>
std::array<Made, n> array_of(Make make) {
  return [&]<std::size_t... i>(std::index_sequence<i...>) {
    return std::array<Made, n>{make(i)...};
  }
  (std::make_index_sequence<n>());
}

}  // namespace decision

template <typename Shape>
struct DecisionModel<Shape>::Hints {
  std::size_t input = 0;      // the next one to be set
  unsigned orders_found = 0;  // how many have seen anything
  unsigned by_match = 0;      // 0: it predicts nothing; 1: a zero; 2: a one
};

template <typename Shape>
DecisionModel<Shape>::DecisionModel()
    : mixers_(decision::array_of<Mixer<kInputs>, kMixers>([](std::size_t i) {
        return Mixer<kInputs>(decision::rows_of(Shape::kMixers[i]), kUsedInputs,
                              decision::kStartWeight);
      })),
      final_mixers_(decision::array_of<FinalMixer<kMixers>, kFinalMixers>([](std::size_t i) {
        return FinalMixer<kMixers>(decision::rows_of(Shape::kFinalMixers[i]));
      })),
      by_match_(16 * MatchModel::kLengthClasses),
      by_last_byte_(256 * decision::kNibbles),
      by_last_bytes_(std::size_t{1} << decision::kBlockBits),
      step_(decision::kFirstStep + decision::kLastStep) {
  const auto first = decision::first_probabilities();
  for (std::size_t context = 0; context < kContexts; ++context) {
    auto& cells = by_history_[context];
    for (std::size_t i = 0; i < cells.size(); ++i) {
      cells[i].probability = first[i];
      set_inputs(context, static_cast<BitHistory>(i), cells[i]);
    }
  }
  by_run_.fill(decision::first_run_probabilities());
}

template <typename Shape>
inline void DecisionModel<Shape>::look_ahead(const Contexts& contexts, Outlook& outlook) const {
  outlook.match_class = 0;
  unsigned expected = 0;
  for (const MatchModel* match : outlook.matches) {
    if (outlook.match_class != 0) break;
    outlook.match_class = match->length_class();
    expected = match->expected_byte();
  }
  for (std::size_t i = 0; i < kMixers; ++i) {
    const Situation situation = Shape::kMixers[i];
    const std::size_t size = decision::block_size(situation);
    const std::size_t block =
        decision::block_of(situation, contexts, outlook.match_class, expected);
    outlook.first_rows[i] = block * size;
    outlook.blocks[i] = mixers_[i].block(block * size, size);
  }
  for (std::size_t i = 0; i < kFinalMixers; ++i) {
    const Situation situation = Shape::kFinalMixers[i];
    const std::size_t size = decision::block_size(situation);
    const std::size_t block =
        decision::block_of(situation, contexts, outlook.match_class, expected);
    outlook.first_final_rows[i] = block * size;
    outlook.final_blocks[i] = final_mixers_[i].block(block * size, size);
  }
}

template <typename Shape>
inline void DecisionModel<Shape>::look_up(unsigned node, const Contexts& contexts,
                                          Nibble& nibble) const {
  const std::size_t which = node == 1 ? 0 : node - 15;
  nibble.blocks[0] = by_last_byte_.block(contexts.recent(0) * decision::kNibbles + which);
  const auto last = static_cast<std::uint32_t>(contexts.recent_bytes()) << 5;
  nibble.blocks[1] = by_last_bytes_.block(
      (last + static_cast<std::uint32_t>(which)) * 0x9E3779B1U >> (32 - decision::kBlockBits));
  for (const Apm::Block& block : nibble.blocks) Apm::prefetch(block, 0);
}

template <typename Shape>
inline void DecisionModel<Shape>::predict(const Outlook& outlook, const Nibble& nibble,
                                          Decision& decision) const {
  const std::size_t in_nibble = decision.place.in_nibble();
  if (2 * in_nibble + 2 < Apm::kBlock) {
    for (const Apm::Block& block : nibble.blocks) {  // whichever comes next
      Apm::prefetch(block, 2 * in_nibble + 1);
      Apm::prefetch(block, 2 * in_nibble + 2);
    }
  }
  Hints hints;
  set_history_inputs(nibble, decision, hints);
  set_run_inputs(outlook, decision, hints);
  set_match_inputs(outlook, decision, hints);
  auto& inputs = decision.inputs.values;
  const std::int32_t of_order_0 = stretch(by_node_[decision.place.node].p());
  inputs[hints.input++] = static_cast<std::int16_t>(of_order_0 * kInputScale);
  if (Shape::kHasBias) inputs[hints.input++] = 256 * kInputScale;
  std::fill(inputs.begin() + kUsedInputs, inputs.end(), std::int16_t{0});
  mix(outlook, hints, decision);
  refine(outlook, nibble, mix_finally(outlook, hints, decision), decision);
}

// Two inputs for most contexts, one of which is zero: a history of one bit alone deserves another
// weight than one of both.
template <typename Shape>
inline void DecisionModel<Shape>::set_inputs(std::size_t context, BitHistory history,
                                             HistoryCell& cell) {
  if (history == 0) return;
  const std::size_t which =
      context < Shape::kSingleInputs ? 0 : bit_history::kTable.is_one_sided[history];
  cell.inputs[which] = static_cast<std::int16_t>(stretch(cell.probability.p()) * kInputScale);
}

template <typename Shape>
inline void DecisionModel<Shape>::set_history_inputs(const Nibble& nibble, Decision& decision,
                                                     Hints& hints) const {
  const std::size_t in_nibble = decision.place.in_nibble();
  auto* input = decision.inputs.values.data();
  for (std::size_t i = 0; i < kContexts; ++i) {
    const BitHistory history = nibble.histories[i].slot.histories[in_nibble];
    const std::size_t count = i < Shape::kSingleInputs ? 1 : 2;
    std::memcpy(input, by_history_[i][history].inputs.data(), count * sizeof *input);
    input += count;
    if (static_cast<std::size_t>(Shape::kContexts[i]) < kOrders && history != 0) {
      ++hints.orders_found;
    }
  }
  for (const CounterTable::Found& found : nibble.counters) {
    const Counter counter = found.slot.counters[in_nibble];
    *input++ = static_cast<std::int16_t>(counter.is_new() ? 0 : stretch(counter.p()) * kInputScale);
  }
  hints.input = kHistoryInputs + kCounters;
}

template <typename Shape>
inline void DecisionModel<Shape>::set_run_inputs(const Outlook& outlook, Decision& decision,
                                                 Hints& hints) const {
  const auto [node, bits] = decision.place;
  for (std::size_t i = 0; i < kRuns; ++i) {
    const RunTable::Run& run = outlook.runs[i].run;
    const unsigned byte = run.byte | 256U;
    std::int32_t input = 0;
    decision.run_cells[i] = kNoCell;
    if (run.count > 0 && byte >> (8 - bits) == node) {
      const unsigned cell = std::min<unsigned>(run.count, 31) + (bits == 0 ? 32 : 0);
      const bool bit = (byte >> (7 - bits) & 1) != 0;
      const std::int32_t known = stretch(by_run_[i][cell].p()) * kInputScale;
      input = bit ? known : -known;
      decision.run_cells[i] = static_cast<std::uint8_t>(2 * cell + (bit ? 1 : 0));
    }
    decision.inputs.values[hints.input++] = static_cast<std::int16_t>(input);
  }
}

template <typename Shape>
inline void DecisionModel<Shape>::set_match_inputs(const Outlook& outlook, Decision& decision,
                                                   Hints& hints) const {
  const auto [node, bits] = decision.place;
  for (std::size_t i = 0; i < kMatches; ++i) {
    const auto& match = decision.matches[i] = outlook.matches[i]->predict(node, bits);
    std::int32_t known = 0;
    if (match) {
      known = stretch(outlook.matches[i]->p(*match)) * kInputScale;
      if (!match->bit) known = -known;
      if (hints.by_match == 0) hints.by_match = match->bit ? 2 : 1;
    }
    decision.inputs.values[hints.input++] = static_cast<std::int16_t>(known);
  }
}

namespace decision {

// The row of a decision in its byte's block.
inline std::uint8_t row_of(Situation situation, const DecisionPlace& place, unsigned orders_found,
                           unsigned by_match) {
  const auto bits = static_cast<unsigned>(place.bits_so_far);
  switch (situation) {
    case Situation::kNode:
    case Situation::kLastByte:
      return static_cast<std::uint8_t>(place.node);
    case Situation::kMatch:
      return static_cast<std::uint8_t>(by_match * 8 + bits);
    case Situation::kOrdersFound:
      return static_cast<std::uint8_t>(((by_match != 0 ? 8 : 0) + orders_found) * 8 + bits);
    default:
      return static_cast<std::uint8_t>(bits);
  }
}

}  // namespace decision

template <typename Shape>
inline void DecisionModel<Shape>::mix(const Outlook& outlook, const Hints& hints,
                                      Decision& decision) const {
  [&]<std::size_t... i>(std::index_sequence<i...>) {
    ((decision.rows[i] =
          decision::row_of(Shape::kMixers[i], decision.place, hints.orders_found, hints.by_match)),
     ...);
    ((decision.logits[i] = outlook.blocks[i][decision.rows[i]].mix(decision.inputs)), ...);
  }
  (std::make_index_sequence<kMixers>());
}

template <typename Shape>
inline std::int32_t DecisionModel<Shape>::mix_finally(const Outlook& outlook, const Hints& hints,
                                                      Decision& decision) const {
  std::int32_t sum = 0;
  for (std::size_t i = 0; i < kFinalMixers; ++i) {
    const std::uint8_t row = decision::row_of(Shape::kFinalMixers[i], decision.place,
                                              hints.orders_found, hints.by_match);
    decision.final_rows[i] = row;
    decision.final_logits[i] = outlook.final_blocks[i][row].mix(decision.logits);
    sum += decision.final_logits[i];
  }
  return sum / static_cast<std::int32_t>(kFinalMixers);
}

template <typename Shape>
inline void DecisionModel<Shape>::refine(const Outlook& outlook, const Nibble& nibble,
                                         std::int32_t logit, Decision& decision) const {
  const std::size_t in_nibble = decision.place.in_nibble();
  const auto by_match =
      Apm::refine(by_match_.block(outlook.match_class * 16 + decision.place.node / 16),
                  decision.place.node % 16, logit);
  const auto by_byte = Apm::refine(nibble.blocks[0], in_nibble, logit);
  const auto by_bytes = Apm::refine(nibble.blocks[1], in_nibble, logit);
  decision.refined = {by_match.cell, by_byte.cell, by_bytes.cell};
  const std::int32_t p = (squash(logit) + by_match.p + 2 * by_byte.p + 4 * by_bytes.p + 4) >> 3;
  decision.p = static_cast<std::uint32_t>(std::clamp(p, 1, 65535));
}

template <typename Shape>
inline void DecisionModel<Shape>::learn(Byte byte, std::uint64_t bytes, const Outlook& outlook,
                                        const Decisions& decisions, std::array<Nibble, 2>& nibbles,
                                        std::array<MatchModel, kMatches>& matches) {
  for (std::size_t i = 0; i < decisions.size(); ++i) {
    learn_inputs(decisions[i], (byte >> (7 - i) & 1) != 0, nibbles[i / 4], matches);
  }
  learn_weights(byte, outlook, decisions);
  step_ =
      static_cast<std::int32_t>(decision::kLastStep + decision::kFirstStep * decision::kSlowdown /
                                                          (decision::kSlowdown + bytes));
}

template <typename Shape>
inline void DecisionModel<Shape>::learn_inputs(const Decision& decision, bool bit, Nibble& nibble,
                                               std::array<MatchModel, kMatches>& matches) {
  const std::size_t in_nibble = decision.place.in_nibble();
  for (std::size_t i = 0; i < kContexts; ++i) {
    BitHistory& history = nibble.histories[i].slot.histories[in_nibble];
    HistoryCell& cell = by_history_[i][history];
    cell.probability.learn(bit, decision::kHistoryLimit);
    set_inputs(i, history, cell);
    history = history_after(history, bit);
  }
  for (CounterTable::Found& found : nibble.counters) found.slot.counters[in_nibble].learn(bit);
  for (std::size_t i = 0; i < kRuns; ++i) {
    const unsigned cell = decision.run_cells[i];
    if (cell == kNoCell) continue;
    by_run_[i][cell / 2].learn((cell % 2 != 0) == bit, decision::kHistoryLimit);
  }
  for (std::size_t i = 0; i < kMatches; ++i) {
    if (decision.matches[i]) matches[i].learn(*decision.matches[i], bit);
  }
  by_node_[decision.place.node].learn(bit, decision::kHistoryLimit);
  by_match_.learn(decision.refined[0], bit);
  by_last_byte_.learn(decision.refined[1], bit);
  by_last_bytes_.learn(decision.refined[2], bit);
}

// A mixer that was nearly right has nothing to learn: that saves half of the work and costs next to
// nothing.
template <typename Shape>
inline void DecisionModel<Shape>::learn_weights(Byte byte, const Outlook& outlook,
                                                const Decisions& decisions) {
  for (std::size_t i = 0; i < kMixers; ++i) {
    Row* const rows =
        mixers_[i].edit_block(outlook.first_rows[i], decision::block_size(Shape::kMixers[i]));
    for (std::size_t bit = 0; bit < decisions.size(); ++bit) {
      const Decision& made = decisions[bit];
      const std::int32_t target = (byte >> (7 - bit) & 1) != 0 ? 65536 : 0;
      const std::int32_t error = target - squash(made.logits[i]);
      if (std::abs(error) < decision::kSmallError) continue;
      rows[made.rows[i]].learn(made.inputs, error * step_ >> 13);
    }
  }
  for (std::size_t i = 0; i < kFinalMixers; ++i) {
    FinalRow* const rows = final_mixers_[i].edit_block(
        outlook.first_final_rows[i], decision::block_size(Shape::kFinalMixers[i]));
    for (std::size_t bit = 0; bit < decisions.size(); ++bit) {
      const Decision& made = decisions[bit];
      const std::int32_t target = (byte >> (7 - bit) & 1) != 0 ? 65536 : 0;
      rows[made.final_rows[i]].learn(made.logits, target - squash(made.final_logits[i]));
    }
  }
}

}  // namespace zipdream::cm
