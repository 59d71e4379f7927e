// SPDX-License-Identifier: Apache-2.0
#include "generator/generate.h"

#include <algorithm>
#include <exception>

#include "base/interrupt.h"
#include "base/parallel.h"
#include "base/rng.h"

namespace zipdream {
namespace {

// Appends to `generated` symbol by symbol, so that an interruption leaves what there is.
void continue_strand(Predictor& predictor, const Strand& strand, const SamplerOptions& sampler,
                     Rng rng, const std::function<void(ByteView)>& on_generated, Bytes& generated) {
  predictor.observe(strand.prompt);
  std::vector<double> log2_probs(predictor.alphabet_size());
  while (generated.size() < strand.count) {
    check_interrupt();
    predictor.log2_probs(log2_probs);
    const Symbol symbol = sample(log2_probs, sampler, rng.uniform());
    predictor.update(symbol);
    ByteView bytes = predictor.symbol_bytes(symbol);
    bytes = bytes.first(std::min(bytes.size(), strand.count - generated.size()));
    generated.insert(generated.end(), bytes.begin(), bytes.end());
    on_generated(bytes);
  }
}

}  // namespace

std::vector<Bytes> generate(const Predictor& start, std::span<const Strand> strands,
                            const SamplerOptions& sampler, std::uint64_t seed,
                            const OnGenerated& on_generated) {
  std::vector<Bytes> continuations(strands.size());
  try {
    parallel_for(strands.size(), 1, [&](std::size_t begin, std::size_t end) {
      for (std::size_t i = begin; i < end; ++i) {
        const std::unique_ptr<Predictor> predictor = start.clone();
        continue_strand(
            *predictor, strands[i], sampler, Rng(seed, i),
            [&](ByteView bytes) { on_generated(i, bytes); }, continuations[i]);
      }
    });
  } catch (const Interrupted&) {
    // Kept: what every strand had.
  }
  return continuations;
}

}  // namespace zipdream
