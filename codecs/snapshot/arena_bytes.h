// SPDX-License-Identifier: Apache-2.0
// Bytes that grow inside an Arena, for an encoder's state. Given up with the arena.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <new>

#include "base/bytes.h"
#include "codecs/snapshot/arena.h"

namespace zipdream {

class ArenaBytes {
 public:
  explicit ArenaBytes(Arena& arena) : arena_(&arena) {}

  // Throws std::bad_alloc.
  void append(ByteView bytes) {
    if (bytes.size() > capacity_ - size_) grow(size_ + bytes.size());
    if (!bytes.empty()) std::memcpy(data_ + size_, bytes.data(), bytes.size());
    size_ += bytes.size();
  }

  [[nodiscard]] ByteView view() const { return {data_, size_}; }

 private:
  void grow(std::size_t needed) {
    const std::size_t capacity = std::max(needed, 2 * capacity_);
    auto* const data = static_cast<Byte*>(arena_->allocate(capacity));
    if (data == nullptr) throw std::bad_alloc();
    if (size_ != 0) std::memcpy(data, data_, size_);
    arena_->release(data_);
    data_ = data;
    capacity_ = capacity;
  }

  Arena* arena_;
  Byte* data_ = nullptr;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

}  // namespace zipdream
