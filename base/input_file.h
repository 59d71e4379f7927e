// SPDX-License-Identifier: Apache-2.0
// A file, a pipe or standard input ("-") that is read piece by piece. Errors name the path.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <ctime>
#include <optional>
#include <span>
#include <string>

#include "base/descriptor.h"
#include "zipdream/bytes.h"

namespace zipdream {

// What a file has beside its bytes, as far as it is handed on to another.
struct FileAttributes {
  mode_t mode = 0;  // the permissions alone
  uid_t owner = 0;
  gid_t group = 0;
  timespec modified{};
};

// Threads: one at a time.
class InputFile {
 public:
  // Throws Error when it is missing, a folder or unreadable.
  explicit InputFile(std::string path);

  [[nodiscard]] const std::string& path() const { return path_; }

  // Fills `room` with what follows; returns less than its size at the end only. Throws Error, or
  // Interrupted when the user asks to stop.
  std::size_t read(std::span<Byte> room);

  // Fills `room` from that place of the file, wherever read() stands; returns less at the end only.
  // REQUIRES: size() gives one.
  std::size_t read_at(std::uint64_t offset, std::span<Byte> room) const;

  // Bytes of a regular file from its start; nothing is known of pipes and the like.
  [[nodiscard]] std::optional<std::uint64_t> size() const;

  // How much is still to read of a regular file.
  [[nodiscard]] std::optional<std::uint64_t> size_ahead() const;

  // Of a regular file; nothing of others.
  [[nodiscard]] std::optional<FileAttributes> attributes() const;

 private:
  std::string path_;
  Descriptor file_;
};

}  // namespace zipdream
