// SPDX-License-Identifier: Apache-2.0
// What remains of an encoder's output when only its length is asked for: a count, and the last few
// bytes, in which some formats say where the data ended. Plain memory, to lie in an Arena.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "zipdream/bytes.h"

namespace zipdream {

class OutputTail {
 public:
  static constexpr std::size_t kSize = 64;

  void add(ByteView bytes) {
    count_ += bytes.size();
    if (bytes.size() >= kSize) {
      std::ranges::copy(bytes.last(kSize), last_.begin());
      return;
    }
    std::memmove(last_.data(), last_.data() + bytes.size(), kSize - bytes.size());
    std::ranges::copy(bytes, last_.end() - static_cast<std::ptrdiff_t>(bytes.size()));
  }

  [[nodiscard]] std::uint64_t count() const { return count_; }

  // The last min(kSize, count()) bytes.
  [[nodiscard]] ByteView last() const {
    return ByteView(last_).last(static_cast<std::size_t>(std::min<std::uint64_t>(kSize, count_)));
  }

 private:
  std::uint64_t count_ = 0;
  std::array<Byte, kSize> last_{};
};

}  // namespace zipdream
