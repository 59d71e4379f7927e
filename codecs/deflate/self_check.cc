// SPDX-License-Identifier: Apache-2.0
#include "codecs/deflate/self_check.h"

#include <algorithm>
#include <array>

#include "base/bytes.h"
#include "codecs/deflate/exact_session.h"
#include "codecs/gzip_session.h"

namespace zipdream {
namespace {

constexpr std::array<std::size_t, 3> kSizes = {40, 700, 3000};

// Enough noise that a block becomes full in it, and enough text that the window slides.
constexpr std::size_t kLongNoise = 24'000;
constexpr std::size_t kLongSize = 70'000;

// `noise` bytes without copies, then copies of its own past with noise in between, over an alphabet
// of `letters`: choices of every kind come up. The constants are those of a well-known linear
// congruential generator.
Bytes make_text(std::size_t size, unsigned letters, std::size_t noise = 8) {
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

bool agree(int level, ByteView text) {
  const auto exact = start_exact_session(level, 0, Units::kBits);
  const auto zlib = start_gzip_session(level, 0, Units::kBits);
  exact->append(text);
  zlib->append(text);
  return exact->bits() == zlib->bits();
}

bool check() {
  for (int level = 1; level <= 9; ++level) {
    for (const std::size_t size : kSizes) {
      for (const unsigned letters : {2U, 12U, 90U}) {
        if (!agree(level, make_text(size, letters))) return false;
      }
    }
  }
  return agree(1, make_text(kLongSize, 90, kLongNoise));
}

}  // namespace

bool exact_session_knows_zlib() {
  static const bool knows = check();
  return knows;
}

}  // namespace zipdream
