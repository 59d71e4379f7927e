// SPDX-License-Identifier: Apache-2.0
// The SHA-256 of files that seldom change, models above all, worked out once. A file counts as the
// same while device, inode, size and the times of its last changes are; those times are the file
// system's, which nobody sets back by accident. keep_digests_in() of runtime.h has them kept for
// the next process.
#pragma once

#include <cstdint>
#include <string>

#include "zipdream/bytes.h"

namespace zipdream {

struct FileDigest {
  std::uint64_t size = 0;  // bytes
  Bytes sha256;            // 32 bytes

  friend bool operator==(const FileDigest&, const FileDigest&) = default;
};

// Throws Error when the file can't be read or is no regular file, Interrupted when the user asks to
// stop. Threads: any.
[[nodiscard]] FileDigest digest_of_file(const std::string& path);

}  // namespace zipdream
