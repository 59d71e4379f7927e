// SPDX-License-Identifier: Apache-2.0
// The lines of a help, within 80 columns.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace zipdream {

// With the lines joined that a backslash cuts in the source.
[[nodiscard]] std::string joined_lines(std::string_view text);

// Each line in as many as it takes, cut at spaces; what is said of an option stays in its column.
[[nodiscard]] std::string wrapped_help(std::string_view text);

// Each line an example: in as many lines as it takes, each but the last one ended by a backslash,
// so that it can still be typed.
[[nodiscard]] std::string wrapped_examples(std::string_view lines);

// Where what is said of an option begins.
inline constexpr std::size_t kHelpIndent = 34;

}  // namespace zipdream
