// SPDX-License-Identifier: Apache-2.0
// A file in memory for libraries that read and write through callbacks. Either opened on bytes that
// the caller keeps alive, for reading, or empty and growing, for writing. One thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>

#include "zipdream/bytes.h"

namespace zipdream {

class MemoryFile {
 public:
  MemoryFile() = default;                                // for writing
  explicit MemoryFile(ByteView bytes) : read_(bytes) {}  // for reading

  // Positions never leave [0, size()]: seeking beyond an end stops there.
  void seek(std::int64_t position);
  [[nodiscard]] std::size_t position() const { return position_; }
  [[nodiscard]] std::size_t size() const { return read_.size(); }

  // Copies up to `count` bytes and returns how many there were.
  std::size_t read(void* to, std::size_t count);
  // Overwrites what is there and appends the rest. REQUIRES: opened for writing.
  void write(const void* from, std::size_t count);

  // What was written. REQUIRES: opened for writing; the file is empty afterwards.
  [[nodiscard]] Bytes take();

 private:
  Bytes written_;
  ByteView read_;  // of written_, or of the caller's bytes
  std::size_t position_ = 0;
};

}  // namespace zipdream
