// SPDX-License-Identifier: Apache-2.0
// A seeded random generator whose numbers are the same on every machine (xoshiro256**, Blackman and
// Vigna, seeded by SplitMix64; the standard library fixes engines but not distributions). Not for
// secrets.
#pragma once

#include <array>
#include <cstdint>

#include "zipdream/export.h"

namespace zipdream {

class ZIPDREAM_API Rng {
 public:
  // Streams of one seed are independent of each other: one for each row of an image, say.
  explicit Rng(std::uint64_t seed, std::uint64_t stream = 0);

  [[nodiscard]] std::uint64_t next();

  // Uniform in [0, 1), a multiple of 2^-53.
  [[nodiscard]] double uniform();

 private:
  std::array<std::uint64_t, 4> state_;
};

}  // namespace zipdream
