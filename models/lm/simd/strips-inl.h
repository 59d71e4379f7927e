// SPDX-License-Identifier: Apache-2.0
// Products of many inputs with quantised rows, by strips of sixteen rows that are unpacked once for
// all of them. Included by kernels.cc only.

#if HWY_TARGET != HWY_SCALAR

// A block of sixteen rows. Weights lie as products of bytes take them: four inputs of each row.
template <typename Type>
struct alignas(64) StripBlock {
  static constexpr std::size_t kParts = Type::kWeights / Type::kPart;
  static constexpr std::size_t kMinima = kHasPartMinima<Type> ? kSums<Type> : 0;

  std::int8_t weights[Type::kWeights / 4][4 * kLanes];
  float scale[kLanes];
  float lowest[kLanes];
  std::int32_t part_scales[kParts][kLanes];
  std::int32_t part_minima[kMinima + 1][kLanes];  // pairs of two
};

// Sixteen times four bytes, each four as one number, to be multiplied with four inputs.
HWY_INLINE Ints load_weights(const std::int8_t* from) {
  Ints result;
  const Tag<std::int32_t> tag;
  const hn::Repartition<std::int8_t, Tag<std::int32_t>> bytes;
  for (std::size_t v = 0; v < Ints::kVectors; ++v) {
    result.part[v] = hn::BitCast(tag, hn::Load(bytes, from + 4 * v * kWidth<std::int32_t>));
  }
  return result;
}

// The sixteen rows' dwords [4 c, 4 c + 4) of a block.
template <typename Type>
HWY_INLINE void spread_weights(const std::int8_t* rows, std::size_t c, StripBlock<Type>& to) {
  const Quad quad = load_quad(reinterpret_cast<const Byte*>(rows) + 16 * c, Type::kWeights);
  const hn::Repartition<std::int8_t, Tag<std::int32_t>> bytes;
  for (std::size_t j = 0; j < 4; ++j) {
    for (std::size_t v = 0; v < Ints::kVectors; ++v) {
      hn::Store(hn::BitCast(bytes, quad.of[j].part[v]), bytes,
                to.weights[4 * c + j] + 4 * v * kWidth<std::int32_t>);
    }
  }
}

#if HWY_TARGET == HWY_AVX3
// The scales of sixteen rows' blocks.
template <typename Type>
HWY_INLINE void set_scales(const Byte* from, std::size_t row_bytes, StripBlock<Type>& to) {
  if constexpr (Type::kHasMinima) {
    const __m512i scales = gather_rows(from, row_bytes);
    __m512 lowest = high_halves(scales);
    if constexpr (Type::kWeights > 32) lowest = _mm512_sub_ps(_mm512_set1_ps(-0.0F), lowest);
    _mm512_store_ps(to.scale, low_halves(scales));
    _mm512_store_ps(to.lowest, lowest);
  } else if constexpr (Type::kWeights > 32) {
    _mm512_store_ps(to.scale, high_halves(gather_rows(from + Type::kBytes - 4, row_bytes)));
  } else {
    _mm512_store_ps(to.scale, low_halves(gather_rows(from, row_bytes)));
  }
}
#endif

// All of a block but its weights and scales.
template <typename Type>
HWY_INLINE void set_parts(const Unpacked& block, std::size_t row, StripBlock<Type>& to) {
  if constexpr (StripBlock<Type>::kParts > 1) {
    for (std::size_t part = 0; part < StripBlock<Type>::kParts; ++part) {
      to.part_scales[part][row] = block.part_scales[part];
    }
  }
  for (std::size_t i = 0; i < StripBlock<Type>::kMinima; ++i) {
    to.part_minima[i][row] = pair_of(block.part_minima[2 * i], block.part_minima[2 * i + 1]);
  }
}

template <Dot kDot, typename Type>
void fill_strip_block(const Byte* from, std::size_t row_bytes, StripBlock<Type>& to) {
  alignas(64) std::int8_t rows[kLanes * Type::kWeights];
  Unpacked block;
#if HWY_TARGET == HWY_AVX3
  if constexpr (kDot == Dot::kVnni) {
    unpack_rows(Type(), from, row_bytes, rows);
    set_scales(from, row_bytes, to);
    for (std::size_t row = 0; row < kLanes; ++row) {
      if constexpr (Type::kWeights > 32) {
        Type::unpack_parts(from + row * row_bytes, block);
        set_parts(block, row, to);
      }
    }
    for (std::size_t c = 0; c < Type::kWeights / 16; ++c) spread_weights(rows, c, to);
    return;
  }
#endif
  for (std::size_t row = 0; row < kLanes; ++row) {
    block.weights = rows + row * Type::kWeights;
    Type::unpack(from + row * row_bytes, block);
    to.scale[row] = block.scale;
    if constexpr (Type::kHasMinima) to.lowest[row] = block.lowest;
    set_parts(block, row, to);
  }
  for (std::size_t c = 0; c < Type::kWeights / 16; ++c) spread_weights(rows, c, to);
}

