// SPDX-License-Identifier: Apache-2.0
// What the commands say: errors and what goes to standard output and standard error, in one place.
//
// The library names an option as its requests do, "temperature"; that it is --temp here, only the
// commands know.
#pragma once

#include <string>
#include <string_view>

#include "zipdream/bytes.h"
#include "zipdream/error.h"

namespace zipdream {

// Writes all of it or throws Error (a full disk, say).
void print(std::string_view text);

// A line for the user on standard error, after the program's name; what a terminal can't show, as
// in a file's name, is escaped, and so it is one line.
void tell(std::string_view text);

// The same without the program's name: what a command says of its results.
void note(std::string_view text);

// Throws a usage Error when `what` would be written to a terminal: only text is.
void refuse_binary_to_terminal(std::string_view path, std::string_view what);

// ---- Errors in the words of the command line ----

// "--temp" for "temperature"; where nothing else is known "--" and the name, "_" as "-".
[[nodiscard]] std::string flag_of(std::string_view option);

// what(), with flags where names of options stand: "--temp 2000: must be 0 to 1000".
[[nodiscard]] std::string message_of(const Error& error);

}  // namespace zipdream
