// SPDX-License-Identifier: Apache-2.0
#include "generator/decoder_sampling.h"

#include <algorithm>
#include <utility>

namespace zipdream {
namespace {

class DecoderSampling final : public Method {
 public:
  DecoderSampling(std::unique_ptr<const DecoderSampler> decoder_sampler, Bytes corpus,
                  std::size_t tail)
      : sampler_(std::move(decoder_sampler)), corpus_(std::move(corpus)), tail_(tail) {}

  void continue_sequence(const Sequence& sequence, Rng rng, Continuation& out) const override {
    ByteView prompt = sequence.prompt;
    if (tail_ > 0) prompt = prompt.last(std::min(tail_, prompt.size()));
    Bytes context = corpus_;
    context.insert(context.end(), prompt.begin(), prompt.end());
    out.append(sampler_->sample(context, sequence.count, rng));
  }

 private:
  std::unique_ptr<const DecoderSampler> sampler_;
  Bytes corpus_;
  std::size_t tail_;
};

}  // namespace

std::unique_ptr<Method> make_decoder_sampling(std::unique_ptr<const DecoderSampler> decoder_sampler,
                                              Bytes corpus, std::size_t tail) {
  return std::make_unique<DecoderSampling>(std::move(decoder_sampler), std::move(corpus), tail);
}

}  // namespace zipdream
