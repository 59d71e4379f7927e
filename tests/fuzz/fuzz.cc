// SPDX-License-Identifier: Apache-2.0
#include "tests/fuzz/fuzz.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>

namespace zipdream {

std::size_t FuzzInput::choose(std::size_t count) {
  std::size_t number = 0;
  for (const Byte byte : take(count > 256 ? 2 : 1)) number = number << 8 | byte;
  return number % count;
}

ByteView FuzzInput::take(std::size_t count) {
  const ByteView taken = left_.first(std::min(count, left_.size()));
  left_ = left_.subspan(taken.size());
  return taken;
}

void check(bool holds, std::string_view what) {
  if (holds) return;
  std::fprintf(stderr, "broken: %s\n", std::string(what).c_str());
  std::abort();
}

void check_error(std::string_view text) {
  check(!text.empty() && text.find('\n') == std::string_view::npos, text);
}

}  // namespace zipdream
