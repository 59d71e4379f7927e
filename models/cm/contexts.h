// SPDX-License-Identifier: Apache-2.0
// The contexts in which a text's bytes are predicted, as hashes: its last one to six bytes; the
// word it is in, alone and after the word before; and, for tables and machine code, bytes a little
// further back with the last one or two left out.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "zipdream/bytes.h"

namespace zipdream {

inline constexpr std::size_t kContexts = 11;
inline constexpr std::size_t kContextOrders = 6;
using ContextHashes = std::array<std::uint64_t, kContexts>;

// Threads: as a standard container.
class Contexts {
 public:
  Contexts() { hash(); }

  void append(Byte byte);

  [[nodiscard]] const ContextHashes& hashes() const { return hashes_; }

  // The byte before the last `back` ones; zero before the first. REQUIRES: back < kContextOrders.
  [[nodiscard]] Byte recent(std::size_t back) const { return last_[back]; }

  // The hash of a context together with the first half of the next byte: at most as far from the
  // hash itself that both lie in one page of the table.
  [[nodiscard]] static std::uint64_t with_half(std::uint64_t hash, unsigned half);

 private:
  void hash();

  std::array<Byte, kContextOrders> last_{};  // the last one first
  std::uint64_t word_ = 0;                   // hash of its letters so far; 0: not in a word
  std::uint64_t word_before_ = 0;
  ContextHashes hashes_{};
};

}  // namespace zipdream
