// SPDX-License-Identifier: Apache-2.0
#include "experiments/page_pictures.h"

#include <cassert>
#include <cmath>
#include <cstddef>
#include <cstdlib>

#include "experiments/heat_levels.h"

namespace zipdream {
namespace {

// Of the generated part, without pixels.
Image empty_part(const ImageParts& parts, int channels) {
  return {parts.generated.width, parts.generated.height, channels, {}};
}

}  // namespace

Image prompt_part(const ImageParts& parts) {
  const Image& whole = parts.image;
  const auto channels = static_cast<std::size_t>(whole.channels);
  Image part = {parts.given.width, parts.given.height, whole.channels, {}};
  for (int y = 0; y < part.height; ++y) {
    const std::size_t row = static_cast<std::size_t>(parts.given.y + y) * whole.row_bytes();
    const std::size_t begin = row + static_cast<std::size_t>(parts.given.x) * channels;
    const ByteView pixels = ByteView(whole.pixels).subspan(begin, part.row_bytes());
    part.pixels.insert(part.pixels.end(), pixels.begin(), pixels.end());
  }
  return part;
}

Image generated_part(const ImageParts& parts, std::span<const Bytes> continuations) {
  Image part = empty_part(parts, parts.image.channels);
  part.pixels = joined(continuations);
  assert(part.pixels.size() == part.size_bytes());
  return part;
}

Image difference(const ImageParts& parts, std::span<const Bytes> continuations,
                 std::span<const Bytes> reference) {
  const Bytes ours = joined(continuations);
  const Bytes theirs = joined(reference);
  const auto channels = static_cast<std::size_t>(parts.image.channels);
  assert(ours.size() == theirs.size() && ours.size() % channels == 0);
  Image gray = empty_part(parts, 1);
  for (std::size_t i = 0; i < ours.size(); i += channels) {
    double sum = 0;
    for (std::size_t c = i; c < i + channels; ++c) sum += std::abs(ours[c] - theirs[c]);
    const double share = sum / static_cast<double>(channels) / 255;
    gray.pixels.push_back(static_cast<Byte>(std::lround(255 * std::sqrt(share))));
  }
  return gray;
}

Image surprisal_map(const ImageParts& parts, const SurprisalTrace& trace) {
  const auto channels = static_cast<std::size_t>(parts.image.channels);
  assert(trace.bits.size() % channels == 0);
  Image map = empty_part(parts, 3);
  for (std::size_t i = 0; i < trace.bits.size(); i += channels) {
    double sum = 0;
    for (std::size_t c = i; c < i + channels; ++c) sum += trace.bits[c];
    const HeatColor color = kHeatColors[heat_level(sum / static_cast<double>(channels))];
    map.pixels.insert(map.pixels.end(), {color.red, color.green, color.blue});
  }
  return map;
}

}  // namespace zipdream
