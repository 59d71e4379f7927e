// SPDX-License-Identifier: Apache-2.0
// Predictors by spec string. Every codec is one by the length law (codec_predictor.h).
#pragma once

#include <memory>
#include <string_view>

#include "generator/codec_predictor.h"
#include "generator/predictor.h"

namespace zipdream {

// Throws a usage Error when the spec names nothing (codecs/registry.h).
[[nodiscard]] std::unique_ptr<Predictor> make_predictor(std::string_view spec,
                                                        CodecPredictorOptions options);

}  // namespace zipdream
