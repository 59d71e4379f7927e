// SPDX-License-Identifier: Apache-2.0
#include "tests/media/audio/tones.h"

#include <cmath>
#include <cstdint>
#include <numbers>

namespace zipdream {

Audio tone(double frequency, int rate, std::size_t length) {
  Audio sound{rate, {}};
  for (std::size_t i = 0; i < length; ++i) {
    const double phase = 2 * std::numbers::pi * frequency * static_cast<double>(i) / rate;
    sound.samples.push_back(static_cast<float>(0.5 * std::sin(phase)));
  }
  return sound;
}

Bytes varied_bytes(std::size_t length) {
  Bytes bytes;
  std::uint32_t noise = 1;
  for (std::size_t i = 0; i < length; ++i) {
    noise = noise * 1664525U + 1013904223U;
    bytes.push_back(static_cast<Byte>(i / 3 + (noise >> 28)));
  }
  return bytes;
}

}  // namespace zipdream
