// SPDX-License-Identifier: Apache-2.0
#include "codecs/deflate/self_check.h"

#include <array>

#include "codecs/common/check_text.h"
#include "codecs/deflate/exact_session.h"
#include "codecs/deflate/session.h"
#include "zipdream/bytes.h"

namespace zipdream {
namespace {

constexpr std::array<std::size_t, 3> kSizes = {40, 700, 3000};

// Enough noise that a block becomes full in it, and enough text that the window slides.
constexpr std::size_t kLongNoise = 24'000;
constexpr std::size_t kLongSize = 70'000;

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
        if (!agree(level, check_text(size, letters))) return false;
      }
    }
  }
  return agree(1, check_text(kLongSize, 90, kLongNoise));
}

}  // namespace

bool exact_session_knows_zlib() {
  static const bool knows = check();
  return knows;
}

}  // namespace zipdream
