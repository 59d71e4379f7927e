// SPDX-License-Identifier: Apache-2.0
// What this program's knowledge of a library is checked with, before it is relied on.
#pragma once

#include <cstddef>

#include "zipdream/bytes.h"

namespace zipdream {

// check_text(256, 40) is part of the .zd format (docs/format.md) and stays as it is.
// `noise` bytes without copies, then copies of its own past with noise in between, over an alphabet
// of `letters`: a compressor's choices of every kind come up. REQUIRES: letters != 0.
[[nodiscard]] Bytes check_text(std::size_t size, unsigned letters, std::size_t noise = 8);

}  // namespace zipdream
