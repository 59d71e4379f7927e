// SPDX-License-Identifier: Apache-2.0
// A sequence is a run of bytes that is given and how many more are wanted after it: the one thing
// that media and generator say to each other. A text is one sequence, an image in the paper's mode
// one per row. Of an image whose rows see each other the left parts of the other rows are given as
// well, each after the right part of the row before.
#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <vector>

#include "zipdream/bytes.h"

namespace zipdream {

struct Sequence {
  Bytes prompt;
  std::size_t count = 0;  // bytes to generate

  // After each `run` of them the next of these is given. REQUIRES: run > 0 unless there are none,
  // and no more of them than whole runs before the last byte.
  std::vector<Bytes> between;
  std::size_t run = 0;
};

// Called with the runs of a continuation, and with what is given after each, in turn.
using OnBytes = std::function<void(ByteView)>;

// The pieces that a continuation is cut into by what is given between them. REQUIRES: at most
// sequence.count bytes.
inline void visit_runs(const Sequence& sequence, ByteView continuation, const OnBytes& on_run,
                       const OnBytes& on_given) {
  for (const Bytes& given : sequence.between) {
    if (continuation.size() <= sequence.run) break;
    on_run(continuation.first(sequence.run));
    on_given(given);
    continuation = continuation.subspan(sequence.run);
  }
  on_run(continuation);
}

// How many bytes may follow `size` generated ones before something else is given, or the end.
[[nodiscard]] inline std::size_t left_of_run(const Sequence& sequence, std::size_t size) {
  const std::size_t left = sequence.count - size;
  const bool ends = sequence.run == 0 || size / sequence.run >= sequence.between.size();
  return ends ? left : std::min(left, sequence.run - size % sequence.run);
}

// All that is given: the prompt, and what is between.
[[nodiscard]] inline Bytes all_given(const Sequence& sequence) {
  Bytes all = sequence.prompt;
  for (const Bytes& given : sequence.between) all.insert(all.end(), given.begin(), given.end());
  return all;
}

}  // namespace zipdream
