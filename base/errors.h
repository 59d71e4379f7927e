// SPDX-License-Identifier: Apache-2.0
// What helps to word an Error (zipdream/error.h): the name that somebody meant who mistyped it.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace zipdream {

// The name that `word` most likely means, "" if none is near: one that begins with it, or one that
// a few insertions, deletions, replacements and swaps of neighbours turn it into.
[[nodiscard]] std::string_view nearest_name(std::string_view word,
                                            std::span<const std::string_view> names);

// "did you mean gzip? " where nearest_name() finds one, else "": how a remedy begins.
[[nodiscard]] std::string suggestion(std::string_view word,
                                     std::span<const std::string_view> names);

}  // namespace zipdream
