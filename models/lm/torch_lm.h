// SPDX-License-Identifier: Apache-2.0
// Language models by libtorch (torch_engine.h), for measuring and sampling.
#pragma once

#include <memory>
#include <string>

#include "models/lm/language_model.h"

namespace zipdream {

// The same model, computed by libtorch on that device ("cpu" or "cuda"), in bfloat16 if `bf16`.
// Throws Error, beginning with `where`, when it is built in a way that was not written for it; and
// Error when zipdream_torch.so, libtorch or the device is not there.
[[nodiscard]] std::unique_ptr<const LanguageModel> make_torch_lm(const LanguageModel& model,
                                                                 const std::string& device,
                                                                 bool bf16,
                                                                 const std::string& where);

}  // namespace zipdream
