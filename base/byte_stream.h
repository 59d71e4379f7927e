// SPDX-License-Identifier: Apache-2.0
// Bytes that come and go piece by piece: a file, a pipe, a stream of the standard library, memory.
#pragma once

#include <cstddef>
#include <functional>
#include <span>

#include "base/bytes.h"

namespace zipdream {

// Fills `room` with what comes next and returns how much that was: less than there is room for only
// at the end. Throws Error when reading fails.
using ByteSource = std::function<std::size_t(std::span<Byte> room)>;

// Takes all of the bytes. Throws Error when it can't.
using ByteSink = std::function<void(ByteView bytes)>;

}  // namespace zipdream
