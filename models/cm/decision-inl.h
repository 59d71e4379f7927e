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
inline constexpr std::uint32_t kFirstCount = 30;     // how far their first values are trusted
inline constexpr StartWeight kUsualStart = 1500;     // small and all alike
inline constexpr std::size_t kFewRows = 2048;        // so many have all learned something soon

// A mixer's step is error x (Shape::kLastStep + kFirstStep x kSlowdown / (kSlowdown + bytes)) /
// 2^13.
inline constexpr std::uint64_t kFirstStep = 2870;
inline constexpr std::uint64_t kSlowdown = 16000;

inline constexpr std::int32_t kSmallError = 1000;  // of 2^16: a mixer doesn't learn from less

// visit(i) for the numbers below `count`, each as a constant.
template <std::size_t count, typename Visit>
[[gnu::always_inline]] inline void for_each_number(Visit visit) {
  [&]<std::size_t... i>(std::index_sequence<i...>) {
    (visit(std::integral_constant<std::size_t, i>()), ...);
  }
  (std::make_index_sequence<count>());
}

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

// Of all inputs in their order.
template <typename Shape, std::size_t inputs>
std::array<StartWeight, inputs> start_weights(Situation situation) {
  std::array<StartWeight, inputs> weights;
  weights.fill(kUsualStart);
  if constexpr (!Shape::kStartWeights.empty()) {
    static_assert(Shape::kStartWeights.size() == inputs);
    if (rows_of(situation) <= kFewRows) weights = Shape::kStartWeights;
  }
  return weights;
}

