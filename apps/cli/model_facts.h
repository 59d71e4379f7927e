// SPDX-License-Identifier: Apache-2.0
// What commands say of a language model that lies here.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace zipdream {

// Adds what is known of the model at a path: "format", "bytes", "architecture", "parameters",
// "weights", "context_length", "vocab_size", "tokenizer", each null where it isn't known; "usable",
// and "problem", why not, or null.
void add_model_facts(const std::string& path, nlohmann::ordered_json& facts);

}  // namespace zipdream
