// SPDX-License-Identifier: Apache-2.0
#include "generator/generate.h"

#include "base/interrupt.h"
#include "base/parallel.h"
#include "base/rng.h"

namespace zipdream {

std::vector<Bytes> generate(const Method& method, std::span<const Strand> strands,
                            std::uint64_t seed, const OnGenerated& on_generated,
                            const Endings& endings) {
  std::vector<Bytes> continuations(strands.size());
  try {
    parallel_for(strands.size(), 1, [&](std::size_t begin, std::size_t end) {
      for (std::size_t i = begin; i < end; ++i) {
        Continuation continuation(
            strands[i].count, endings, [&](ByteView bytes) { on_generated(i, bytes); },
            continuations[i]);
        try {
          method.continue_strand(strands[i], Rng(seed, i), continuation);
        } catch (const Interrupted&) {
          continuation.finish();
          throw;
        }
        continuation.finish();
      }
    });
  } catch (const Interrupted&) {
    // Kept: what every strand had.
  }
  return continuations;
}

}  // namespace zipdream
