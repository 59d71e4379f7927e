// SPDX-License-Identifier: Apache-2.0
// The flags of the library's options. The library names an option as its requests do,
// "temperature"; that it is --temp here, only the commands know.
#pragma once

#include <string>
#include <string_view>

#include "zipdream/error.h"

namespace zipdream {

// "--temp" for "temperature"; where nothing else is known "--" and the name, "_" as "-".
[[nodiscard]] std::string flag_of(std::string_view option);

// what(), with flags where names of options stand: "--temp 2000: must be 0 to 1000".
[[nodiscard]] std::string message_of(const Error& error);

}  // namespace zipdream
