// SPDX-License-Identifier: Apache-2.0
// What the bytes of samples of 8 bits stand for.
#pragma once

#include <array>

#include "media/media.h"
#include "zipdream/bytes.h"

namespace zipdream {

// The levels that the 256 bytes stand for, in order: of unsigned samples -128 to 127, of mu-law
// those of 16 bits. Bytes of the same level are in their own order.
struct SampleLevels {
  std::array<int, 256> of_rank{};  // ascending
  std::array<Byte, 256> rank{};
  std::array<Byte, 256> byte{};  // of each rank
};

// REQUIRES: the samples are bytes. Valid for the life of the program.
[[nodiscard]] const SampleLevels& levels_of(SampleFormat format);

}  // namespace zipdream
