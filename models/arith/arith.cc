// SPDX-License-Identifier: Apache-2.0
#include "models/arith/arith.h"

#include <utility>

#include "codecs/common/predictors.h"
#include "generator/arithmetic_codec.h"
#include "zipdream/registry.h"

namespace zipdream {
namespace {

std::unique_ptr<Codec> make(const Spec& spec, const OnCoded& on_coded) {
  check_can_code(spec);
  std::unique_ptr<Predictor> model = make_predictor(spec.inner()[0]);
  const auto make_coder = is_bytewise(*model) ? make_arithmetic_codec : make_token_codec;
  return make_coder(spec.text(), std::move(model), on_coded);
}

std::unique_ptr<DecoderSampler> make_sampler(const Spec& spec) {
  return make_arithmetic_sampler(make_predictor(spec.inner()[0]));
}

}  // namespace

constinit const ModelInfo kArith{.name = "arith",
                                 .summary = "arithmetic coding by any model: a codec",
                                 .inner = ModelInfo::Inner::kAfterName,
                                 .example = "arith:gzip:9",
                                 .make_codec = make,
                                 .make_decoder_sampler = make_sampler};

}  // namespace zipdream
