// SPDX-License-Identifier: Apache-2.0
#include "models/common/sample_levels.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "media/audio/audio.h"

namespace zipdream {
namespace {

SampleLevels make_levels(SampleFormat format) {
  SampleLevels levels;
  for (int i = 0; i < 256; ++i) levels.byte[i] = static_cast<Byte>(i);
  const float scale = format == SampleFormat::kMulaw ? 32768 : 128;
  const Audio all = from_pcm(levels.byte, format, 16000);
  std::ranges::sort(levels.byte, [&](Byte a, Byte b) {
    return std::pair(all.samples[a], a) < std::pair(all.samples[b], b);
  });
  for (int i = 0; i < 256; ++i) {
    levels.rank[levels.byte[i]] = static_cast<Byte>(i);
    levels.of_rank[i] = static_cast<int>(all.samples[levels.byte[i]] * scale);
  }
  return levels;
}

}  // namespace

const SampleLevels& levels_of(SampleFormat format) {
  assert(bytes_per_sample(format) == 1);
  static const SampleLevels mulaw = make_levels(SampleFormat::kMulaw);
  static const SampleLevels linear = make_levels(SampleFormat::kU8);
  return format == SampleFormat::kMulaw ? mulaw : linear;
}

}  // namespace zipdream
