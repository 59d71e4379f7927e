// SPDX-License-Identifier: Apache-2.0
// The session of gzip, zlib and deflate that knows what zlib would write without writing it.
#pragma once

#include <cstddef>
#include <memory>

#include "codecs/codec.h"

namespace zipdream {

// `wrapper_bytes`: the size of header and trailer. REQUIRES: 1 <= level <= 9.
[[nodiscard]] std::unique_ptr<Session> start_exact_session(int level, std::size_t wrapper_bytes,
                                                           Units units);

}  // namespace zipdream
