// SPDX-License-Identifier: Apache-2.0
// The inner loops of the mixers. The vectors of x86 that every 64-bit processor has are written
// out, as GCC 12 takes twice the time by itself; the other version says the same in plain C++.
#pragma once

#include <algorithm>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include "models/cm/mixing.h"

namespace zipdream::cm {
namespace mixing {

#if defined(__SSE2__)

template <std::size_t size>
inline std::int32_t dot(const std::int16_t* inputs, const std::int16_t* weights) {
  __m128i sum = _mm_setzero_si128();
#pragma GCC unroll 8
  for (std::size_t i = 0; i < size; i += 8) {
    const __m128i in = _mm_load_si128(reinterpret_cast<const __m128i*>(inputs + i));
    const __m128i weight = _mm_load_si128(reinterpret_cast<const __m128i*>(weights + i));
    sum = _mm_add_epi32(sum, _mm_srai_epi32(_mm_madd_epi16(in, weight), 8));
  }
  sum = _mm_add_epi32(sum, _mm_srli_si128(sum, 8));
  sum = _mm_add_epi32(sum, _mm_srli_si128(sum, 4));
  return _mm_cvtsi128_si32(sum);
}

template <std::size_t size>
inline void move(const std::int16_t* inputs, std::int32_t step, std::int16_t* weights) {
  const __m128i steps = _mm_set1_epi16(static_cast<std::int16_t>(step));
#pragma GCC unroll 8
  for (std::size_t i = 0; i < size; i += 8) {
    const __m128i in = _mm_load_si128(reinterpret_cast<const __m128i*>(inputs + i));
    auto* const weight = reinterpret_cast<__m128i*>(weights + i);
    const __m128i rest = _mm_srli_epi16(_mm_mullo_epi16(in, steps), 15);
    const __m128i moved = _mm_add_epi16(_mm_mulhi_epi16(in, steps), rest);
    _mm_store_si128(weight, _mm_adds_epi16(_mm_load_si128(weight), moved));
  }
}

#else

template <std::size_t size>
inline std::int32_t dot(const std::int16_t* inputs, const std::int16_t* weights) {
  std::int32_t sum = 0;
  for (std::size_t i = 0; i < size; i += 2) {
    sum += (inputs[i] * weights[i] + inputs[i + 1] * weights[i + 1]) >> 8;
  }
  return sum;
}

template <std::size_t size>
inline void move(const std::int16_t* inputs, std::int32_t step, std::int16_t* weights) {
  for (std::size_t i = 0; i < size; ++i) {
    const std::int32_t moved = weights[i] + ((inputs[i] * step + (1 << 15)) >> 16);
    weights[i] = static_cast<std::int16_t>(std::clamp(moved, -32768, 32767));
  }
}

#endif

}  // namespace mixing

template <std::size_t inputs>
Mixer<inputs>::Mixer(std::size_t rows, std::size_t used, std::int16_t weight) : rows_(rows) {
  for (std::size_t i = 0; i < rows; ++i) {
    auto& weights = rows_.edit(i).weights;
    std::fill_n(weights.begin(), used, weight);
  }
}

// Inputs are below 2^14 and weights at most 2^15, so that two products fit into 32 bits, and all in
// 2^-8 too.
template <std::size_t inputs>
inline std::int32_t Mixer<inputs>::Row::mix(const MixerInputs<inputs>& in) const {
  const std::int32_t sum = mixing::dot<inputs>(in.values.data(), weights.data());
  return std::clamp(sum >> 9, -kMaxInput, kMaxInput);
}

template <std::size_t inputs>
inline void Mixer<inputs>::Row::learn(const MixerInputs<inputs>& in, std::int32_t step) {
  assert(step > -32768 && step < 32768);
  mixing::move<inputs>(in.values.data(), step, weights.data());
}

template <std::size_t mixers>
FinalMixer<mixers>::FinalMixer(std::size_t rows) : rows_(rows) {
  for (std::size_t i = 0; i < rows; ++i) {
    rows_.edit(i).weights.fill((1 << 16) / static_cast<std::int32_t>(mixers));
  }
}

template <std::size_t mixers>
inline std::int32_t FinalMixer<mixers>::Row::mix(const Logits& logits) const {
  std::int64_t sum = 0;
  for (std::size_t i = 0; i < mixers; ++i) sum += std::int64_t{weights[i]} * logits[i];
  return static_cast<std::int32_t>(
      std::clamp(sum >> 16, std::int64_t{-kMaxLogit}, std::int64_t{kMaxLogit}));
}

// The bound keeps a long run of one byte, which costs next to nothing, from raising the weights on
// and on.
template <std::size_t mixers>
inline void FinalMixer<mixers>::Row::learn(const Logits& logits, std::int32_t error) {
  constexpr std::int32_t kStep = 250;
  constexpr std::int32_t kMaxWeight = 1 << 16;
  const std::int32_t step = error * kStep >> 9;  // below 2^14
  for (std::size_t i = 0; i < mixers; ++i) {
    weights[i] = std::clamp(weights[i] + (logits[i] * step >> 15), -kMaxWeight, kMaxWeight);
  }
}

}  // namespace zipdream::cm
