// SPDX-License-Identifier: Apache-2.0
// Sounds for the tests.
#pragma once

#include <cstddef>

#include "codecs/common/alphabet.h"
#include "media/audio/audio.h"
#include "zipdream/bytes.h"

namespace zipdream {

// A sine of amplitude 0.5.
[[nodiscard]] Audio tone(double frequency, int rate, std::size_t length);

// Something between tone and noise that FLAC compresses a little; every byte value occurs in 1000
// bytes.
[[nodiscard]] Bytes varied_bytes(std::size_t length);

}  // namespace zipdream
