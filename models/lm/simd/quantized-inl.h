// SPDX-License-Identifier: Apache-2.0
// Products with quantised rows. Inputs are rounded to 8 bits, so that all within a block is whole
// numbers, exact in any order; what is left is a term or two of each block, which go to 16 chains,
// block b to chain b % 16, and by the fixed tree. Included by kernels.cc only.
//
// Many inputs are multiplied by strips of sixteen rows, unpacked so that vectors lie across the
// outputs; few by one row after the other, as it lies.
//
// Instructions for products of bytes multiply unsigned weights by signed inputs: weights are raised
// by kOffset for them, and that times the sum of the inputs is where their sums begin.

// Whether products of bytes and their sum are one instruction (AVX-512 VNNI).
enum class Dot { kPlain, kVnni };

using Ints = Sixteen<std::int32_t>;

// Rounds to the nearest whole number, of two the even one. REQUIRES: |x| < 2^22.
HWY_INLINE Sixteen<float> nearest(const Sixteen<float>& x) {
  const Sixteen<float> magic = all(0x1.8p23F);
  return (x + magic) - magic;
}

// Stores whole numbers as bytes, and returns their sum. REQUIRES: they are in [-128, 127].
HWY_INLINE std::int32_t store_bytes(const Sixteen<float>& x, std::int8_t* to) {
  const hn::Rebind<std::int8_t, Tag<float>> bytes;
  const Tag<std::int32_t> whole;
  auto sum = hn::Zero(whole);
  for (std::size_t v = 0; v < Sixteen<float>::kVectors; ++v) {
    const auto each = hn::ConvertTo(whole, x.part[v]);
    hn::StoreU(hn::DemoteTo(bytes, each), bytes, to + v * kWidth<float>);
    sum = hn::Add(sum, each);
  }
  return hn::GetLane(hn::SumOfLanes(whole, sum));
}

// A block that is too small to be scaled up to 127 is one of zeros; one that holds what is not
// finite has a scale that is not. `sums` are those of sixteen bytes each. Returns the scale.
float quantize_block(const float* x, std::size_t count, std::int8_t* out, std::int32_t* sums) {
  constexpr float kSmallest = 1e-30F;
  Sixteen<float> tops = all(0.0F);
  Sixteen<float> zeros = all(0.0F);  // no numbers where x is not finite
  for (std::size_t i = 0; i < count; i += kLanes) {
    const Sixteen<float> some = load(x + i);
    tops = higher(tops, higher(some, all(0.0F) - some));
    zeros = zeros + (some - some);
  }
  const bool finite = sum(zeros) == 0;
  const float largest = highest(tops);
  const bool is_zero = !finite || largest < kSmallest;
  const Sixteen<float> up = all(is_zero ? 0 : 127 / largest);
  for (std::size_t i = 0; i < count; i += kLanes) {
    const Sixteen<float> steps = is_zero ? all(0.0F) : nearest(load(x + i) * up);
    sums[i / kLanes] = store_bytes(steps, out + i);
  }
  if (!finite) return std::numeric_limits<float>::infinity();
  return is_zero ? 0 : largest / 127;
}

