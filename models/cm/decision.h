// SPDX-License-Identifier: Apache-2.0
// One binary decision: predicted from what its contexts have seen and from the matches, and learned
// from.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "models/cm/contexts.h"
#include "models/cm/logistic.h"
#include "models/cm/match.h"
#include "models/cm/mixing.h"
#include "models/cm/shapes.h"
#include "models/cm/tables.h"

namespace zipdream::cm {

// Which decision it is: `node` is 1 for the first of a byte, then 1 with the bits so far behind it.
struct DecisionPlace {
  unsigned node;
  int bits_so_far;

  // Its number among the 15 of its nibble.
  [[nodiscard]] std::size_t in_nibble() const {
    const int bits = bits_so_far % 4;
    return (1U << bits) - 1 + (node & ((1U << bits) - 1));
  }
};

// All that is learned beside what tables and texts hold.
// Threads: as a standard container.
template <typename Shape>
class DecisionModel {
 public:
  static constexpr std::size_t kContexts = Shape::kContexts.size();
  static constexpr std::size_t kCounters = Shape::kCounters.size();
  static constexpr std::size_t kRuns = Shape::kRuns.size();
  static constexpr std::size_t kMatches = Shape::kMatches.size();
  static constexpr std::size_t kMixers = Shape::kMixers.size();
  static constexpr std::size_t kFinalMixers = Shape::kFinalMixers.size();
  // The inputs of a mixer in their order: of matches and runs; of order 0; a constant, if there is
  // one; of counters; of histories.
  static constexpr std::size_t kExpectations = kMatches + kRuns;
  static constexpr std::size_t kHistoryInputs = 2 * kContexts - Shape::kSingleInputs;
  static constexpr std::size_t kOtherInputs =
      kExpectations + 1 + (Shape::kHasBias ? 1 : 0) + kCounters;
  static constexpr std::size_t kUsedInputs = kOtherInputs + kHistoryInputs;
  static constexpr std::size_t kInputs = (kUsedInputs + 7) / 8 * 8;
  using Row = typename Mixer<kInputs>::Row;
  using FinalRow = typename FinalMixer<kMixers>::Row;

  // What is known before the first decision of a byte. Valid until learn().
  struct Outlook {
    std::array<RunTable::Found, kRuns> runs;
    std::array<const MatchModel*, kMatches> matches;
    Expectations<kExpectations> expected;
    unsigned match_class;  // length_class() of the first match there is; 0: none
    std::array<std::size_t, kMixers> first_rows;  // of the blocks
    std::array<const Row*, kMixers> blocks;
    std::array<std::size_t, kFinalMixers> first_final_rows;
    std::array<const FinalRow*, kFinalMixers> final_blocks;
  };

  // What is looked up for the 15 decisions of a nibble together.
  struct Nibble {
    std::array<HistoryTable::Found, kContexts> histories;
    std::array<CounterTable::Found, kCounters> counters;
    std::array<Apm::Block, 3> blocks;  // of by_match_, by_last_byte_ and by_last_bytes_
  };

  // How a decision was predicted.
  struct Decision {
    DecisionPlace place;
    MixerInputs<kInputs> inputs;
    std::array<std::uint8_t, kMixers> rows;  // in the blocks of the outlook
    std::array<std::uint8_t, kFinalMixers> final_rows;
    std::array<std::int32_t, kMixers> logits;             // of each mixer
    std::array<std::int32_t, kFinalMixers> final_logits;  // of each final mixer
    std::array<std::uint16_t, 3> refined;                 // the cells of the blocks that refined it
    std::uint32_t p;  // the result: that it is one, in 2^-16; 1 to 65535
  };
  using Decisions = std::array<Decision, 8>;

  DecisionModel();

  // Sets all of `outlook` but runs and matches, which are set already.
  void look_ahead(const Contexts& contexts, Outlook& outlook) const;

  // Sets the blocks of the nibble that begins at `node`: 1, or 16 and more for the second.
  void look_up(unsigned node, const Contexts& contexts, const Outlook& outlook,
               Nibble& nibble) const;

  // Sets all of `decision` but its place, which is set already. REQUIRES: no learn() since
  // look_up().
  void predict(const Outlook& outlook, const Nibble& nibble, Decision& decision) const;

  // Learns from a whole byte, the `bytes`-th of all; also adds its bits to the histories in
  // `nibbles`. REQUIRES: the decisions were predicted by this model from these parts.
  void learn(Byte byte, std::uint64_t bytes, const Outlook& outlook, const Decisions& decisions,
             std::array<Nibble, 2>& nibbles, std::array<MatchModel, kMatches>& matches);

 private:
  struct Hints;  // on the way of a prediction

  void set_expectations(Outlook& outlook) const;
  void set_history_inputs(const Nibble& nibble, Decision& decision, Hints& hints) const;
  void set_other_inputs(const Outlook& outlook, const Nibble& nibble, Decision& decision,
                        Hints& hints) const;
  void mix(const Outlook& outlook, const Hints& hints, Decision& decision) const;
  [[nodiscard]] std::int32_t mix_finally(const Outlook& outlook, const Hints& hints,
                                         Decision& decision) const;
  void refine(const Nibble& nibble, std::int32_t logit, Decision& decision) const;

  void learn_histories(const Decision& decision, bool bit, Nibble& nibble);
  void learn_expectations(Byte byte, const Outlook& outlook,
                          std::array<MatchModel, kMatches>& matches);
  void learn_refinements(Byte byte, const Decisions& decisions,
                         const std::array<Nibble, 2>& nibbles);
  void learn_weights(Byte byte, const Outlook& outlook, const Decisions& decisions);

  // What a history says: a probability, and the two inputs that it makes.
  struct HistoryCell {
    AdaptiveProbability probability;
    std::array<std::int16_t, 2> inputs{};
  };
  static void set_inputs(std::size_t context, BitHistory history, HistoryCell& cell);

  std::array<std::array<HistoryCell, 256>, kContexts> by_history_;
  std::array<AdaptiveProbability, 256> by_node_{};  // of order 0
  std::array<std::array<AdaptiveProbability, 64>, kRuns> by_run_;
  std::array<Mixer<kInputs>, kMixers> mixers_;
  std::array<FinalMixer<kMixers>, kFinalMixers> final_mixers_;
  Apm by_match_;
  Apm by_last_byte_;
  Apm by_last_bytes_;
  std::int32_t step_;
};

}  // namespace zipdream::cm

#include "models/cm/decision-inl.h"
