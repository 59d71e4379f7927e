// SPDX-License-Identifier: Apache-2.0
#include "generator/registry.h"

#include <utility>

#include "codecs/registry.h"

namespace zipdream {

std::unique_ptr<Predictor> make_predictor(std::string_view spec, CodecPredictorOptions options) {
  return make_codec_predictor(make_codec(spec), std::move(options));
}

}  // namespace zipdream
