// SPDX-License-Identifier: Apache-2.0
// How the options of a spec (zipdream/spec.h) are written, and what is said of those that are
// wrong. spec.cc also defines chosen_probs(), probs_name() and measures_streams() of
// zipdream/registry.h.
#pragma once

#include <string>
#include <string_view>

#include "zipdream/error.h"
#include "zipdream/registry.h"

namespace zipdream {

// What a value has to stand in quotes for, beside control characters; `in_list`: within a list of
// models, where more has a meaning.
[[nodiscard]] bool is_special_in_specs(char c, bool in_list);
[[nodiscard]] bool is_control(char c);

// How a spec is written.
struct Spelling {
  bool ascii = false;    // spaces and all beyond ASCII as \xHH, in quotes
  bool in_list = false;  // as a member of a list of models
};

// A value as it is written, in quotes where it needs them.
[[nodiscard]] std::string quoted_value(std::string_view value, Spelling spelling = {});

// For messages: whatever was written, on one line, and no more of it than can be read.
[[nodiscard]] std::string shown(std::string_view text);

// "level", or what people call it.
[[nodiscard]] std::string_view name_of(const OptionInfo& option);

// `text` is what a message shows of the model at fault.
[[nodiscard]] Error bad_option(std::string_view text, std::string_view message,
                               std::string_view remedy);

// The model's text ends where something has to follow.
[[nodiscard]] Error missing_in_spec(const ModelInfo& info, std::string_view what,
                                    std::string_view text);

// The value as it is kept. Throws bad_option() when the option can't have it.
[[nodiscard]] std::string checked_value(const ModelInfo& info, const OptionInfo& option,
                                        std::string_view value, std::string_view text);

// "gzip, zlib, xz": the codecs that have it, for messages.
[[nodiscard]] std::string names_of_codecs(bool (*has)(const ModelInfo& info));

}  // namespace zipdream
