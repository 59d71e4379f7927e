// SPDX-License-Identifier: Apache-2.0
#include "codecs/zstd/parse.h"

#include <cassert>

namespace zipdream {

ZstdStates sum_zstd_parses(const ZstdCode& code, const ZstdWindow& window, std::size_t start) {
  assert(start <= window.size);
  ZstdStates states;
  // By column: that a sequence begins there, that its match does, and what is before is as it is.
  ZstdWindow::ByLength sequence{};
  ZstdWindow::ByLength match{};
  for (std::size_t column = start; column <= window.size; ++column) {
    sequence[column] = column == start ? 1 : 0;
    for (std::size_t k = kZstdShortestMatch; k <= column - start; ++k) {
      sequence[column] += match[column - k] * code.match[k] * window.agreeing[column][k];
    }
    double literals = 1;
    for (std::size_t length = 0; length <= column - start; ++length) {
      if (length > 0) literals *= code.literal[window.bytes[column - length]];
      const double run = sequence[column - length] * literals;
      match[column] += run * code.run[length];
      if (column == window.size) states.in_run += run * code.longer_run[length];
    }
  }
  double sum = states.in_run;
  for (std::size_t k = 0; k <= window.size - start; ++k) {
    states.in_match[k] = match[window.size - k] * code.longer_match[k];
    sum += states.in_match[k] * window.agreeing[window.size][k];
  }
  states.in_run /= sum;
  for (double& in_match : states.in_match) in_match /= sum;
  return states;
}

}  // namespace zipdream
