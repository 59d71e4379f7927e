// SPDX-License-Identifier: Apache-2.0
// What a sample is made of: how much of it is copied from the context, repeats itself or varies.
// Pure functions of context and sample, for every way of generating; linear in their lengths but
// for the sorting of the sample's 4-grams. bits per byte under another model: score.h.
#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include "base/sequence.h"
#include "zipdream/bytes.h"

namespace zipdream {

// A run counts as copied or repeated from this length on: few strings of 16 bytes recur by chance.
inline constexpr std::size_t kLongRun = 16;

// Sequences know nothing of each other, so each is held against its own context: the corpus
// followed by all that is given of it. The longest run is that of any sequence, shares are of the
// bytes of all sequences.
struct SampleMetrics {
  std::size_t bytes = 0;
  std::size_t sequences = 0;

  // Bytes of the longest string of the sample that occurs in the context.
  std::size_t longest_copied_run = 0;

  // The share of bytes that lie in strings of kLongRun bytes or more that occur in the context; 0
  // when there are no bytes.
  double copied_share = 0;

  // The share of bytes that lie in strings of kLongRun bytes or more that occurred earlier in the
  // same sequence of the sample, perhaps overlapping: of a loop everything but its first round
  // counts.
  double repeated_share = 0;

  // Distinct strings of four bytes over all such strings of all sequences; nothing when no sequence
  // has four bytes. 1: no two are alike; near 0: the same over and over. Falls with length by
  // nature, so compare samples of one length.
  std::optional<double> distinct_4grams;
};

// REQUIRES: as many continuations as sequences, of less than 2^29 bytes together.
[[nodiscard]] SampleMetrics measure(ByteView corpus, std::span<const Sequence> sequences,
                                    std::span<const Bytes> continuations);

}  // namespace zipdream
