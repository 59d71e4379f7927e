// SPDX-License-Identifier: Apache-2.0
// What goes to standard output and standard error, in one place.
#pragma once

#include <string_view>

#include "zipdream/bytes.h"

namespace zipdream {

// Writes all of it or throws Error (a full disk, say).
void print(std::string_view text);

// A line for the user on standard error.
void tell(std::string_view text);

// Throws a usage Error when `what` would be written to a terminal: only text is.
void refuse_binary_to_terminal(std::string_view path, std::string_view what);

}  // namespace zipdream
