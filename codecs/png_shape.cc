// SPDX-License-Identifier: Apache-2.0
#include "codecs/png_shape.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <system_error>

#include "base/error.h"
#include "codecs/spec.h"

namespace zipdream {
namespace {

Error bad_options(std::string_view codec, std::string_view options, std::string_view reason) {
  return usage_error(
      fmt::format("{0}:{1}: {2}; try {0}:9,width=640,channels=3", codec, options, reason));
}

// Takes the first word off a list.
std::string_view take_word(std::string_view& list) {
  const std::size_t comma = std::min(list.find(','), list.size());
  const std::string_view word = list.substr(0, comma);
  list.remove_prefix(std::min(comma + 1, list.size()));
  return word;
}

std::size_t parse_count(std::string_view number) {
  std::size_t count = 0;
  const char* const end = number.data() + number.size();
  const auto [rest, status] = std::from_chars(number.data(), end, count);
  return rest == end && status == std::errc() ? count : 0;
}

std::size_t square_root(std::size_t n) {
  auto root = static_cast<std::size_t>(std::sqrt(static_cast<double>(n)));
  while (root * root > n) --root;
  while ((root + 1) * (root + 1) <= n) ++root;
  return root;
}

// The two closest factors of n, or the sides of a nearly square image of more than n pixels.
PngShape fold(std::size_t n) {
  const std::size_t root = square_root(n);
  for (std::size_t height = root; height > 0 && n / height <= kMaxPngSide; --height) {
    if (n % height == 0) return {n / height, height};
  }
  if (n == 0) return {};
  return {(n + root - 1) / root, root};
}

}  // namespace

PngOptions parse_png_options(std::string_view options, std::string_view codec, int level) {
  const LevelRange levels{.min = 0, .max = 9, .fallback = level};
  PngOptions result;
  result.level = level;
  std::string_view rest = options;
  if (options.find('=') == std::string_view::npos) {
    result.level = parse_level(codec, options, levels);
    return result;
  }
  if (options.find('=') > options.find(',')) {
    result.level = parse_level(codec, take_word(rest), levels);
  }
  bool channels_given = false;
  while (!rest.empty()) {
    const std::string_view word = take_word(rest);
    const std::string_view key = word.substr(0, word.find('='));
    const std::size_t count = parse_count(word.substr(std::min(key.size() + 1, word.size())));
    if (key == "width") {
      if (count == 0 || count > kMaxPngSide)
        throw bad_options(codec, options, "a width is 1 to 1000000");
      result.width = count;
    } else if (key == "channels") {
      if (count != 1 && count != 3)
        throw bad_options(codec, options, "channels are 1 (gray) or 3 (RGB)");
      result.channels = count;
      channels_given = true;
    } else {
      throw bad_options(codec, options, fmt::format("'{}' is not width=W or channels=C", word));
    }
  }
  if (channels_given && result.width == 0)
    throw bad_options(codec, options, "channels need a width");
  return result;
}

std::string png_spec(const PngOptions& options, std::string_view codec) {
  std::string spec = fmt::format("{}:{}", codec, options.level);
  if (options.width == 0) return spec;
  return fmt::format("{},width={},channels={}", spec, options.width, options.channels);
}

PngShape png_shape(const PngOptions& options, std::size_t size) {
  if (options.width == 0) return fold(size);
  const std::size_t row = options.width * options.channels;
  return {options.width, std::max<std::size_t>(1, (size + row - 1) / row), options.channels};
}

PngOptions png_continued(const PngOptions& options, std::size_t size) {
  PngOptions result = options;
  if (options.width == 0) {
    result.width = fold(size - size % std::bit_floor(std::max<std::size_t>(1, size / 16))).width;
  }
  return result;
}

}  // namespace zipdream
