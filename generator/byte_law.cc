// SPDX-License-Identifier: Apache-2.0
#include "generator/byte_law.h"

#include <algorithm>
#include <cassert>
#include <vector>

#include "base/interrupt.h"
#include "base/portable_math.h"

namespace zipdream {

void ByteLaw::foretell(ByteView bytes, const Alphabet& alphabet, const OnLaw& visit) {
  std::vector<double> log2_probs_here(alphabet.size());
  for (const Byte byte : bytes) {
    check_interrupt();
    log2_probs(alphabet, log2_probs_here);
    visit(log2_probs_here);
    append({&byte, 1});
  }
}

void normalise(std::span<const double, 256> weights, const Alphabet& alphabet,
               std::span<double> out) {
  assert(out.size() == alphabet.size());
  double sum = 0;
  for (const Byte byte : alphabet) sum += weights[byte];
  const double log2_sum = portable_log2(sum);
  for (std::size_t i = 0; i < alphabet.size(); ++i) {
    out[i] = std::min(0.0, portable_log2(weights[alphabet[i]]) - log2_sum);
  }
}

}  // namespace zipdream
