// SPDX-License-Identifier: Apache-2.0
// Products with quantised rows. Inputs are rounded to 8 bits, so that all within a block is whole
// numbers, exact in any order; what is left is a term or two of each block, which go to 16 chains,
// block b to chain b % 16, and by the fixed tree. So the loops may be vectorised however the
// compiler likes. Included by kernels.cc only.

// Rounds to the nearest whole number, of two the even one. REQUIRES: |x| < 2^22.
HWY_INLINE float nearest(float x) {
  constexpr float kMagic = 0x1.8p23F;
  return (x + kMagic) - kMagic;
}

// A block that is too small to be scaled up to 127 is one of zeros; one that holds what is not
// finite has a scale that is not.
float quantize_block(const float* x, std::size_t count, std::int8_t* out) {
  constexpr float kSmallest = 1e-30F;
  float largest = 0;
  bool finite = true;
  for (std::size_t i = 0; i < count; ++i) {
    const float size = std::fabs(x[i]);
    finite &= size <= std::numeric_limits<float>::max();
    largest = size > largest ? size : largest;
  }
  const bool is_zero = !finite || largest < kSmallest;
  const float up = is_zero ? 0 : 127 / largest;
  for (std::size_t i = 0; i < count; ++i) {
    out[i] = is_zero ? std::int8_t{0} : static_cast<std::int8_t>(nearest(x[i] * up));
  }
  if (!finite) return std::numeric_limits<float>::infinity();
  return is_zero ? 0 : largest / 127;
}

void quantize(const float* x, std::size_t count, std::size_t block, std::int8_t* out, float* scales,
              std::int32_t* sums) {
  for (std::size_t i = 0; i < count; i += block) {
    scales[i / block] = quantize_block(x + i, block, out + i);
  }
  for (std::size_t i = 0; i < count; i += kSummed) {
    std::int32_t sum = 0;
    for (std::size_t j = 0; j < kSummed; ++j) sum += out[i + j];
    sums[i / kSummed] = sum;
  }
}

// A block in whole numbers: the weight i stands for
// scale part_scales[i / kPart] weights[i] + lowest part_minima[i / 32].
struct Unpacked {
  std::int8_t weights[256];
  std::int32_t part_scales[16];
  std::int32_t part_minima[8];
  float scale;
  float lowest;
};

HWY_INLINE float half_of(const Byte* at) {
  return float_of_half(static_cast<std::uint16_t>(at[0] | at[1] << 8));
}

// The weights that 16 bytes have in their low and their high four bits.
HWY_INLINE void unpack_nibbles(const Byte* from, std::size_t count, std::int8_t* low,
                               std::int8_t* high) {
  for (std::size_t i = 0; i < count; ++i) {
    low[i] = static_cast<std::int8_t>(from[i] & 15);
    high[i] = static_cast<std::int8_t>(from[i] >> 4);
  }
}

HWY_INLINE void subtract_all(int value, std::size_t count, std::int8_t* from) {
  for (std::size_t i = 0; i < count; ++i) from[i] = static_cast<std::int8_t>(from[i] - value);
}

HWY_INLINE void add_fifth_bits(const Byte* bits, std::int8_t* to) {
  for (std::size_t i = 0; i < 32; ++i) {
    to[i] = static_cast<std::int8_t>(to[i] | (bits[i / 8] >> (i % 8) & 1) << 4);
  }
}

// quantized.cc says how the types lie in their blocks.
struct Q80 {
  static constexpr std::size_t kWeights = 32;
  static constexpr std::size_t kBytes = 34;
  static constexpr std::size_t kPart = 32;
  static constexpr bool kHasMinima = false;
  static HWY_INLINE void unpack(const Byte* block, Unpacked& to) {
    to.scale = half_of(block);
    to.part_scales[0] = 1;
    for (std::size_t i = 0; i < kWeights; ++i) {
      to.weights[i] = static_cast<std::int8_t>(block[2 + i]);
    }
  }
};

