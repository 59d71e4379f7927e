// SPDX-License-Identifier: Apache-2.0
// What commands say of a language model that lies here.
#pragma once

#include <string>

namespace zipdream {

// A JSON object of what is known of the model at a path: "format", "bytes", "architecture",
// "parameters", "weights", "context_length", "vocab_size", "tokenizer", each null where it isn't
// known (the context also where it has no limit); "usable", and "problem", why not, or null.
[[nodiscard]] std::string model_facts(const std::string& path);

}  // namespace zipdream
