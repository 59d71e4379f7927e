// SPDX-License-Identifier: Apache-2.0
// Spec strings, "name" or "name:options", by which codecs and predictors are named on the command
// line. The functions throw usage Errors that say what would be right.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace zipdream {

// Both views point into the text that was split. The options are what follows the first colon, ""
// if nothing does; they may hold colons themselves ("arith:ppm:6" has the options "ppm:6").
struct Spec {
  std::string_view name;
  std::string_view options;
};
[[nodiscard]] Spec split_spec(std::string_view text);

struct LevelRange {
  int min;
  int max;
  int fallback;  // what no options mean
};

// The level that `options` spells in decimal; the fallback if they are empty.
// Throws "gzip:12: the level must be 1 to 9; try gzip:9".
[[nodiscard]] int parse_level(std::string_view name, std::string_view options, LevelRange range);

// Throws "stored:3: stored has no options; try stored" unless `options` is empty.
void require_no_options(std::string_view name, std::string_view options);

// The name that `word` most likely means, "" if none is near: one that begins with it, or one that
// a few insertions, deletions, replacements and swaps of neighbours turn it into.
[[nodiscard]] std::string_view nearest_name(std::string_view word,
                                            std::span<const std::string_view> names);

// " did you mean gzip?" where nearest_name() finds one, else "": the middle of an error message.
[[nodiscard]] std::string suggestion(std::string_view word,
                                     std::span<const std::string_view> names);

}  // namespace zipdream
