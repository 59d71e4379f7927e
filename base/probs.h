// SPDX-License-Identifier: Apache-2.0
// Where the probabilities of a model come from, as its row and the options say: chosen_probs(),
// probs_name() and measures_streams() of zipdream/registry.h.
#pragma once

#include <string>

#include "zipdream/registry.h"

namespace zipdream {

// "gzip, zlib, xz": the codecs that have it, for messages.
[[nodiscard]] std::string names_of_codecs(bool (*has)(const ModelInfo& info));

}  // namespace zipdream
