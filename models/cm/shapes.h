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

struct StandardShape {
  static constexpr auto kContexts = std::to_array<Context>(
      {Context::kOrder2, Context::kFollowers1, Context::kOrder3, Context::kOrder4, Context::kOrder5,
       Context::kOrder6, Context::kOrder8, Context::kWord, Context::kTwoWords,
       Context::kWordAndSecond, Context::kFollowers2, Context::kClasses});
  // The first contexts make one input each, which is enough where histories have mostly seen both
  // bits; the others make two.
  static constexpr std::size_t kSingleInputs = 2;
  static constexpr bool kHasBias = false;
  static constexpr auto kCounters =
      std::to_array<Context>({Context::kOrder1, Context::kOrder2, Context::kOrder3});
  static constexpr auto kRuns = std::to_array<Context>(
      {Context::kOrder5, Context::kOrder6, Context::kWord, Context::kTwoWords});
  static constexpr auto kMatches = std::to_array<int>({5, 14});  // their least lengths
  static constexpr auto kMixers =
      std::to_array<Situation>({Situation::kMatch, Situation::kOrdersFound, Situation::kClasses,
                                Situation::kLastByte, Situation::kColumn});
  static constexpr auto kFinalMixers =
      std::to_array<Situation>({Situation::kNode, Situation::kMatch});
};

struct FullShape {
  static constexpr auto kContexts = std::to_array<Context>(
      {Context::kOrder1, Context::kOrder2, Context::kOrder3, Context::kOrder4, Context::kOrder5,
       Context::kOrder6, Context::kOrder8, Context::kWord, Context::kTwoWords,
       Context::kWordAndSecond, Context::kThreeWords, Context::kSparse23, Context::kSparse13,
       Context::kSparse34, Context::kFollowers1, Context::kFollowers2, Context::kAbove,
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
};

}  // namespace zipdream::cm
