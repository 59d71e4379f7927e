// SPDX-License-Identifier: Apache-2.0
// What goes before the next byte: the contexts in which it is predicted, and the place in the text
// where the last bytes came up before.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "models/cm/v1/mixing.h"
#include "models/paged_array.h"
#include "zipdream/bytes.h"

namespace zipdream::cm_v1 {

inline constexpr std::size_t kContexts = 11;
inline constexpr std::size_t kContextOrders = 6;
using ContextHashes = std::array<std::uint64_t, kContexts>;

// The contexts as hashes: the last one to six bytes; the word that the text is in, alone and after
// the word before; and, for tables and machine code, bytes a little further back with the last one
// or two left out.
// Threads: as a standard container.
class Contexts {
 public:
  Contexts() { hash(); }

  void append(Byte byte);

  [[nodiscard]] const ContextHashes& hashes() const { return hashes_; }

  // The byte before the last `back` ones; zero before the first. REQUIRES: back < kContextOrders.
  [[nodiscard]] Byte recent(std::size_t back) const { return last_[back]; }

  // The hash of a context together with the first nibble of the next byte: at most as far from the
  // hash itself that both lie in one page of the table.
  [[nodiscard]] static std::uint64_t with_nibble(std::uint64_t hash, unsigned nibble);

 private:
  void hash();

  std::array<Byte, kContextOrders> last_{};  // the last one first
  std::uint64_t word_ = 0;                   // hash of its letters so far; 0: not in a word
  std::uint64_t word_before_ = 0;
  ContextHashes hashes_{};
};

// Where the last bytes came up before, and so which byte should come next: the newest place after
// the same six bytes, followed as long as it predicts rightly. How far to trust it is learned by
// the length of the match. Remembers the last 16 MiB.
// Threads: as a standard container.
class MatchModel {
 public:
  static constexpr std::size_t kMinLength = 6;
  static constexpr std::size_t kLengthClasses = 8;

  // The prediction of one decision.
  struct Prediction {
    bool bit;
    std::uint8_t cell;          // of its probability
    std::uint8_t length_class;  // 1 to kLengthClasses - 1
  };

  // The prediction of the decision at `node` of the next byte (1, then node of the bits so far);
  // none without a match, or when it has predicted a bit wrongly already.
  [[nodiscard]] std::optional<Prediction> predict(unsigned node, int bits_so_far) const;

  // The probability that the decision is one, in 2^-16.
  [[nodiscard]] std::int32_t p(const Prediction& predicted) const {
    return cells_[predicted.cell].p();
  }

  void learn(const Prediction& predicted, bool bit) {
    cells_[predicted.cell].learn(bit, AdaptiveProbability::kMaxLimit);
  }

  // `hash` is one of the last kMinLength bytes, this one among them.
  void append(Byte byte, std::uint64_t hash);

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

}  // namespace zipdream::cm_v1
