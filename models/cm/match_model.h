// SPDX-License-Identifier: Apache-2.0
// Where the last bytes came up before, and so which byte should come next: the newest place after
// the same six bytes, followed as long as it predicts rightly. How far to trust it is learnt by
// the length of the match.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "models/cm/adaptive_probability.h"
#include "models/paged_array.h"
#include "zipdream/bytes.h"

namespace zipdream {

// Remembers the last 16 MiB.
// Threads: as a standard container.
class MatchModel {
 public:
  static constexpr std::size_t kLengthClasses = 8;

  // What the match says of a decision.
  struct Prediction {
    bool bit;
    std::uint8_t cell;          // of its probability
    std::uint8_t length_class;  // 1 to kLengthClasses - 1
  };

  // What it says of the decision at `node` of the next byte (1, then node of the bits so far); none
  // without a match, or when it has predicted a bit wrongly already.
  [[nodiscard]] std::optional<Prediction> predict(unsigned node, int bits_so_far) const;

  // That the decision is one, in 2^-16.
  [[nodiscard]] std::int32_t p(const Prediction& predicted) const {
    return cells_[predicted.cell].p();
  }

  void learn(const Prediction& predicted, bool bit) {
    cells_[predicted.cell].learn(bit, AdaptiveProbability::kMostLessons);
  }

  // `hash` is one of the last kLeastLength bytes, this one among them.
  void append(Byte byte, std::uint64_t hash);

  static constexpr std::size_t kLeastLength = 6;

 private:
  static constexpr std::size_t kTextSize = std::size_t{1} << 24;
  static constexpr std::size_t kMask = kTextSize - 1;
  static constexpr std::size_t kPlaces = std::size_t{1} << 20;

  void find_match(std::size_t place);

  PagedArray<Byte> text_{kTextSize};             // a ring
  PagedArray<std::uint32_t> places_{kPlaces};    // in it, by hash of the bytes before
  std::size_t end_ = 0;                          // of the text, in the ring
  std::size_t match_ = 0;                        // the place of the byte predicted, in the ring
  std::size_t length_ = 0;                       // of the match before it; 0: none
  std::array<AdaptiveProbability, 64> cells_{};  // by length and the bit predicted
};

}  // namespace zipdream
