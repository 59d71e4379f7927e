// SPDX-License-Identifier: Apache-2.0
// bzip2: what the folder offers to the registry.
#pragma once

#include <memory>

#include "codecs/common/snapshot_session.h"
#include "zipdream/registry.h"

namespace zipdream {

extern const ModelInfo kBzip2;

[[nodiscard]] std::unique_ptr<Codec> make_bzip2(int level);
[[nodiscard]] std::unique_ptr<Predictor> make_bzip2_predictor(const Spec& spec,
                                                              const PredictorOptions& options);
[[nodiscard]] std::shared_ptr<const EncoderFactory> bzip2_encoders(int level, Units units);

}  // namespace zipdream