// A block in whole numbers: the weight i stands for
// scale part_scales[i / kPart] weights[i] + lowest part_minima[i / 32].
struct Unpacked {
  std::int8_t* weights;  // room for those of a block
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

// Eight at a time: each bit of a byte becomes a byte of a word, first as what it is worth.
HWY_INLINE void add_fifth_bits(const Byte* bits, std::int8_t* to) {
  constexpr std::uint64_t kOnes = 0x0101010101010101U;
  for (std::size_t i = 0; i < 32; i += 8) {
    const std::uint64_t worth = bits[i / 8] * kOnes & 0x8040201008040201U;
    const std::uint64_t each = (worth + 0x7F * kOnes) >> 7 & kOnes;
    for (std::size_t j = 0; j < 8; ++j) {
      to[i + j] = static_cast<std::int8_t>(to[i + j] | (each >> (8 * j) & 1) << 4);
    }
  }
}

// quantized.cc says how the types lie in their blocks.
struct Q80 {
  static constexpr int kOffset = 128;
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
  static constexpr int kOffset = 8;
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
  static constexpr int kOffset = 0;
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
  static constexpr int kOffset = 16;
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
  static constexpr int kOffset = 0;
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
  static constexpr int kOffset = 0;
  static constexpr std::size_t kWeights = 256;
  static constexpr std::size_t kBytes = 144;
  static constexpr std::size_t kPart = 32;
  static constexpr bool kHasMinima = true;
  static HWY_INLINE void unpack_parts(const Byte* block, Unpacked& to) {
    unpack_part_scales(block, to);
  }
  static HWY_INLINE void unpack(const Byte* block, Unpacked& to) {
    unpack_parts(block, to);
    for (std::size_t pair = 0; pair < 4; ++pair) {
      std::int8_t* const weights = to.weights + 64 * pair;
      unpack_nibbles(block + 16 + 32 * pair, 32, weights, weights + 32);
    }
  }
};

struct Q5K {
  static constexpr int kOffset = 0;
  static constexpr std::size_t kWeights = 256;
  static constexpr std::size_t kBytes = 176;
  static constexpr std::size_t kPart = 32;
  static constexpr bool kHasMinima = true;
  static HWY_INLINE void unpack_parts(const Byte* block, Unpacked& to) {
    unpack_part_scales(block, to);
  }
  static HWY_INLINE void unpack(const Byte* block, Unpacked& to) {
    unpack_parts(block, to);
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
  static constexpr int kOffset = 32;
  static constexpr std::size_t kWeights = 256;
  static constexpr std::size_t kBytes = 210;
  static constexpr std::size_t kPart = 16;
  static constexpr bool kHasMinima = false;
  static HWY_INLINE void unpack_parts(const Byte* block, Unpacked& to) {
    const Byte* const scales = block + 192;
    to.scale = half_of(block + 208);
    for (std::size_t part = 0; part < 16; ++part) {
      to.part_scales[part] = static_cast<std::int8_t>(scales[part]);
    }
  }
  static HWY_INLINE void unpack(const Byte* block, Unpacked& to) {
    unpack_parts(block, to);
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

// run(Type()) for the type's struct.
template <typename Run>
HWY_INLINE void with_type(WeightType type, const Run& run) {
  switch (type) {
    case WeightType::kQ80:
      return run(Q80());
    case WeightType::kQ40:
      return run(Q40());
    case WeightType::kQ41:
      return run(Q41());
    case WeightType::kQ50:
      return run(Q50());
    case WeightType::kQ51:
      return run(Q51());
    case WeightType::kQ4K:
      return run(Q4K());
    case WeightType::kQ5K:
      return run(Q5K());
    case WeightType::kQ6K:
      return run(Q6K());
    default:
      break;  // the others are not quantised
  }
}

// Where minima of parts are multiplied with sums, two at a time.
template <typename Type>
constexpr bool kHasPartMinima = Type::kHasMinima&& Type::kWeights > Type::kPart;

HWY_INLINE std::int32_t pair_of(std::int32_t low, std::int32_t high) {
  return static_cast<std::int32_t>(static_cast<std::uint32_t>(low) & 0xFFFFU) |
         static_cast<std::int32_t>(static_cast<std::uint32_t>(high) << 16);
}

// What QuantizedInputs has as sums of one block, from those of each sixteen.
template <typename Type>
HWY_INLINE void store_sums(const std::int32_t* of_sixteen, std::int32_t* sums) {
  constexpr std::size_t kEach = Type::kPart / kLanes;
  if constexpr (kHasPartMinima<Type>) {
    for (std::size_t i = 0; i < Type::kWeights / 64; ++i) {
      const std::int32_t* const four = of_sixteen + 4 * i;
      sums[i] = pair_of(four[0] + four[1], four[2] + four[3]);
    }
  } else if constexpr (Type::kHasMinima) {
    sums[0] = of_sixteen[0] + of_sixteen[1];
  } else {
    for (std::size_t i = 0; i < Type::kWeights / Type::kPart; ++i) {
      std::int32_t sum = 0;
      for (std::size_t j = 0; j < kEach; ++j) sum += of_sixteen[i * kEach + j];
      sums[i] = -Type::kOffset * sum;
    }
  }
}

// How many sums a block has.
template <typename Type>
constexpr std::size_t kSums =
    kHasPartMinima<Type> ? Type::kWeights / 64 : Type::kWeights / Type::kPart;

void quantize(WeightType type, const float* x, std::size_t count, std::int8_t* out, float* scales,
              std::int32_t* sums) {
  with_type(type, [&](auto of) {
    using Type = decltype(of);
    std::int32_t of_sixteen[Type::kWeights / kLanes];
    for (std::size_t b = 0; b < count / Type::kWeights; ++b) {
      const std::size_t at = b * Type::kWeights;
      scales[b] = quantize_block(x + at, Type::kWeights, out + at, of_sixteen);
      store_sums<Type>(of_sixteen, sums + b * kSums<Type>);
    }
  });
}

// ---- plain: one row, one row of inputs ----

template <std::size_t kCount>
HWY_INLINE std::int32_t dot_of(const std::int8_t* a, const std::int8_t* b) {
  std::int32_t sum = 0;
  for (std::size_t i = 0; i < kCount; ++i) sum += std::int32_t{a[i]} * std::int32_t{b[i]};
  return sum;
}

template <typename Type>
HWY_INLINE std::int32_t minima_of(const Unpacked& block, const std::int32_t* sums) {
  if constexpr (!kHasPartMinima<Type>) return sums[0];
  std::int32_t minima = 0;
  for (std::size_t i = 0; i < kSums<Type>; ++i) {
    const auto pair = static_cast<std::uint32_t>(sums[i]);
    minima += block.part_minima[2 * i] * static_cast<std::int16_t>(pair);
    minima += block.part_minima[2 * i + 1] * static_cast<std::int16_t>(pair >> 16);
  }
  return minima;
}

// Some rows of inputs, from one on, in a block.
template <typename Type>
struct BlockInputs {
  const std::int8_t* values;  // the rows lie `stride` apart
  std::size_t stride;
  const float* scales;
  std::size_t blocks;
  const std::int32_t* sums;

  BlockInputs(const QuantizedInputs& x, std::size_t row, std::size_t b)
      : values(x.values + row * x.count + b * Type::kWeights),
        stride(x.count),
        scales(x.scales + row * (x.count / Type::kWeights) + b),
        blocks(x.count / Type::kWeights),
        sums(x.sums + row * (x.count / kMinSummed) + b * kSums<Type>) {}

  [[nodiscard]] HWY_INLINE Ints four(std::size_t row, std::size_t at) const {
    std::int32_t bytes = 0;
    std::memcpy(&bytes, values + row * stride + at, sizeof(bytes));
    return all(bytes);
  }
  [[nodiscard]] HWY_INLINE Ints sum(std::size_t row, std::size_t i) const {
    return all(sums[row * (stride / kMinSummed) + i]);
  }
  [[nodiscard]] HWY_INLINE Sixteen<float> scale(std::size_t row) const {
    return all(scales[row * blocks]);
  }
};

// A block's terms are added to a chain.
template <typename Type>
HWY_INLINE float add_plain(const Unpacked& block, const BlockInputs<Type>& x, float chain) {
  constexpr std::size_t kParts = Type::kWeights / Type::kPart;
  std::int32_t sum = 0;
  for (std::size_t part = 0; part < kParts; ++part) {
    const std::size_t at = part * Type::kPart;
    sum += block.part_scales[part] * dot_of<Type::kPart>(block.weights + at, x.values + at);
  }
  chain = std::fma(block.scale * *x.scales, static_cast<float>(sum), chain);
  if constexpr (Type::kHasMinima) {
    const std::int32_t minima = minima_of<Type>(block, x.sums);
    chain = std::fma(block.lowest * *x.scales, static_cast<float>(minima), chain);
  }
  return chain;
}

// y[r] = row . inputs[r].
template <typename Type>
void dot_row(const Byte* row, const QuantizedInputs& x, float* y, std::size_t y_stride) {
  constexpr std::size_t kRows = 8;  // of inputs at once
  alignas(64) std::int8_t weights[Type::kWeights];
  Unpacked block;
  block.weights = weights;
  for (std::size_t first = 0; first < x.rows; first += kRows) {
    const std::size_t last = std::min(x.rows, first + kRows);
    alignas(64) float chains[kRows][kLanes] = {};
    for (std::size_t b = 0; b < x.count / Type::kWeights; ++b) {
      Type::unpack(row + b * Type::kBytes, block);
      for (std::size_t r = first; r < last; ++r) {
        float& chain = chains[r - first][b % kLanes];
        chain = add_plain(block, BlockInputs<Type>(x, r, b), chain);
      }
    }
    for (std::size_t r = first; r < last; ++r) y[r * y_stride] = sum(load(chains[r - first]));
  }
}
