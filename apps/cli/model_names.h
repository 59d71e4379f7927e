// SPDX-License-Identifier: Apache-2.0
// How models are written, from the rows of the registry: for `zipdream list`, manual pages and the
// completions of shells.
#pragma once

#include <string>
#include <vector>

#include "zipdream/registry.h"

namespace zipdream {

// What the value of an option may be: "0-9[e]", "u8|s16", "DIR".
[[nodiscard]] std::string values_of(const OptionInfo& option);

// What stands behind the name and a colon: "0-9,width=1-1000000".
[[nodiscard]] std::string options_of(const ModelInfo& info);

// One way to go on with a model that is being typed.
struct Completion {
  std::string text;     // all of the word, what was typed included
  std::string summary;  // one line; "" where the text says all
};

// What may be typed for a model after `typed`: names of the registry, values of their options,
// names of the language models on this machine, folders and files in GGUF; in mixtures too, and
// methods behind an @. What has to go on ends in a sign that says so (: + , = or /). Never throws
// for what makes no sense; there is nothing to go on with then. Names and paths that a spec or a
// shell would have to quote are left out.
[[nodiscard]] std::vector<Completion> complete_model(const std::string& typed);

}  // namespace zipdream
