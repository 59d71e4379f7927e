// SPDX-License-Identifier: Apache-2.0
// Products of many inputs with quantised rows, by strips of sixteen rows that are unpacked once for
// all of them. Included by kernels.cc only.

#if ZIPDREAM_HAS_BYTE_VECTORS

// Whether a strip's weights are raised to be unsigned. Products of two bytes that are added to one
// number of 16 bits have no room for those of Q8_0.
template <Dot kDot, typename Type>
constexpr bool kRaised = kDot == Dot::kVnni || !kTooLarge<Type>;

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

// The weights of a block, as load_weights_of() has them.
template <typename Type>
HWY_INLINE void store_weights(const Byte* block, std::int8_t* to) {
  Bytes32 weights[Type::kWeights / 32];
  load_weights_of(Type(), block, weights);
  for (const Bytes32& each : weights) {
    for (const ByteVector& part : each.part) {
      hn::StoreU(part, ByteTag(), reinterpret_cast<Byte*>(to));
      to += kBytesOfVector;
    }
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
    const Byte* const of_row = from + row * row_bytes;
    store_weights<Type>(of_row, rows + row * Type::kWeights);
    to.scale[row] = half_of(of_row + kScalePlace<Type>);
    if constexpr (Type::kHasMinima) to.lowest[row] = half_of(of_row + 2);
    if constexpr (Type::kWeights > 32) {
      Type::unpack_parts(of_row, block);
      if constexpr (Type::kHasMinima) to.lowest[row] = block.lowest;
      set_parts(block, row, to);
    }
  }
  for (std::size_t c = 0; c < Type::kWeights / 16; ++c) spread_weights(rows, c, to);
}

// In each lane the sum of the products of the two numbers of 16 bits that it is made of.
HWY_INLINE Vector<std::int32_t> multiply_and_add_pairs(Vector<std::int32_t> a,
                                                       Vector<std::int32_t> b) {
#if HWY_TARGET == HWY_SSE4
  return Vector<std::int32_t>{_mm_madd_epi16(a.raw, b.raw)};
#elif HWY_TARGET == HWY_AVX2
  return Vector<std::int32_t>{_mm256_madd_epi16(a.raw, b.raw)};
#elif HWY_TARGET == HWY_AVX3
  return Vector<std::int32_t>{_mm512_madd_epi16(a.raw, b.raw)};
#else
  const auto low = [](auto x) HWY_ATTR { return hn::ShiftRight<16>(hn::ShiftLeft<16>(x)); };
  const auto high = [](auto x) HWY_ATTR { return hn::ShiftRight<16>(x); };
  return hn::Add(hn::Mul(low(a), low(b)), hn::Mul(high(a), high(b)));
#endif
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
    result.part[v] = hn::Add(sums.part[v], multiply_and_add_pairs(a.part[v], b.part[v]));
  }
  return result;
}

// The products of bytes, two to each number of 16 bits, as multiply_pairs() has them.
template <bool kSigned>
HWY_INLINE Vector<std::int32_t> multiply_pairs_of_lanes(Vector<std::int32_t> weights,
                                                        Vector<std::int32_t> inputs) {
#if HWY_TARGET == HWY_AVX3
  __m512i x = inputs.raw;
  __m512i w = weights.raw;
  if (kSigned) {
    x = _mm512_mask_sub_epi8(x, _mm512_movepi8_mask(w), _mm512_setzero_si512(), x);
    w = _mm512_abs_epi8(w);
  }
  return Vector<std::int32_t>{_mm512_maddubs_epi16(w, x)};
#else
  const auto w = hn::BitCast(ByteTag(), weights);
  const auto x = hn::BitCast(ByteTag(), inputs);
  return hn::BitCast(Tag<std::int32_t>(), multiply_pairs<kSigned>(w, x));
#endif
}

#if HWY_TARGET == HWY_AVX3
// sums + the products of the four bytes that the weights and the inputs are made of. Spelt out,
// because the target that Highway compiles for has not this instruction.
HWY_INLINE Ints add_by_vnni(const Ints& sums, const Ints& weights, const Ints& inputs) {
  Ints result = sums;
  asm("vpdpbusd %2, %1, %0"
      : "+v"(result.part[0].raw)
      : "v"(weights.part[0].raw), "v"(inputs.part[0].raw));
  return result;
}
#endif

