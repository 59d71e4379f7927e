// SPDX-License-Identifier: Apache-2.0
// What all programs that measure have in common.
#pragma once

#include <functional>

namespace zipdream {

// Of all threads of this process, since it began. Time on the clock would depend on what else the
// machine does.
[[nodiscard]] double processor_seconds();

// What main() returns: what `run` does, or after an Error, which is printed, 2 for usage and
// else 1.
[[nodiscard]] int run_program(const std::function<int()>& run);

}  // namespace zipdream