// sums + the products of the pairs of numbers of 16 bits that a and b are made of.
template <Dot kDot>
HWY_INLINE Ints add_pairs(const Ints& sums, const Ints& a, const Ints& b) {
  Ints result;
#if HWY_TARGET == HWY_AVX3
  if constexpr (kDot == Dot::kVnni) {
    result = sums;
    asm("vpdpwssd %2, %1, %0" : "+v"(result.part[0].raw) : "v"(a.part[0].raw), "v"(b.part[0].raw));
    return result;
  }
#endif
  for (std::size_t v = 0; v < Ints::kVectors; ++v) {
    const auto low = [](auto x) HWY_ATTR { return hn::ShiftRight<16>(hn::ShiftLeft<16>(x)); };
    const auto high = [](auto x) HWY_ATTR { return hn::ShiftRight<16>(x); };
    const auto lows = hn::Mul(low(a.part[v]), low(b.part[v]));
    const auto highs = hn::Mul(high(a.part[v]), high(b.part[v]));
    result.part[v] = hn::Add(sums.part[v], hn::Add(lows, highs));
  }
  return result;
}

// sums + the products of the four bytes that the weights and the inputs are made of.
template <Dot kDot>
HWY_INLINE Ints add_products(const Ints& sums, const Ints& weights, const Ints& inputs) {
  Ints result;
#if HWY_TARGET == HWY_AVX3
  if constexpr (kDot == Dot::kVnni) {
    result = sums;
    // Spelt out, because the target that Highway compiles for has not this instruction.
    asm("vpdpbusd %2, %1, %0"
        : "+v"(result.part[0].raw)
        : "v"(weights.part[0].raw), "v"(inputs.part[0].raw));
    return result;
  }
#endif
  const Tag<std::int32_t> wide;
  const hn::Repartition<std::int16_t, Tag<std::int32_t>> pairs;
  for (std::size_t v = 0; v < Ints::kVectors; ++v) {
    const auto a = hn::BitCast(pairs, weights.part[v]);
    const auto b = hn::BitCast(pairs, inputs.part[v]);
    const auto even = [](auto x) HWY_ATTR { return hn::ShiftRight<8>(hn::ShiftLeft<8>(x)); };
    const auto odd = [](auto x) HWY_ATTR { return hn::ShiftRight<8>(x); };
    // Two products of bytes, the inputs' being at most 127, are a number of 16 bits.
    const auto two = hn::BitCast(wide, hn::Add(hn::Mul(even(a), even(b)), hn::Mul(odd(a), odd(b))));
    const auto both = hn::Add(hn::ShiftRight<16>(hn::ShiftLeft<16>(two)), hn::ShiftRight<16>(two));
    result.part[v] = hn::Add(sums.part[v], both);
  }
  return result;
}

HWY_INLINE Sixteen<float> to_floats(const Ints& x) {
  Sixteen<float> result;
  for (std::size_t v = 0; v < Ints::kVectors; ++v) {
    result.part[v] = hn::ConvertTo(kFloat, x.part[v]);
  }
  return result;
}

// The products of a part of a block, for each row of inputs.
template <Dot kDot, typename Type, std::size_t kRows>
HWY_INLINE void multiply_part(const StripBlock<Type>& block, std::size_t part,
                              const BlockInputs<Type>& inputs, Ints* sums) {
  constexpr bool kRaised = kDot == Dot::kVnni && !Type::kHasMinima;
  for (std::size_t r = 0; r < kRows; ++r) {
    sums[r] = kRaised ? inputs.sum(r, part) : all(std::int32_t{0});
  }
#pragma GCC unroll 8
  for (std::size_t k = 0; k < Type::kPart / 4; ++k) {
    const std::size_t i = part * Type::kPart / 4 + k;
    const Ints weights = load_weights(block.weights[i]);
    for (std::size_t r = 0; r < kRows; ++r) {
      sums[r] = add_products<kDot>(sums[r], weights, inputs.four(r, 4 * i));
    }
  }
}

