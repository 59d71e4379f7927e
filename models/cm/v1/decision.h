// SPDX-License-Identifier: Apache-2.0
// One binary decision: predicted from the histories of its contexts and from the match, and learned
// from.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "models/cm/v1/contexts.h"
#include "models/cm/v1/history.h"
#include "models/cm/v1/mixing.h"

namespace zipdream::cm_v1 {

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

// What is looked up for the 15 decisions of a nibble together.
struct Nibble {
  std::array<HistoryTable::Found, kContexts> found;
  std::array<Apm::Block, 2> blocks;  // of the two APMs
};

inline constexpr std::size_t kMixers = 3;

// How a decision was predicted.
struct Decision {
  DecisionPlace place;
  MixerInputs inputs;
  std::optional<MatchModel::Prediction> match;
  std::array<std::size_t, kMixers> rows;
  std::array<std::int32_t, kMixers> logits;  // of each mixer
  std::int32_t mixed;                        // of all mixers together, in 2^-16
  std::array<std::size_t, 2> refined;        // the cells that refined it
  std::uint32_t p;                           // the result: that it is one, in 2^-16; 1 to 65535
};

// All that is learned beside the bit histories and the text.
// Threads: as a standard container.
class DecisionModel {
 public:
  DecisionModel();

  // Sets the blocks of the nibble that begins at `node`: 1, or 16 and more for the second.
  void look_up(unsigned node, const Contexts& contexts, Nibble& nibble) const;

  // Sets all of `decision` but its place, which is set already. REQUIRES: no learn() since
  // look_up().
  void predict(const Nibble& nibble, const Contexts& contexts, const MatchModel& match,
               Decision& decision) const;

  // Also adds the bit to the histories in `nibble`. REQUIRES: the decision was predicted by this
  // model from these parts, as they stood before any bit of its byte was learned.
  void learn(const Decision& decision, bool bit, Nibble& nibble, MatchModel& match);

  // To be called after the eight decisions of a byte: steps become smaller as bytes go by.
  void end_byte();

 private:
  void mix(Decision& decision) const;
  static void refine(const Nibble& nibble, Decision& decision);

  std::array<std::array<AdaptiveProbability, 256>, kContexts> by_history_;
  std::array<AdaptiveProbability, 256> by_node_{};  // of order 0
  std::array<Mixer, kMixers> mixers_;
  std::array<std::array<std::int32_t, kMixers>, 256> final_weights_;  // by node, of 2^16
  Apm by_last_byte_;
  Apm by_last_bytes_;
  std::uint32_t bytes_ = 0;  // learned, up to 2^24
  std::int32_t step_;
};

}  // namespace zipdream::cm_v1