// Of bit histories: the share of ones in them.
inline std::array<AdaptiveProbability, 256> first_probabilities() {
  std::array<AdaptiveProbability, 256> made;
  for (std::size_t i = 0; i < bit_history::kTable.size; ++i) {
    const auto& state = bit_history::kTable.states[i];
    const auto ones = static_cast<std::uint32_t>(5 * state.ones + 2);
    made[i] = AdaptiveProbability::of(ones, ones + static_cast<std::uint32_t>(5 * state.zeros + 2),
                                      kFirstCount);
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

inline std::size_t run_cell(const RunTable::Run& run) {
  return std::min<std::size_t>(run.count, 31);
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
  unsigned orders_found = 0;  // how many have seen anything
  unsigned by_match = 0;      // 0: it predicts nothing; 1: a zero; 2: a one
};

template <typename Shape>
DecisionModel<Shape>::DecisionModel()
    : mixers_(decision::array_of<Mixer<kInputs>, kMixers>([](std::size_t i) {
        const Situation situation = Shape::kMixers[i];
        return Mixer<kInputs>(decision::rows_of(situation),
                              decision::start_weights<Shape, kUsedInputs>(situation));
      })),
      final_mixers_(decision::array_of<FinalMixer<kMixers>, kFinalMixers>([](std::size_t i) {
        return FinalMixer<kMixers>(decision::rows_of(Shape::kFinalMixers[i]));
      })),
      by_match_(decision::kNibbles * MatchModel::kLengthClasses),
      by_last_byte_(256 * decision::kNibbles),
      by_last_bytes_(std::size_t{1} << decision::kBlockBits),
      step_(decision::kFirstStep + Shape::kLastStep) {
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
  set_expectations(outlook);
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
    if (size > 8) continue;
    for (std::size_t row = 0; row < size; ++row) __builtin_prefetch(outlook.blocks[i] + row);
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

// Nothing learns within a byte, so that what runs and matches say of it stands.
template <typename Shape>
inline void DecisionModel<Shape>::set_expectations(Outlook& outlook) const {
  for (std::size_t i = 0; i < kMatches; ++i) {
    const MatchModel& match = *outlook.matches[i];
    const std::int16_t input = stretch_input(match.p());
    outlook.expected.set(i, match.length_class() > 0 ? match.expected_byte() | 256U : 0, input,
                         input);
  }
  for (std::size_t i = 0; i < kRuns; ++i) {
    const RunTable::Run& run = outlook.runs[i].run;
    const std::size_t cell = decision::run_cell(run);
    outlook.expected.set(kMatches + i, run.count > 0 ? run.byte | 256U : 0,
                         stretch_input(by_run_[i][cell + 32].p()),
                         stretch_input(by_run_[i][cell].p()));
  }
  outlook.expected.set_rest();
}

template <typename Shape>
inline void DecisionModel<Shape>::look_up(unsigned node, const Contexts& contexts,
                                          const Outlook& outlook, Nibble& nibble) const {
  const std::size_t which = node == 1 ? 0 : node - 15;
  const auto last = static_cast<std::uint32_t>(contexts.recent_bytes()) << 5;
  nibble.blocks = {by_match_.block(outlook.match_class * decision::kNibbles + which),
                   by_last_byte_.block(contexts.recent(0) * decision::kNibbles + which),
                   by_last_bytes_.block((last + static_cast<std::uint32_t>(which)) * 0x9E3779B1U >>
                                        (32 - decision::kBlockBits))};
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
  decision::for_each_number<kMixers>([&](auto i) {
    if constexpr (Shape::kMixers[i] == Situation::kLastByte) {
      __builtin_prefetch(outlook.blocks[i] + (2 * decision.place.node & 255));
      __builtin_prefetch(outlook.blocks[i] + (2 * decision.place.node & 255) + 1);
    }
  });
  Hints hints;
  set_other_inputs(outlook, nibble, decision, hints);
  set_history_inputs(nibble, decision, hints);
  mix(outlook, hints, decision);
  refine(nibble, mix_finally(outlook, hints, decision), decision);
}

// Two inputs for most contexts, one of which is zero: a history of one bit alone deserves another
// weight than one of both.
template <typename Shape>
inline void DecisionModel<Shape>::set_inputs(std::size_t context, BitHistory history,
                                             HistoryCell& cell) {
  const std::size_t which =
      context < Shape::kSingleInputs ? 0 : bit_history::kTable.is_one_sided[history];
  const std::int16_t input = stretch_input(cell.probability.p());
  cell.inputs[which] = history == 0 ? std::int16_t{0} : input;
}

template <typename Shape>
inline void DecisionModel<Shape>::set_history_inputs(const Nibble& nibble, Decision& decision,
                                                     Hints& hints) const {
  const std::size_t in_nibble = decision.place.in_nibble();
  decision::for_each_number<kContexts>([&](auto i) {
    constexpr std::size_t kCount = i < Shape::kSingleInputs ? 1 : 2;
    constexpr std::size_t kFirst =
        kOtherInputs + (i < Shape::kSingleInputs ? i : 2 * i - Shape::kSingleInputs);
    const BitHistory history = nibble.histories[i].slot.histories[in_nibble];
    std::memcpy(&decision.inputs.values[kFirst], &by_history_[i][history].inputs,
                kCount * sizeof(std::int16_t));
    if constexpr (static_cast<std::size_t>(Shape::kContexts[i]) < kOrders) {
      hints.orders_found += history != 0 ? 1 : 0;
    }
  });
}

template <typename Shape>
inline void DecisionModel<Shape>::set_other_inputs(const Outlook& outlook, const Nibble& nibble,
                                                   Decision& decision, Hints& hints) const {
  // No structured binding, which clang 14 has none of in lambdas.
  const auto node = decision.place.node;
  const auto bits = decision.place.bits_so_far;
  std::int16_t* const inputs = decision.inputs.values.data();
  outlook.expected.set_inputs(node, bits, inputs);
  hints.by_match = 0;
  decision::for_each_number<kMatches>([&](auto i) {
    const unsigned said = outlook.expected.byte(i) >> (7 - bits);
    if (hints.by_match == 0 && said >> 1 == node) hints.by_match = 1 + (said & 1);
  });
  std::int16_t* next = inputs + kExpectations;
  *next++ = stretch_input(by_node_[node].p());
  if constexpr (Shape::kHasBias) *next++ = 256 * kInputScale;
  decision::for_each_number<kCounters>([&](auto i) {
    const Counter counter = nibble.counters[i].slot.counters[decision.place.in_nibble()];
    *next++ = counter.is_new() ? std::int16_t{0} : stretch_input(counter.p());
  });
  std::fill(inputs + kUsedInputs, inputs + kInputs, std::int16_t{0});
}

namespace decision {

// The row of a decision in its byte's block.
[[gnu::always_inline]] inline std::uint8_t row_of(Situation situation, const DecisionPlace& place,
                                                  unsigned orders_found, unsigned by_match) {
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
  std::array<const std::int16_t*, kMixers> weights;
  decision::for_each_number<kMixers>([&](auto i) {
    decision.rows[i] =
        decision::row_of(Shape::kMixers[i], decision.place, hints.orders_found, hints.by_match);
    weights[i] = outlook.blocks[i][decision.rows[i]].weights.data();
  });
  decision::for_each_number<kMixers>([&](auto i) {
    decision.logits[i] = outlook.blocks[i][decision.rows[i]].mix(decision.inputs);
  });
}

template <typename Shape>
inline std::int32_t DecisionModel<Shape>::mix_finally(const Outlook& outlook, const Hints& hints,
                                                      Decision& decision) const {
  std::int32_t sum = 0;
  decision::for_each_number<kFinalMixers>([&](auto i) {
    const std::uint8_t row = decision::row_of(Shape::kFinalMixers[i], decision.place,
                                              hints.orders_found, hints.by_match);
    decision.final_rows[i] = row;
    decision.final_logits[i] = outlook.final_blocks[i][row].mix(decision.logits);
    sum += decision.final_logits[i];
  });
  return sum / static_cast<std::int32_t>(kFinalMixers);
}

template <typename Shape>
inline void DecisionModel<Shape>::refine(const Nibble& nibble, std::int32_t logit,
                                         Decision& decision) const {
  const std::size_t in_nibble = decision.place.in_nibble();
  const Apm::Place place(logit);
  std::array<std::int32_t, 3> refined;
  for (std::size_t i = 0; i < refined.size(); ++i) {
    refined[i] = place.refine(nibble.blocks[i], in_nibble);
    decision.refined[i] = place.cell(in_nibble);
  }
  const std::int32_t p = (squash(logit) + refined[0] + 2 * refined[1] + 4 * refined[2] + 4) >> 3;
  decision.p = static_cast<std::uint32_t>(std::clamp(p, 1, 65535));
}

template <typename Shape>
inline void DecisionModel<Shape>::learn(Byte byte, std::uint64_t bytes, const Outlook& outlook,
                                        const Decisions& decisions, std::array<Nibble, 2>& nibbles,
                                        std::array<MatchModel, kMatches>& matches) {
  for (std::size_t i = 0; i < decisions.size(); ++i) {
    learn_histories(decisions[i], (byte >> (7 - i) & 1) != 0, nibbles[i / 4]);
  }
  learn_expectations(byte, outlook, matches);
  learn_refinements(byte, decisions, nibbles);
  learn_weights(byte, outlook, decisions);
  step_ = static_cast<std::int32_t>(Shape::kLastStep + decision::kFirstStep * decision::kSlowdown /
                                                           (decision::kSlowdown + bytes));
}

template <typename Shape>
inline void DecisionModel<Shape>::learn_histories(const Decision& decision, bool bit,
                                                  Nibble& nibble) {
  const std::size_t in_nibble = decision.place.in_nibble();
  decision::for_each_number<kContexts>([&](auto i) {
    BitHistory& history = nibble.histories[i].slot.histories[in_nibble];
    HistoryCell& cell = by_history_[i][history];
    cell.probability.learn(bit, decision::kHistoryLimit);
    set_inputs(i, history, cell);
    history = history_after(history, bit);
  });
  for (CounterTable::Found& found : nibble.counters) found.slot.counters[in_nibble].learn(bit);
  by_node_[decision.place.node].learn(bit, decision::kHistoryLimit);
}

template <typename Shape>
inline void DecisionModel<Shape>::learn_expectations(Byte byte, const Outlook& outlook,
                                                     std::array<MatchModel, kMatches>& matches) {
  for (std::size_t i = 0; i < kMatches; ++i) {
    if (outlook.expected.byte(i) == 0) continue;
    const int right = outlook.expected.right_decisions(i, byte);
    for (int bits = 0; bits < right; ++bits) matches[i].learn(true);
    if (right < 8) matches[i].learn(false);
  }
  for (std::size_t i = 0; i < kRuns; ++i) {
    if (outlook.expected.byte(kMatches + i) == 0) continue;
    const std::size_t cell = decision::run_cell(outlook.runs[i].run);
    const int right = outlook.expected.right_decisions(kMatches + i, byte);
    by_run_[i][cell + 32].learn(right > 0, decision::kHistoryLimit);
    if (right == 0) continue;
    for (int bits = 1; bits < right; ++bits) by_run_[i][cell].learn(true, decision::kHistoryLimit);
    if (right < 8) by_run_[i][cell].learn(false, decision::kHistoryLimit);
  }
}

template <typename Shape>
inline void DecisionModel<Shape>::learn_refinements(Byte byte, const Decisions& decisions,
                                                    const std::array<Nibble, 2>& nibbles) {
  const std::array<Apm*, 3> apms = {&by_match_, &by_last_byte_, &by_last_bytes_};
  for (std::size_t i = 0; i < 8; i += 4) {
    for (std::size_t apm = 0; apm < apms.size(); ++apm) {
      const Apm::Learner learner(*apms[apm], nibbles[i / 4].blocks[apm]);
      for (std::size_t bit = i; bit < i + 4; ++bit) {
        learner.learn(decisions[bit].refined[apm], (byte >> (7 - bit) & 1) != 0);
      }
    }
  }
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
