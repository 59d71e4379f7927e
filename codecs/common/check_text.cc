// SPDX-License-Identifier: Apache-2.0
#include "codecs/common/check_text.h"

#include <algorithm>
#include <cstdint>

namespace zipdream {

// The constants are those of a well-known linear congruential generator.
Bytes check_text(std::size_t size, unsigned letters, std::size_t noise) {
  std::uint32_t state = letters;
  const auto below = [&state](std::size_t count) {
    state = state * 1664525 + 1013904223;
    return (state >> 8) % count;
  };
  Bytes text;
  while (text.size() < size) {
    const std::size_t length = 1 + below(3 + below(30));
    const std::size_t back = 1 + below(std::max<std::size_t>(text.size(), 1));
    const bool copies = text.size() > noise && below(3) != 0;
    for (std::size_t i = 0; i < length; ++i) {
      text.push_back(copies ? text[text.size() - back]
                            : static_cast<Byte>('a' + below(1 + below(letters))));
    }
  }
  text.resize(size);
  return text;
}

}  // namespace zipdream
