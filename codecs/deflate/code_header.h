// SPDX-License-Identifier: Apache-2.0
// What the header of a block of dynamic codes costs: it lists the code lengths of both alphabets,
// run-length coded, in a third Huffman code (RFC 1951, section 3.2.7). zlib lets a run begin anew
// with each alphabet.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "codecs/deflate/huffman.h"

namespace zipdream::deflate {

inline constexpr int kLengthCodes = 19;  // lengths 0 to 15, and three kinds of runs

// How often each symbol of the third code occurs.
using LengthCounts = std::array<std::uint16_t, kLengthCodes>;

// Counts the lengths of one alphabet. REQUIRES: symbols ascend; lengths are not 0.
void count_lengths(std::span<const Leaf> leaves, std::span<const std::uint8_t> lengths,
                   LengthCounts& counts);

// The header's bits.
[[nodiscard]] std::uint32_t header_bits(const LengthCounts& counts);

// zlib makes every code have two symbols or more and adds the least ones that are free. They cost
// nothing, as nobody uses them, but their lengths are listed. Returns how many it added to the
// `count` leaves that are there. REQUIRES: room for two leaves.
int add_missing_leaves(Leaf* leaves, int count);

}  // namespace zipdream::deflate
