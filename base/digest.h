// SPDX-License-Identifier: Apache-2.0
// MD5, by which public data sets are known. It tells whether a file is what it is said to be; it
// keeps nobody from making another one of the same digest.
#pragma once

#include <cstdint>
#include <string>

namespace zipdream {

// 32 digits, of the file's first `count` bytes, or of all of a shorter one. Reads piece by piece.
// Throws Error when the file can't be read, or Interrupted when the user asks to stop.
[[nodiscard]] std::string md5_of_file(const std::string& path, std::uint64_t count = UINT64_MAX);

}  // namespace zipdream
