// SPDX-License-Identifier: Apache-2.0
#include "generator/generate.h"

#include "base/process.h"
#include "base/parallel.h"
#include "zipdream/random.h"

namespace zipdream {

std::vector<Bytes> generate(const Method& method, std::span<const Sequence> sequences,
                            std::uint64_t seed, const OnGenerated& on_generated,
                            const Endings& endings) {
  std::vector<Bytes> continuations(sequences.size());
  try {
    parallel_for(sequences.size(), 1, [&](std::size_t begin, std::size_t end) {
      for (std::size_t i = begin; i < end; ++i) {
        Continuation continuation(
            sequences[i].count, endings, [&](ByteView bytes) { on_generated(i, bytes); },
            continuations[i]);
        try {
          method.continue_sequence(sequences[i], Rng(seed, i), continuation);
        } catch (const Interrupted&) {
          continuation.finish();
          throw;
        }
        continuation.finish();
      }
    });
  } catch (const Interrupted&) {
    // Kept: what every sequence had.
  }
  return continuations;
}

}  // namespace zipdream
