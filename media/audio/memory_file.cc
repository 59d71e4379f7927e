// SPDX-License-Identifier: Apache-2.0
#include "media/audio/memory_file.h"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <utility>

namespace zipdream {

void MemoryFile::seek(std::int64_t position) {
  position_ = static_cast<std::size_t>(
      std::clamp<std::int64_t>(position, 0, static_cast<std::int64_t>(size())));
}

std::size_t MemoryFile::read(void* to, std::size_t count) {
  const std::size_t available = std::min(count, size() - position_);
  if (available > 0) std::memcpy(to, read_.data() + position_, available);
  position_ += available;
  return available;
}

void MemoryFile::write(const void* from, std::size_t count) {
  assert(read_.size() == written_.size());
  if (count == 0) return;
  const std::size_t end = position_ + count;
  if (end > written_.size()) written_.resize(end);
  std::memcpy(written_.data() + position_, from, count);
  position_ = end;
  read_ = written_;
}

Bytes MemoryFile::take() {
  position_ = 0;
  read_ = {};
  return std::exchange(written_, {});
}

}  // namespace zipdream
