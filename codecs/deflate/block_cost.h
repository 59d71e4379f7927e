// SPDX-License-Identifier: Apache-2.0
// The bits of a block's dynamic codes.
#pragma once

#include <cstdint>

#include "codecs/deflate/block.h"

namespace zipdream::deflate {

// The bits of a block's symbols in dynamic codes made for it, and of the header that lists those;
// without the symbols' extra bits. Remembers what it was asked lately, on each thread for itself.
[[nodiscard]] std::uint32_t dynamic_bits(const Block& block);

}  // namespace zipdream::deflate
