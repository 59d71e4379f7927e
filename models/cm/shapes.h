// SPDX-License-Identifier: Apache-2.0
// Which contexts, tables and mixers a context mixer has: the two shapes that cm:LEVEL chooses from.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "models/cm/contexts.h"

namespace zipdream::cm {

// What chooses a mixer's row of weights, each together with how many bits of the byte are known.
enum class Situation : std::uint8_t {
  kNode,         // the bits so far themselves
  kLastByte,     // the last byte and the bits so far
  kMatch,        // how long the match is, and which bit it predicts
  kOrdersFound,  // how many of the orders have seen anything, and how long the match is
  kSecondByte,
  kClasses,       // kinds of the last bytes
  kOlderClasses,  // of those before
  kHighBits,      // of the last two bytes
  kWord,          // how long the word is so far, and the kind of the last byte
  kColumn,        // of the next byte in its line
  kExpected,      // the byte that the match predicts
};

// What a mixer's weights begin at, in 2^-14.
using StartWeight = std::int16_t;

struct StandardShape {
  static constexpr auto kContexts = std::to_array<Context>(
      {Context::kOrder2, Context::kFollowers1, Context::kOrder3, Context::kOrder4, Context::kOrder6,
       Context::kWord, Context::kTwoWords, Context::kSparse34, Context::kWordAndSecond,
       Context::kClasses});
  // The first contexts make one input each, which is enough where histories have mostly seen both
  // bits; the others make two.
  static constexpr std::size_t kSingleInputs = 2;
  static constexpr bool kHasBias = true;
  static constexpr auto kCounters = std::to_array<Context>(
      {Context::kOrder1, Context::kOrder2, Context::kOrder3, Context::kOrder4});
  static constexpr auto kRuns = std::to_array<Context>(
      {Context::kOrder5, Context::kOrder6, Context::kWord, Context::kTwoWords});
  static constexpr auto kMatches = std::to_array<int>({5, 14});  // their least lengths
  static constexpr auto kMixers = std::to_array<Situation>(
      {Situation::kOrdersFound, Situation::kClasses, Situation::kLastByte, Situation::kColumn});
  static constexpr auto kFinalMixers =
      std::to_array<Situation>({Situation::kNode, Situation::kMatch});
  // In the order of the inputs (DecisionModel), for mixers of few rows. What is known soon and what
  // words say count for more; long contexts, which all say the same, for less.
  // clang-format off
  static constexpr auto kStartWeights = std::to_array<StartWeight>({
      1500, 1500,                         // matches
      1200, 1200, 1200, 1200,             // runs
      4000, 1500,                         // order 0, the constant
      2500, 1700, 1600, 1500,             // counters
      1500, 1500,                         // order 2, followers
      1000, 1200, 1000, 1200, 1000, 800,  // orders 3, 4 and 6
      1000, 4000, 1000, 800,              // word, two words
      1000, 1000, 1000, 1000,             // sparse, word and second
      1500, 2500});                       // classes
  // clang-format on
  static constexpr std::uint64_t kLastStep = 140;  // of the mixers
};

struct FullShape {
  static constexpr auto kContexts = std::to_array<Context>(
      {Context::kOrder1, Context::kOrder2, Context::kOrder3, Context::kOrder4, Context::kOrder5,
       Context::kOrder6, Context::kOrder8, Context::kWord, Context::kTwoWords,
       Context::kWordAndSecond, Context::kThreeWords, Context::kSparse23, Context::kSparse13,
       Context::kSparse34, Context::kFollowers1, Context::kFollowers2, Context::kHighHalves,
       Context::kClasses, Context::kColumnAndAbove});
  static constexpr std::size_t kSingleInputs = 0;
  static constexpr bool kHasBias = true;
  static constexpr auto kCounters = std::to_array<Context>(
      {Context::kOrder1, Context::kOrder2, Context::kOrder3, Context::kOrder4});
  static constexpr auto kRuns = std::to_array<Context>(
      {Context::kOrder2, Context::kOrder3, Context::kOrder4, Context::kOrder5, Context::kOrder6,
       Context::kOrder8, Context::kWord, Context::kTwoWords, Context::kWordAndSecond});
  static constexpr auto kMatches = std::to_array<int>({6, 20});
  static constexpr auto kMixers = std::to_array<Situation>(
      {Situation::kNode, Situation::kMatch, Situation::kLastByte, Situation::kSecondByte,
       Situation::kOrdersFound, Situation::kClasses, Situation::kOlderClasses, Situation::kHighBits,
       Situation::kWord, Situation::kColumn, Situation::kExpected});
  static constexpr auto kFinalMixers =
      std::to_array<Situation>({Situation::kNode, Situation::kMatch, Situation::kLastByte});
  static constexpr std::array<StartWeight, 0> kStartWeights{};  // the usual ones
  static constexpr std::uint64_t kLastStep = 90;
};

}  // namespace zipdream::cm
