// SPDX-License-Identifier: Apache-2.0
// The factories of the models that are no codecs, one per name, for the table in registry.cc;
// everybody else calls make_model(). Each throws a usage Error for options that it can't read.
#pragma once

#include <memory>
#include <string_view>

#include "generator/byte_law.h"
#include "generator/byte_predictor.h"
#include "generator/predictor.h"

namespace zipdream {

[[nodiscard]] std::unique_ptr<ByteLaw> make_ppm(std::string_view options);
[[nodiscard]] std::unique_ptr<ByteLaw> make_cm(std::string_view options);

// Also throws Error when what the path leads to is no model (lm/load.h).
[[nodiscard]] std::unique_ptr<Predictor> make_lm(std::string_view options,
                                                 BytePredictorOptions bytes);

}  // namespace zipdream
