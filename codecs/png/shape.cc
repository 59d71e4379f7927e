// SPDX-License-Identifier: Apache-2.0
#include "codecs/png/shape.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <string>

#include "zipdream/error.h"

namespace zipdream {
namespace {

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

PngOptions png_options(const Spec& spec) {
  if (spec.has("channels") && !spec.has("width")) {
    throw Error(Error::Kind::kUsage, spec.text(), "channels need a width",
                "try " + spec.name() + ":9,width=640,channels=3");
  }
  return {.level = static_cast<int>(spec.number("level")),
          .width = spec.number("width"),
          .channels = spec.number("channels")};
}

void adapt_png_spec(Spec& spec, const MediaShape& shape) {
  if (!shape.rows || shape.has_window || spec.has("width")) return;
  spec.set("width", std::to_string(shape.rows->width));
  spec.set("channels", std::to_string(shape.rows->channels));
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