// The whole numbers that a block's weights without their minima give.
template <Dot kDot, typename Type, std::size_t kRows>
HWY_INLINE void multiply_block(const StripBlock<Type>& block, const BlockInputs<Type>& inputs,
                               Ints* sums) {
  if constexpr (StripBlock<Type>::kParts == 1) {
    multiply_part<kDot, Type, kRows>(block, 0, inputs, sums);
  } else {
    for (std::size_t r = 0; r < kRows; ++r) sums[r] = all(std::int32_t{0});
    for (std::size_t part = 0; part < StripBlock<Type>::kParts; ++part) {
      Ints of_part[kRows];
      multiply_part<kDot, Type, kRows>(block, part, inputs, of_part);
      const Ints scales = load(block.part_scales[part]);
      for (std::size_t r = 0; r < kRows; ++r) sums[r] = sums[r] + of_part[r] * scales;
    }
  }
}

// A block's terms are added to the chains, one for each row of inputs.
template <Dot kDot, typename Type, std::size_t kRows>
HWY_INLINE void add_block(const StripBlock<Type>& block, const BlockInputs<Type>& inputs,
                          Sixteen<float>* chains) {
  Ints sums[kRows];
  multiply_block<kDot, Type, kRows>(block, inputs, sums);
  const Sixteen<float> scale = load(block.scale);
  for (std::size_t r = 0; r < kRows; ++r) {
    chains[r] = fused(scale * inputs.scale(r), to_floats(sums[r]), chains[r]);
  }
  if constexpr (Type::kHasMinima) {
    const Sixteen<float> lowest = load(block.lowest);
    for (std::size_t r = 0; r < kRows; ++r) {
      Ints minima = all(std::int32_t{0});
      if constexpr (!kHasPartMinima<Type>) minima = inputs.sum(r, 0);
      for (std::size_t i = 0; i < StripBlock<Type>::kMinima; ++i) {
        minima = add_pairs<kDot>(minima, load(block.part_minima[i]), inputs.sum(r, i));
      }
      chains[r] = fused(lowest * inputs.scale(r), to_floats(minima), chains[r]);
    }
  }
}

// The fixed tree, over chains that lie apart.
HWY_INLINE Sixteen<float> sum_of_chains(const float* chains, std::size_t stride) {
  const auto chain = [&](std::size_t i) HWY_ATTR { return load(chains + i * stride); };
  Sixteen<float> eight[8];
  for (std::size_t i = 0; i < 8; ++i) eight[i] = chain(i) + chain(i + 8);
  for (std::size_t i = 0; i < 4; ++i) eight[i] = eight[i] + eight[i + 4];
  return (eight[0] + eight[2]) + (eight[1] + eight[3]);
}

// Sixteen outputs for kRows rows of inputs from the row `first` on.
template <Dot kDot, typename Type, std::size_t kRows>
void multiply_strip(const StripBlock<Type>* strip, const QuantizedInputs& x, std::size_t first,
                    float* y, std::size_t y_stride) {
  const std::size_t blocks = x.count / Type::kWeights;
  alignas(64) float chains[kLanes][kRows][kLanes];
  for (std::size_t c = 0; c < kLanes; ++c) {
    Sixteen<float> each[kRows];
    for (std::size_t r = 0; r < kRows; ++r) each[r] = all(0.0F);
    for (std::size_t b = c; b < blocks; b += kLanes) {
      add_block<kDot, Type, kRows>(strip[b], BlockInputs<Type>(x, first, b), each);
    }
    for (std::size_t r = 0; r < kRows; ++r) store(each[r], chains[c][r]);
  }
  for (std::size_t r = 0; r < kRows; ++r) {
    store(sum_of_chains(chains[0][r], kRows * kLanes), y + r * y_stride);
  }
}

// As many rows of inputs at once as the registers hold.
constexpr std::size_t kStripRows = HWY_CAP_GE512 ? 8 : HWY_CAP_GE256 ? 2 : 1;

// Sixteen rows by all inputs.
template <Dot kDot, typename Type>
void multiply_by_strip(const Byte* rows, std::size_t row_bytes, const QuantizedInputs& x, float* y,
                       std::size_t y_stride, Byte* scratch) {
  auto* const strip = reinterpret_cast<StripBlock<Type>*>(scratch);
  const std::size_t blocks = x.count / Type::kWeights;
  for (std::size_t b = 0; b < blocks; ++b) {
    fill_strip_block<kDot, Type>(rows + b * Type::kBytes, row_bytes, strip[b]);
  }
  std::size_t r = 0;
  for (; r + kStripRows <= x.rows; r += kStripRows) {
    multiply_strip<kDot, Type, kStripRows>(strip, x, r, y + r * y_stride, y_stride);
  }
  for (; r < x.rows; ++r) {
    multiply_strip<kDot, Type, 1>(strip, x, r, y + r * y_stride, y_stride);
  }
}

#endif
