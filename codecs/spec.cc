// SPDX-License-Identifier: Apache-2.0
#include "codecs/spec.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <numeric>
#include <system_error>
#include <vector>

#include "base/error.h"

namespace zipdream {
namespace {

// Edits that turn a into b, a swap of two neighbours counting as one (optimal string alignment).
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before;               // distances of a[..i-2] to each b[..j]
  std::vector<std::size_t> above(b.size() + 1);  // of a[..i-1]
  std::vector<std::size_t> row(b.size() + 1);    // of a[..i]
  std::iota(above.begin(), above.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({replaced, above[j] + 1, row[j - 1] + 1});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        row[j] = std::min(row[j], before[j - 2] + 1);
      }
    }
    before = above;
    above = row;
  }
  return above.back();
}

}  // namespace

Spec split_spec(std::string_view text) {
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < ' ' || c == 127; };
  if (std::ranges::any_of(text, is_control)) {
    throw usage_error("a model's name holds a control character; see `zipdream list` for names");
  }
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return {text, {}};
  return {text.substr(0, colon), text.substr(colon + 1)};
}

int parse_level(std::string_view name, std::string_view options, LevelRange range) {
  if (options.empty()) return range.fallback;
  int level = range.fallback;
  const char* const end = options.data() + options.size();
  const auto [rest, status] = std::from_chars(options.data(), end, level);
  const bool is_number = rest == end && status == std::errc();
  if (is_number && level >= range.min && level <= range.max) return level;
  throw usage_error(
      fmt::format("{0}:{1}: the level must be {2} to {3}; try {0}:{4}", name, options, range.min,
                  range.max, is_number ? std::clamp(level, range.min, range.max) : range.fallback));
}

void require_no_options(std::string_view name, std::string_view options) {
  if (options.empty()) return;
  throw usage_error(fmt::format("{0}:{1}: {0} has no options; try {0}", name, options));
}

std::string_view nearest_name(std::string_view word, std::span<const std::string_view> names) {
  std::string_view nearest;
  std::size_t least = word.size() / 2 + 1;  // at least half of the word must stand
  for (const std::string_view name : names) {
    const std::size_t distance =
        !word.empty() && name.starts_with(word) ? 0 : edit_distance(word, name);
    if (distance < least) {
      nearest = name;
      least = distance;
    }
  }
  return nearest;
}

std::string suggestion(std::string_view word, std::span<const std::string_view> names) {
  const std::string_view name = nearest_name(word, names);
  return name.empty() ? "" : fmt::format(" did you mean {}?", name);
}

}  // namespace zipdream
