// SPDX-License-Identifier: Apache-2.0
// Checksums and digests: of archives by liblzma (CRC-32 for what is small, CRC-64 for content), of
// data sets (MD5) and models (SHA-256) by OpenSSL.
//
// A CRC finds every damage that spans no more bits than it has, so any one byte, and all other
// damage but for one in 2^32 or 2^64.
#pragma once

#include <cstdint>
#include <string>

#include "zipdream/bytes.h"

namespace zipdream {

// CRC-32/ISO-HDLC, that of gzip and PNG. `before` is the check of what stands before the bytes.
[[nodiscard]] std::uint32_t crc32_of(ByteView bytes, std::uint32_t before = 0);

// "00ff".
[[nodiscard]] std::string hex(ByteView bytes);

// CRC-64/XZ. `before` is the check of what stands before the bytes.
[[nodiscard]] std::uint64_t crc64_of(ByteView bytes, std::uint64_t before = 0);

// MD5 in 32 digits of the file's first `count` bytes, or of all of a shorter file. Reads piece by
// piece. Public data sets are known by their MD5; it shows whether a file is the one that it is
// meant to be, but keeps nobody from making another file of the same digest.
// Throws Error when the file can't be read, Interrupted when the user asks to stop.
[[nodiscard]] std::string md5_of_file(const std::string& path, std::uint64_t count = UINT64_MAX);

// SHA-256, 32 bytes.
[[nodiscard]] Bytes sha256_of(ByteView bytes);
// Of a whole file, piece by piece. Throws as md5_of_file() does.
[[nodiscard]] Bytes sha256_of_file(const std::string& path);

// ---- files that seldom change, models above all ----

// The SHA-256 of such a file, worked out once. A file counts as the same while device, inode, size
// and the times of its last changes are; those times are the file system's, which nobody sets back
// by accident. keep_digests_in() of runtime.h has them kept for the next process.
struct FileDigest {
  std::uint64_t size = 0;  // bytes
  Bytes sha256;            // 32 bytes

  friend bool operator==(const FileDigest&, const FileDigest&) = default;
};

// Throws Error when the file can't be read or is no regular file, Interrupted when the user asks to
// stop. Threads: any.
[[nodiscard]] FileDigest digest_of_file(const std::string& path);

}  // namespace zipdream
