// SPDX-License-Identifier: Apache-2.0
#include "generator/sampling.h"

#include <utility>
#include <vector>

#include "base/interrupt.h"

namespace zipdream {
namespace {

class Sampling final : public Method {
 public:
  Sampling(std::unique_ptr<const Predictor> start, const SamplerOptions& sampler)
      : start_(std::move(start)), sampler_(sampler) {}

  void continue_strand(const Strand& strand, Rng rng, Continuation& out) const override {
    const std::unique_ptr<Predictor> predictor = start_->clone();
    predictor->observe(strand.prompt);
    std::vector<double> log2_probs(predictor->alphabet_size());
    while (!out.done()) {
      check_interrupt();
      predictor->log2_probs(log2_probs);
      const Symbol symbol = sample(log2_probs, sampler_, rng.uniform());
      predictor->update(symbol);
      out.append(predictor->symbol_bytes(symbol));
    }
  }

 private:
  std::unique_ptr<const Predictor> start_;
  SamplerOptions sampler_;
};

}  // namespace

std::unique_ptr<Method> make_sampling(std::unique_ptr<const Predictor> start,
                                      const SamplerOptions& sampler) {
  return std::make_unique<Sampling>(std::move(start), sampler);
}

}  // namespace zipdream
