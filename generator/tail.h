// SPDX-License-Identifier: Apache-2.0
// The end of a text that grows, when only so much of it is to be seen.
#pragma once

#include <cstddef>

#include "zipdream/bytes.h"

namespace zipdream {

class Tail {
 public:
  // Keeps the last `size` bytes; 0 keeps none, for all are seen.
  explicit Tail(std::size_t size) : size_(size) {}

  // Returns whether bytes fell out that were seen before, so that bytes() alone must be seen now.
  [[nodiscard]] bool append(ByteView bytes) {
    if (size_ == 0) return false;
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
    if (bytes_.size() <= size_) return false;
    bytes_.erase(bytes_.begin(), bytes_.end() - static_cast<std::ptrdiff_t>(size_));
    return true;
  }

  [[nodiscard]] ByteView bytes() const { return bytes_; }

 private:
  std::size_t size_;
  Bytes bytes_;
};

}  // namespace zipdream
