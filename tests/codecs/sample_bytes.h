// SPDX-License-Identifier: Apache-2.0
// Bytes of different character for the codec tests, the same on every machine.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "codecs/common/alphabet.h"
#include "zipdream/bytes.h"

namespace zipdream {

[[nodiscard]] Bytes text_like(std::size_t size, int seed = 1);  // words and punctuation
[[nodiscard]] Bytes random_bytes(std::size_t size, int seed = 1);
[[nodiscard]] Bytes runs(std::size_t size, int seed = 1);         // of one byte, 1 to 600 long
[[nodiscard]] Bytes few_symbols(std::size_t size, int seed = 1);  // four letters, skewed
[[nodiscard]] Bytes copies(std::size_t size, int seed = 1);       // of its own past, near and far
[[nodiscard]] Bytes binary_like(std::size_t size, int seed = 1);  // records with counters

// All of the makers above that have a size, by name.
struct SampleKind {
  std::string_view name;
  Bytes (*make)(std::size_t size, int seed);
};
[[nodiscard]] std::span<const SampleKind> sample_kinds();

// Bytes below 128 in which no three in a row occur twice: DEFLATE finds no match in them.
// REQUIRES: size <= 100,000.
[[nodiscard]] Bytes without_matches(std::size_t size, int seed = 1);

// A resonance excited by noise, as 8-bit samples around 128: what linear prediction is made for.
// Each sample is `by_last` times the last one less `by_before` times that before it, and noise of
// `loudness`.
struct Resonance {
  double by_last;
  double by_before;
  double loudness;
};
[[nodiscard]] Bytes hum(std::size_t size, const Resonance& resonance);

[[nodiscard]] Bytes concat(ByteView a, ByteView b);

}  // namespace zipdream
