// SPDX-License-Identifier: Apache-2.0
// What models/registry.cc makes of "residual:KIND:MODEL": a predictor, a codec, a dreamer of bytes
// around those of residuals (forecast.h). All throw as make_forecast() does.
#pragma once

#include <functional>
#include <memory>
#include <string_view>

#include "codecs/codec.h"
#include "generator/dream/dreamer.h"
#include "generator/predictor.h"
#include "generator/registry.h"
#include "models/residual/residual_spec.h"

namespace zipdream {

// make_model(), without an arrow back to the registry.
using MakePredictor =
    std::function<std::unique_ptr<Predictor>(std::string_view spec, PredictorOptions options)>;

// Throws a usage Error when the model within has other symbols than the 256 bytes.
[[nodiscard]] std::unique_ptr<Predictor> make_residual_predictor(const ResidualSpec& spec,
                                                                 PredictorOptions options,
                                                                 const MakePredictor& make);

[[nodiscard]] std::unique_ptr<Codec> make_residual_codec(const ResidualSpec& spec,
                                                         std::unique_ptr<Codec> within);

[[nodiscard]] std::unique_ptr<Dreamer> make_residual_dreamer(const ResidualSpec& spec,
                                                             std::unique_ptr<Dreamer> within);

}  // namespace zipdream