struct Q40 {
  static constexpr std::size_t kWeights = 32;
  static constexpr std::size_t kBytes = 18;
  static constexpr std::size_t kPart = 32;
  static constexpr bool kHasMinima = false;
  static HWY_INLINE void unpack(const Byte* block, Unpacked& to) {
    to.scale = half_of(block);
    to.part_scales[0] = 1;
    unpack_nibbles(block + 2, 16, to.weights, to.weights + 16);
    subtract_all(8, 32, to.weights);
  }
};

struct Q41 {
  static constexpr std::size_t kWeights = 32;
  static constexpr std::size_t kBytes = 20;
  static constexpr std::size_t kPart = 32;
  static constexpr bool kHasMinima = true;
  static HWY_INLINE void unpack(const Byte* block, Unpacked& to) {
    to.scale = half_of(block);
    to.lowest = half_of(block + 2);
    to.part_scales[0] = 1;
    to.part_minima[0] = 1;
    unpack_nibbles(block + 4, 16, to.weights, to.weights + 16);
  }
};

struct Q50 {
  static constexpr std::size_t kWeights = 32;
  static constexpr std::size_t kBytes = 22;
  static constexpr std::size_t kPart = 32;
  static constexpr bool kHasMinima = false;
  static HWY_INLINE void unpack(const Byte* block, Unpacked& to) {
    to.scale = half_of(block);
    to.part_scales[0] = 1;
    unpack_nibbles(block + 6, 16, to.weights, to.weights + 16);
    add_fifth_bits(block + 2, to.weights);
    subtract_all(16, 32, to.weights);
  }
};

struct Q51 {
  static constexpr std::size_t kWeights = 32;
  static constexpr std::size_t kBytes = 24;
  static constexpr std::size_t kPart = 32;
  static constexpr bool kHasMinima = true;
  static HWY_INLINE void unpack(const Byte* block, Unpacked& to) {
    to.scale = half_of(block);
    to.lowest = half_of(block + 2);
    to.part_scales[0] = 1;
    to.part_minima[0] = 1;
    unpack_nibbles(block + 8, 16, to.weights, to.weights + 16);
    add_fifth_bits(block + 4, to.weights);
  }
};

// The scales and minima of Q4_K and Q5_K.
HWY_INLINE void unpack_part_scales(const Byte* block, Unpacked& to) {
  const Byte* const packed = block + 4;
  to.scale = half_of(block);
  to.lowest = -half_of(block + 2);
  for (std::size_t part = 0; part < 4; ++part) {
    to.part_scales[part] = packed[part] & 63;
    to.part_minima[part] = packed[part + 4] & 63;
    to.part_scales[part + 4] = (packed[part + 8] & 15) | packed[part] >> 6 << 4;
    to.part_minima[part + 4] = packed[part + 8] >> 4 | packed[part + 4] >> 6 << 4;
  }
}

struct Q4K {
  static constexpr std::size_t kWeights = 256;
  static constexpr std::size_t kBytes = 144;
  static constexpr std::size_t kPart = 32;
  static constexpr bool kHasMinima = true;
  static HWY_INLINE void unpack(const Byte* block, Unpacked& to) {
    unpack_part_scales(block, to);
    for (std::size_t pair = 0; pair < 4; ++pair) {
      std::int8_t* const weights = to.weights + 64 * pair;
      unpack_nibbles(block + 16 + 32 * pair, 32, weights, weights + 32);
    }
  }
};

struct Q5K {
  static constexpr std::size_t kWeights = 256;
  static constexpr std::size_t kBytes = 176;
  static constexpr std::size_t kPart = 32;
  static constexpr bool kHasMinima = true;
  static HWY_INLINE void unpack(const Byte* block, Unpacked& to) {
    unpack_part_scales(block, to);
    const Byte* const fifth = block + 16;
    for (std::size_t pair = 0; pair < 4; ++pair) {
      std::int8_t* const weights = to.weights + 64 * pair;
      unpack_nibbles(block + 48 + 32 * pair, 32, weights, weights + 32);
      for (std::size_t i = 0; i < 32; ++i) {
        const int bits = fifth[i] >> (2 * pair);
        weights[i] = static_cast<std::int8_t>(weights[i] | (bits & 1) << 4);
        weights[i + 32] = static_cast<std::int8_t>(weights[i + 32] | (bits & 2) << 3);
      }
    }
  }
};

