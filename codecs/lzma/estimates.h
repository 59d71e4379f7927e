// SPDX-License-Identifier: Apache-2.0
// Probabilities of LZMA's decisions as steadier estimates than the coder keeps of them.
//
// The coder moves a probability by 1/32 of the way at every decision: it begins at 1/2 and creeps
// away from there, and later jitters with the last thirty decisions. An estimate of the same
// decisions that moves by 1/(n + 2) at the n-th is their mean (Krichevsky and Trofimov's), and
// forgets slowly when its steps are held at 1/128. It is the coder's model with a longer memory.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "codecs/lzma/contexts.h"
#include "zipdream/bytes.h"

namespace zipdream {

class LzmaEstimate {
 public:
  void add(bool is_one) {
    zero_ += ((is_one ? 0.0F : 1.0F) - zero_) * kSteps[count_];
    zero_ = std::clamp(zero_, kLeast, 1 - kLeast);
    if (count_ + 1U < kSteps.size()) ++count_;
  }

  // P(the decision is 0), from kLeast to 1 - kLeast.
  [[nodiscard]] double zero() const { return zero_; }

 private:
  static constexpr unsigned kMemory = 128;
  static constexpr float kLeast = 0x1p-12F;
  static constexpr auto kSteps = [] {
    std::array<float, kMemory - 1> steps{};
    for (unsigned i = 0; i < steps.size(); ++i) steps[i] = 1.0F / static_cast<float>(i + 2);
    return steps;
  }();

  float zero_ = 0.5F;
  std::uint16_t count_ = 0;
};

using LzmaEstimates = LzmaContexts<LzmaEstimate>;

// Where an LZMA coder stands between two packets.
struct LzmaPlace {
  using Distances = std::array<std::uint32_t, 4>;

  std::size_t position = 0;
  unsigned state = 0;
  Distances reps{};  // the latest distances, from 0
};

struct LzmaReading {
  LzmaEstimates estimates;
  LzmaPlace place;
};

// Reads `file`, an .lzma file that liblzma made of `data` with one of its presets: the estimates
// after all of the data, and the place between packets at `mark` or the first after it. Throws
// Error when it is something else. REQUIRES: mark <= data.size().
[[nodiscard]] LzmaReading read_lzma(ByteView file, ByteView data, std::size_t mark);

}  // namespace zipdream
