// SPDX-License-Identifier: Apache-2.0
// A file's content as memory that the system reads in when it is looked at. For large files of
// which not all is needed at once; files.h reads whole ones.
#pragma once

#include <string>

#include "zipdream/bytes.h"

namespace zipdream {

// Read-only, private. A file that another program cuts short while it is mapped ends this one.
// Threads: immutable once made.
class MappedFile {
 public:
  // Throws Error when the file is missing, unreadable, or no regular file. An empty one is fine.
  explicit MappedFile(const std::string& path);
  ~MappedFile();
  MappedFile(MappedFile&& other) noexcept;
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  // Valid while the file lives.
  [[nodiscard]] ByteView bytes() const { return bytes_; }

 private:
  ByteView bytes_;
};

}  // namespace zipdream
