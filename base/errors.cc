// SPDX-License-Identifier: Apache-2.0
#include "base/errors.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <vector>

#include "zipdream/error.h"

namespace zipdream {
namespace {

std::string one_line(const std::string& subject, const std::string& message,
                     const std::string& remedy) {
  std::string line = subject.empty() ? message : subject + ": " + message;
  if (!remedy.empty()) line += "; " + remedy;
  return line;
}

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

Error::Error(Kind kind, const std::string& subject, const std::string& message,
             const std::string& remedy)
    : std::runtime_error(one_line(subject, message, remedy)),
      kind_(kind),
      subject_(subject),
      message_(message),
      remedy_(remedy) {}

Error Error::of_option(const std::string& option, const std::string& value,
                       const std::string& message, const std::string& remedy) {
  Error error(Kind::kUsage, value.empty() ? option : option + " " + value, message, remedy);
  error.option_ = option;
  return error;
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
  return name.empty() ? "" : fmt::format("did you mean {}? ", name);
}

}  // namespace zipdream
