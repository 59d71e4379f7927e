// SPDX-License-Identifier: Apache-2.0
// What it takes to do an experiment again: the command, the program and the files, by their
// checksums.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "zipdream/bytes.h"

namespace zipdream {

struct FileFacts {
  std::string name;  // a path, "standard input", or "-p"
  std::size_t bytes = 0;
  std::uint32_t crc32 = 0;  // that of gzip and of Python's zlib.crc32
};
[[nodiscard]] FileFacts file_facts(std::string name, ByteView content);

// The CRC-32 as eight digits.
[[nodiscard]] std::string hex_crc32(const FileFacts& file);

struct Origin {
  std::string version;  // of zipdream
  std::string command;  // as it can be typed into a shell, with the seed
  FileFacts input;
  std::optional<FileFacts> corpus;
};

// The words as they are typed into a POSIX shell: quoted where they need it.
[[nodiscard]] std::string shell_command(const std::vector<std::string>& words);

}  // namespace zipdream