struct Q6K {
  static constexpr std::size_t kWeights = 256;
  static constexpr std::size_t kBytes = 210;
  static constexpr std::size_t kPart = 16;
  static constexpr bool kHasMinima = false;
  static HWY_INLINE void unpack(const Byte* block, Unpacked& to) {
    const Byte* const scales = block + 192;
    to.scale = half_of(block + 208);
    for (std::size_t part = 0; part < 16; ++part) {
      to.part_scales[part] = static_cast<std::int8_t>(scales[part]);
    }
    for (std::size_t half = 0; half < 2; ++half) {
      std::int8_t* const weights = to.weights + 128 * half;
      const Byte* const high = block + 128 + 32 * half;
      unpack_nibbles(block + 64 * half, 64, weights, weights + 64);
      for (std::size_t i = 0; i < 128; ++i) {
        const int top = high[i % 32] >> (i / 32 * 2) & 3;
        weights[i] = static_cast<std::int8_t>((weights[i] | top << 4) - 32);
      }
    }
  }
};

template <std::size_t kCount>
HWY_INLINE std::int32_t dot_of(const std::int8_t* a, const std::int8_t* b) {
  std::int32_t sum = 0;
  for (std::size_t i = 0; i < kCount; ++i) sum += std::int32_t{a[i]} * std::int32_t{b[i]};
  return sum;
}

// y[r] = row . inputs[r].
template <typename Type>
void dot_row(const Byte* row, const QuantizedInputs& x, float* y, std::size_t y_stride) {
  constexpr std::size_t kParts = Type::kWeights / Type::kPart;
  constexpr std::size_t kSums = Type::kWeights / kSummed;
  alignas(64) float chains[kMaxQuantizedRows][kLanes] = {};
  const std::size_t blocks = x.count / Type::kWeights;
  for (std::size_t b = 0; b < blocks; ++b) {
    Unpacked block;
    Type::unpack(row + b * Type::kBytes, block);
    for (std::size_t r = 0; r < x.rows; ++r) {
      const std::int8_t* const inputs = x.values + r * x.count + b * Type::kWeights;
      const float scale = x.scales[r * blocks + b];
      float& chain = chains[r][b % kLanes];
      std::int32_t sum = 0;
      for (std::size_t part = 0; part < kParts; ++part) {
        const std::size_t at = part * Type::kPart;
        sum += block.part_scales[part] * dot_of<Type::kPart>(block.weights + at, inputs + at);
      }
      chain = std::fma(block.scale * scale, static_cast<float>(sum), chain);
      if constexpr (Type::kHasMinima) {
        const std::int32_t* const sums = x.sums + (r * blocks + b) * kSums;
        std::int32_t minima = 0;
        for (std::size_t part = 0; part < kSums; ++part) {
          minima += block.part_minima[part] * sums[part];
        }
        chain = std::fma(block.lowest * scale, static_cast<float>(minima), chain);
      }
    }
  }
  for (std::size_t r = 0; r < x.rows; ++r) y[r * y_stride] = sum(load(chains[r]));
}

void dot_quantized(WeightType type, const Byte* row, const QuantizedInputs& x, float* y,
                   std::size_t y_stride) {
  switch (type) {
    case WeightType::kQ80:
      return dot_row<Q80>(row, x, y, y_stride);
    case WeightType::kQ40:
      return dot_row<Q40>(row, x, y, y_stride);
    case WeightType::kQ41:
      return dot_row<Q41>(row, x, y, y_stride);
    case WeightType::kQ50:
      return dot_row<Q50>(row, x, y, y_stride);
    case WeightType::kQ51:
      return dot_row<Q51>(row, x, y, y_stride);
    case WeightType::kQ4K:
      return dot_row<Q4K>(row, x, y, y_stride);
    case WeightType::kQ5K:
      return dot_row<Q5K>(row, x, y, y_stride);
    case WeightType::kQ6K:
      return dot_row<Q6K>(row, x, y, y_stride);
    default:
      break;  // the others are not quantised
  }
}
