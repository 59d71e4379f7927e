// SPDX-License-Identifier: Apache-2.0
// Sequences in parallel, whatever the method.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "base/sequence.h"
#include "generator/method.h"
#include "zipdream/bytes.h"

namespace zipdream {

// Called with the bytes that are new; sequences that run in parallel call it from several threads.
using OnGenerated = std::function<void(std::size_t sequence, ByteView bytes)>;

// Continues every sequence. Sequence i draws its coins from Rng(seed, i), so the result depends on
// the seed alone, not on the threads. Returns one continuation per sequence, exactly `count` bytes
// each, or fewer where one of the endings came up or the user asked to stop (base/process.h).
// Throws Error as the method does.
[[nodiscard]] std::vector<Bytes> generate(const Method& method, std::span<const Sequence> sequences,
                                          std::uint64_t seed, const OnGenerated& on_generated,
                                          const Endings& endings = {});

}  // namespace zipdream
