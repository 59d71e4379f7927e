// SPDX-License-Identifier: Apache-2.0
// Processor time per length, and memory, of a session on one thread. Each measurement has a box, a
// time at which it stops asking; what takes longer is asked for a few lengths only.
#pragma once

#include <cstddef>
#include <functional>
#include <span>

#include "apps/bench/ways.h"

namespace zipdream {

struct Box {
  double seconds = 0.2;         // of processor time
  bool whole_searches = false;  // don't stop in the midst of a beam search
};

// Seconds per length when a session is asked for its 256 next bytes, over and over, with one byte
// of `rest` appended in between. Where 256 don't fit into the box: for three, until it is full.
// Takes what it appends off `rest`, as long as there is any.
[[nodiscard]] double next_bytes_cost(Session& session, ByteView& rest, const Box& box);

// Seconds per length of a beam search (ways.h), cut off when the box is full. Where the beams of
// four questions don't fit into the box: what one beam would take for all its symbols, from three.
[[nodiscard]] double beams_cost(Session& session, ByteView& rest, std::span<const ByteView> symbols,
                                const Box& box);

// How much memory `work` adds to this process at its peak, in bytes. It runs in a copy of the
// process, to be called before there is freed memory that it could use.
[[nodiscard]] std::size_t peak_memory(const std::function<void()>& work);

}  // namespace zipdream
