// SPDX-License-Identifier: Apache-2.0
// Dreaming as a method of continuing strands.
#pragma once

#include <cstddef>
#include <memory>

#include "base/bytes.h"
#include "generator/dream/dreamer.h"
#include "generator/method.h"

namespace zipdream {

// Each strand is dreamt after `corpus` and the last `tail` bytes of its prompt, or all if tail is
// 0.
[[nodiscard]] std::unique_ptr<Method> make_dreaming(std::unique_ptr<const Dreamer> dreamer,
                                                    Bytes corpus, std::size_t tail);

}  // namespace zipdream
