// SPDX-License-Identifier: Apache-2.0
#include "models/lm/quantized.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>

#include "base/parallel.h"
#include "models/lm/kernels.h"

namespace zipdream {
namespace {

// Little endian, wherever it lies.
template <typename T>
T number_at(const Byte* bytes) {
  T value = 0;
  for (std::size_t i = 0; i < sizeof(T); ++i) {
    value = static_cast<T>(value | static_cast<T>(bytes[i]) << (8 * i));
  }
  return value;
}

float half_at(const Byte* bytes) { return float_of_half(number_at<std::uint16_t>(bytes)); }

bool is_finite_half(const Byte* bytes) { return (bytes[1] & 0x7C) != 0x7C; }

// ---- floats: blocks of one ----

template <typename Bits, float (*kConvert)(Bits)>
void floats_to_floats(const Byte* blocks, std::size_t count, float* out) {
  for (std::size_t i = 0; i < count; ++i) {
    out[i] = kConvert(number_at<Bits>(blocks + i * sizeof(Bits)));
  }
}

// Whether no exponent is all ones.
template <typename Bits, Bits kExponent>
bool floats_are_finite(const Byte* blocks, std::size_t count) {
  bool finite = true;
  for (std::size_t i = 0; i < count; ++i) {
    finite &= (number_at<Bits>(blocks + i * sizeof(Bits)) & kExponent) != kExponent;
  }
  return finite;
}

float float_of_bits(std::uint32_t bits) { return std::bit_cast<float>(bits); }
float float_of_double(std::uint64_t bits) {
  return static_cast<float>(std::bit_cast<double>(bits));
}

// Doubles beyond all floats become infinite.
bool doubles_are_finite(const Byte* blocks, std::size_t count) {
  bool finite = true;
  for (std::size_t i = 0; i < count; ++i) {
    finite &= std::isfinite(float_of_double(number_at<std::uint64_t>(blocks + 8 * i)));
  }
  return finite;
}

// ---- blocks of 32 ----

constexpr std::size_t kSmall = 32;

// half scale; then the weights as int8.
void q80_to_floats(const Byte* block, float* out) {
  const float scale = half_at(block);
  for (std::size_t i = 0; i < kSmall; ++i) {
    out[i] = static_cast<float>(static_cast<std::int8_t>(block[2 + i])) * scale;
  }
}

// Four bits of each weight: those of the first half in the low ones of 16 bytes.
int low_bits(const Byte* nibbles, std::size_t i) {
  return i < kSmall / 2 ? nibbles[i] & 15 : nibbles[i - kSmall / 2] >> 4;
}

// half scale; nibbles that stand for -8 .. 7.
void q40_to_floats(const Byte* block, float* out) {
  const float scale = half_at(block);
  for (std::size_t i = 0; i < kSmall; ++i) {
    out[i] = static_cast<float>(low_bits(block + 2, i) - 8) * scale;
  }
}

// half scale, half lowest; nibbles.
void q41_to_floats(const Byte* block, float* out) {
  const float scale = half_at(block);
  const float lowest = half_at(block + 2);
  for (std::size_t i = 0; i < kSmall; ++i) {
    out[i] = static_cast<float>(low_bits(block + 4, i)) * scale + lowest;
  }
}

// The fifth bits of all weights in one number, nibbles behind it.
int five_bits(const Byte* bits, std::size_t i) {
  const std::uint32_t high = number_at<std::uint32_t>(bits) >> i & 1;
  return low_bits(bits + 4, i) | static_cast<int>(high << 4);
}

// half scale; weights that stand for -16 .. 15.
void q50_to_floats(const Byte* block, float* out) {
  const float scale = half_at(block);
  for (std::size_t i = 0; i < kSmall; ++i) {
    out[i] = static_cast<float>(five_bits(block + 2, i) - 16) * scale;
  }
}

// half scale, half lowest; weights.
void q51_to_floats(const Byte* block, float* out) {
  const float scale = half_at(block);
  const float lowest = half_at(block + 2);
  for (std::size_t i = 0; i < kSmall; ++i) {
    out[i] = static_cast<float>(five_bits(block + 4, i)) * scale + lowest;
  }
}

// ---- blocks of 256: eight or sixteen parts with scales of their own ----

constexpr std::size_t kLarge = 256;
constexpr std::size_t kScaleBytes = 12;

struct PartScale {
  float scale;
  float lowest;
};

// Twelve bytes hold eight scales and eight minima of six bits: the lower four of each in the low
// bits of the first eight bytes; of the others four bits in the last four bytes and two in the
// highest of the first eight.
PartScale part_scale(const Byte* block, std::size_t part) {
  const Byte* const packed = block + 4;
  int scale = packed[part] & 63;
  int lowest = packed[part + 4] & 63;
  if (part >= 4) {
    scale = (packed[part + 4] & 15) | packed[part - 4] >> 6 << 4;
    lowest = packed[part + 4] >> 4 | packed[part] >> 6 << 4;
  }
  return {half_at(block) * static_cast<float>(scale),
          half_at(block + 2) * static_cast<float>(lowest)};
}

// half scale, half minimum, twelve bytes of them; nibbles: two parts of 32 in the low and the high
// ones of 32 bytes.
void q4k_to_floats(const Byte* block, float* out) {
  const Byte* const nibbles = block + 4 + kScaleBytes;
  for (std::size_t part = 0; part < 8; ++part) {
    const auto [scale, lowest] = part_scale(block, part);
    const Byte* const from = nibbles + part / 2 * 32;
    for (std::size_t i = 0; i < 32; ++i) {
      const int weight = part % 2 == 0 ? from[i] & 15 : from[i] >> 4;
      out[part * 32 + i] = scale * static_cast<float>(weight) - lowest;
    }
  }
}

// As Q4_K, with the fifth bits, 32 bytes with one for each part, before the nibbles.
void q5k_to_floats(const Byte* block, float* out) {
  const Byte* const fifth = block + 4 + kScaleBytes;
  const Byte* const nibbles = fifth + 32;
  for (std::size_t part = 0; part < 8; ++part) {
    const auto [scale, lowest] = part_scale(block, part);
    const Byte* const from = nibbles + part / 2 * 32;
    for (std::size_t i = 0; i < 32; ++i) {
      const int low = part % 2 == 0 ? from[i] & 15 : from[i] >> 4;
      const int weight = low | (fifth[i] >> part & 1) << 4;
      out[part * 32 + i] = scale * static_cast<float>(weight) - lowest;
    }
  }
}

// For each 128 weights 64 bytes of nibbles and 32 of two higher bits: quarters of 32 weights, the
// first two in the low nibbles, the others in the high ones. Scales for 16 weights each; half
// scale.
void q6k_to_floats(const Byte* block, float* out) {
  const Byte* const nibbles = block;
  const Byte* const high = block + kLarge / 2;
  const Byte* const scales = high + kLarge / 4;
  const float scale = half_at(scales + kLarge / 16);
  for (std::size_t i = 0; i < kLarge; ++i) {
    const std::size_t half = i / 128;
    const std::size_t quarter = i / 32 % 4;
    const Byte pair = nibbles[half * 64 + i % 64];
    const int low = quarter < 2 ? pair & 15 : pair >> 4;
    const int top = high[half * 32 + i % 32] >> (2 * quarter) & 3;
    const auto of_part = static_cast<float>(static_cast<std::int8_t>(scales[i / 16]));
    out[i] = scale * of_part * static_cast<float>((low | top << 4) - 32);
  }
}

// ---- all blocks of a row ----

template <std::size_t kWeights, std::size_t kBytes, void (*kBlock)(const Byte*, float*)>
void blocks_to_floats(const Byte* blocks, std::size_t count, float* out) {
  for (std::size_t b = 0; b < count; ++b) kBlock(blocks + b * kBytes, out + b * kWeights);
}

// Whether the halves at these places of each block are finite: the rest is whole numbers.
template <std::size_t kBytes, std::size_t... kPlaces>
bool scales_are_finite(const Byte* blocks, std::size_t count) {
  bool finite = true;
  for (std::size_t b = 0; b < count; ++b) {
    finite &= (is_finite_half(blocks + b * kBytes + kPlaces) && ...);
  }
  return finite;
}

// In the order of WeightType.
constexpr auto kTypes = std::to_array<WeightTypeInfo>({
    {"F32", 1, 4, floats_to_floats<std::uint32_t, float_of_bits>,
     floats_are_finite<std::uint32_t, 0x7F800000>},
    {"F16", 1, 2, floats_to_floats<std::uint16_t, float_of_half>,
     floats_are_finite<std::uint16_t, 0x7C00>},
    {"BF16", 1, 2, floats_to_floats<std::uint16_t, float_of_bf16>,
     floats_are_finite<std::uint16_t, 0x7F80>},
    {"F64", 1, 8, floats_to_floats<std::uint64_t, float_of_double>, doubles_are_finite},
    {"Q8_0", kSmall, 34, blocks_to_floats<kSmall, 34, q80_to_floats>, scales_are_finite<34, 0>},
    {"Q4_0", kSmall, 18, blocks_to_floats<kSmall, 18, q40_to_floats>, scales_are_finite<18, 0>},
    {"Q4_1", kSmall, 20, blocks_to_floats<kSmall, 20, q41_to_floats>, scales_are_finite<20, 0, 2>},
    {"Q5_0", kSmall, 22, blocks_to_floats<kSmall, 22, q50_to_floats>, scales_are_finite<22, 0>},
    {"Q5_1", kSmall, 24, blocks_to_floats<kSmall, 24, q51_to_floats>, scales_are_finite<24, 0, 2>},
    {"Q4_K", kLarge, 144, blocks_to_floats<kLarge, 144, q4k_to_floats>,
     scales_are_finite<144, 0, 2>},
    {"Q5_K", kLarge, 176, blocks_to_floats<kLarge, 176, q5k_to_floats>,
     scales_are_finite<176, 0, 2>},
    {"Q6_K", kLarge, 210, blocks_to_floats<kLarge, 210, q6k_to_floats>,
     scales_are_finite<210, 208>},
});

}  // namespace

const WeightTypeInfo& info_of(WeightType type) { return kTypes[static_cast<std::size_t>(type)]; }

std::optional<WeightType> find_weight_type(std::string_view name) {
  const auto* const found = std::ranges::find(kTypes, name, &WeightTypeInfo::name);
  if (found == kTypes.end()) return std::nullopt;
  return static_cast<WeightType>(found - kTypes.begin());
}

std::string weight_type_names() {
  std::string names;
  for (const WeightTypeInfo& type : kTypes) {
    names += (names.empty() ? "" : ", ") + std::string(type.name);
  }
  return names;
}

std::size_t StoredRows::row_bytes() const {
  const WeightTypeInfo& info = info_of(type);
  return inputs / info.weights * info.bytes;
}

void StoredRows::to_floats(std::size_t index, float* out) const {
  const WeightTypeInfo& info = info_of(type);
  info.to_floats(row(index), inputs / info.weights, out);
}

bool StoredRows::are_finite() const {
  constexpr std::size_t kMinBytesPerThread = std::size_t{1} << 20;
  const WeightTypeInfo& info = info_of(type);
  const std::size_t blocks = count * (inputs / info.weights);
  std::atomic<bool> finite = true;
  parallel_for(blocks, kMinBytesPerThread / info.bytes, [&](std::size_t begin, std::size_t end) {
    if (!info.are_finite(data + begin * info.bytes, end - begin)) finite = false;
  });
  return finite;
}

}  // namespace zipdream
