// SPDX-License-Identifier: Apache-2.0
// Whole files in and out. The path "-" is standard input or output. Errors name the path.
#pragma once

#include <cstddef>
#include <string>

#include "zipdream/bytes.h"

namespace zipdream {

// Inputs larger than this are refused before they fill the memory.
inline constexpr std::size_t kMaxInputBytes = std::size_t{1} << 30;  // 1 GiB

// The content of a file, pipe or standard input. Throws Error when it is missing, a folder,
// unreadable or longer than `max_size`.
[[nodiscard]] Bytes read_file(const std::string& path, std::size_t max_size = kMaxInputBytes);

// The first `count` bytes at most, or all of a shorter file. REQUIRES: path is not "-".
[[nodiscard]] Bytes read_file_start(const std::string& path, std::size_t count);

// Writes a file so that it appears under its name only when whole (output_file.h). An existing file
// is replaced and keeps its mode; what is no regular file (a pipe, a device, "-") is written in
// place. Throws Error when that fails, leaving the old file as it was.
void write_file(const std::string& path, ByteView content);

// Throws the Error that write_file(path) would, as far as it can be told beforehand, so that a long
// job finds out before its work is done. Writes nothing.
void check_writable(const std::string& path);

// Whether it is there and neither a regular file nor a folder: a pipe, a device.
[[nodiscard]] bool is_special_file(const std::string& path);

// Whether both paths lead to one existing file, by whatever names.
[[nodiscard]] bool same_file(const std::string& a, const std::string& b);

}  // namespace zipdream