// Products of two bytes whose sum is a number of 16 bits, the weights being as large as they may.
template <typename Type>
constexpr std::size_t kPairsInNumber = kTooLarge<Type>                            ? 1
                                       : Type::kBytes == Q6K::kBytes              ? 2
                                       : Type::kBytes * 32 / Type::kWeights >= 22 ? 4
                                                                                  : 8;

// numbers + the products of four bytes, two to each number of 16 bits.
template <bool kSigned>
HWY_INLINE Ints add_products(const Ints& numbers, const Ints& weights, const Ints& inputs) {
  const Tag<std::int32_t> lanes;
  const hn::Repartition<std::int16_t, Tag<std::int32_t>> tag;
  Ints result;
  for (std::size_t v = 0; v < Ints::kVectors; ++v) {
    const auto two = multiply_pairs_of_lanes<kSigned>(weights.part[v], inputs.part[v]);
    const auto sum = hn::Add(hn::BitCast(tag, numbers.part[v]), hn::BitCast(tag, two));
    result.part[v] = hn::BitCast(lanes, sum);
  }
  return result;
}

HWY_INLINE Ints sums_of_numbers(const Ints& numbers) {
  const auto ones = hn::Set(Tag<std::int32_t>(), 0x00010001);
  Ints result;
  for (std::size_t v = 0; v < Ints::kVectors; ++v) {
    result.part[v] = multiply_and_add_pairs(numbers.part[v], ones);
  }
  return result;
}

// sums + the products of the inputs' fours from the i-th on, as many as kPairsInNumber says.
template <typename Type, std::size_t kRows>
HWY_INLINE void add_fours(const StripBlock<Type>& block, std::size_t i,
                          const BlockInputs<Type>& inputs, Ints* sums) {
  Ints numbers[kRows];
  for (std::size_t r = 0; r < kRows; ++r) numbers[r] = all(std::int32_t{0});
#pragma GCC unroll 8
  for (std::size_t k = 0; k < kPairsInNumber<Type>; ++k) {
    const Ints weights = load_weights(block.weights[i + k]);
    for (std::size_t r = 0; r < kRows; ++r) {
      numbers[r] = add_products<kTooLarge<Type>>(numbers[r], weights, inputs.four(r, 4 * (i + k)));
    }
  }
  for (std::size_t r = 0; r < kRows; ++r) sums[r] = sums[r] + sums_of_numbers(numbers[r]);
}

// The products of a part of a block, for each row of inputs.
template <Dot kDot, typename Type, std::size_t kRows>
HWY_INLINE void multiply_part(const StripBlock<Type>& block, std::size_t part,
                              const BlockInputs<Type>& inputs, Ints* sums) {
  constexpr bool kIsRaised = kRaised<kDot, Type> && !Type::kHasMinima;
  for (std::size_t r = 0; r < kRows; ++r) {
    sums[r] = kIsRaised ? inputs.sum(r, part) : all(std::int32_t{0});
  }
  const std::size_t first = part * Type::kPart / 4;
#if HWY_TARGET == HWY_AVX3
  if constexpr (kDot == Dot::kVnni) {
#pragma GCC unroll 8
    for (std::size_t k = 0; k < Type::kPart / 4; ++k) {
      const Ints weights = load_weights(block.weights[first + k]);
      for (std::size_t r = 0; r < kRows; ++r) {
        sums[r] = add_by_vnni(sums[r], weights, inputs.four(r, 4 * (first + k)));
      }
    }
    return;
  }
#endif
#pragma GCC unroll 8
  for (std::size_t k = 0; k < Type::kPart / 4; k += kPairsInNumber<Type>) {
    add_fours<Type, kRows>(block, first + k, inputs, sums);
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
    chains[r] = fused(scale * inputs.scale(r), floats_of(sums[r]), chains[r]);
  }
  if constexpr (Type::kHasMinima) {
    const Sixteen<float> lowest = load(block.lowest);
    for (std::size_t r = 0; r < kRows; ++r) {
      Ints minima = all(std::int32_t{0});
      if constexpr (!kHasPartMinima<Type>) minima = inputs.sum(r, 0);
      for (std::size_t i = 0; i < StripBlock<Type>::kMinima; ++i) {
        minima = add_pairs<kDot>(minima, load(block.part_minima[i]), inputs.sum(r, i));
      }
      chains[r] = fused(lowest * inputs.scale(r), floats_of(minima), chains[r]);
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
constexpr std::size_t kStripRows = HWY_CAP_GE512 ? 8 : HWY_CAP_GE256 ? 4 : 2;

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
