// SPDX-License-Identifier: Apache-2.0
// What kind of place a standard stream leads to.
#pragma once

namespace zipdream {

[[nodiscard]] bool stdin_is_terminal();
[[nodiscard]] bool stdout_is_terminal();
[[nodiscard]] bool stderr_is_terminal();

// Whether to colour what goes to standard output: a terminal, and NO_COLOR (no-color.org) is unset
// or empty.
[[nodiscard]] bool stdout_wants_color();

}  // namespace zipdream
