// SPDX-License-Identifier: Apache-2.0
// Products of one row of inputs with quantised rows where they lie, by AVX-512 VNNI: the same
// numbers as dot_row()'s. A group of sixteen blocks is one vector of the chains. Included by
// kernels.cc only.

#if HWY_TARGET == HWY_AVX3

// sums + the products of unsigned by signed bytes, four to each sum.
HWY_INLINE __m512i add_bytes(__m512i sums, __m512i weights, __m512i inputs) {
  asm("vpdpbusd %2, %1, %0" : "+v"(sums) : "v"(weights), "vm"(inputs));
  return sums;
}

HWY_INLINE __m128i load128(const void* from) {
  return _mm_loadu_si128(static_cast<const __m128i*>(from));
}
HWY_INLINE __m256i load256(const void* from) {
  return _mm256_loadu_si256(static_cast<const __m256i*>(from));
}
HWY_INLINE __m512i load512(const void* from) { return _mm512_loadu_si512(from); }

// The 32 bytes at a, and those at b.
HWY_INLINE __m512i load_two(const void* a, const void* b) {
  return _mm512_inserti64x4(_mm512_castsi256_si512(load256(a)), load256(b), 1);
}

HWY_INLINE __m512i low_nibbles(__m512i x) { return _mm512_and_si512(x, _mm512_set1_epi8(15)); }
HWY_INLINE __m512i high_nibbles(__m512i x) { return low_nibbles(_mm512_srli_epi16(x, 4)); }

// Adds 16 to the bytes of the mask.
HWY_INLINE __m512i add_fifth(__m512i x, __mmask64 mask) {
  return _mm512_mask_add_epi8(x, mask, x, _mm512_set1_epi8(16));
}

// Two blocks' weights, raised to be unsigned: 32 of the one, 32 of the other.
HWY_INLINE __m512i load_pair(Q80 /*type*/, const Byte* a, const Byte* b) {
  return _mm512_xor_si512(load_two(a + 2, b + 2), _mm512_set1_epi8(-128));
}

HWY_INLINE __m512i nibbles_of_pair(const Byte* a, const Byte* b) {
  const __m512i twice = _mm512_broadcast_i64x2(load128(a));
  const __m512i both = _mm512_mask_broadcast_i64x2(twice, 0xF0, load128(b));
  return low_nibbles(_mm512_srlv_epi64(both, _mm512_setr_epi64(0, 0, 4, 4, 0, 0, 4, 4)));
}

HWY_INLINE __mmask64 fifth_of_pair(const Byte* a, const Byte* b) {
  std::uint32_t low = 0;
  std::uint32_t high = 0;
  std::memcpy(&low, a, sizeof(low));
  std::memcpy(&high, b, sizeof(high));
  return _cvtu64_mask64(low | std::uint64_t{high} << 32);
}

HWY_INLINE __m512i load_pair(Q40 /*type*/, const Byte* a, const Byte* b) {
  return nibbles_of_pair(a + 2, b + 2);
}
HWY_INLINE __m512i load_pair(Q41 /*type*/, const Byte* a, const Byte* b) {
  return nibbles_of_pair(a + 4, b + 4);
}
HWY_INLINE __m512i load_pair(Q50 /*type*/, const Byte* a, const Byte* b) {
  return add_fifth(nibbles_of_pair(a + 6, b + 6), fifth_of_pair(a + 2, b + 2));
}
HWY_INLINE __m512i load_pair(Q51 /*type*/, const Byte* a, const Byte* b) {
  return add_fifth(nibbles_of_pair(a + 8, b + 8), fifth_of_pair(a + 4, b + 4));
}

// In each sixteen bytes the sums of four vectors' sixteen bytes there.
HWY_INLINE __m512i sums_of_four(const __m512i* v) {
  const __m512i a =
      _mm512_add_epi32(_mm512_unpacklo_epi32(v[0], v[1]), _mm512_unpackhi_epi32(v[0], v[1]));
  const __m512i b =
      _mm512_add_epi32(_mm512_unpacklo_epi32(v[2], v[3]), _mm512_unpackhi_epi32(v[2], v[3]));
  return _mm512_add_epi32(_mm512_unpacklo_epi64(a, b), _mm512_unpackhi_epi64(a, b));
}

// A row's chains, of which each group of sixteen blocks adds a term or two to each.
struct RowChains {
  __m512 sums;

  HWY_INLINE void add(__m512 weight_scales, __m512 input_scales, __m512i whole) {
    const __m512 scales = _mm512_mul_ps(weight_scales, input_scales);
    sums = _mm512_fmadd_ps(scales, _mm512_cvtepi32_ps(whole), sums);
  }
};

HWY_INLINE __mmask16 first_blocks(std::size_t count) {
  return static_cast<__mmask16>(count >= kLanes ? 0xFFFF : (1U << count) - 1);
}

// The four bytes that stand at `from` and at the same place of the blocks after it.
template <typename Type>
HWY_INLINE __m512i gather_blocks(const Byte* from, __mmask16 mask) {
  constexpr int kBytes = static_cast<int>(Type::kBytes);
  const __m512i places =
      _mm512_mullo_epi32(_mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15),
                         _mm512_set1_epi32(kBytes));
  return _mm512_mask_i32gather_epi32(_mm512_setzero_si512(), mask, places, from, 1);
}

// Those of sixteen rows.
HWY_INLINE __m512i gather_rows(const Byte* from, std::size_t row_bytes) {
  alignas(64) std::int32_t each[kLanes];
  for (std::size_t row = 0; row < kLanes; ++row) {
    std::memcpy(&each[row], from + row * row_bytes, sizeof(each[row]));
  }
  return _mm512_load_si512(each);
}

HWY_INLINE __m512 low_halves(__m512i x) { return _mm512_cvtph_ps(_mm512_cvtepi32_epi16(x)); }
HWY_INLINE __m512 high_halves(__m512i x) { return low_halves(_mm512_srli_epi32(x, 16)); }

// Sixteen blocks of 32 weights, or the last `count` of them.
template <typename Type, bool kWhole>
HWY_INLINE __m512i multiply_small(const Byte* blocks, const std::int8_t* inputs,
                                  std::size_t count) {
  __m512i products[8];
  for (std::size_t j = 0; j < 8; ++j) {
    const std::size_t a = j < 4 ? j : j + 4;
    products[j] = _mm512_setzero_si512();
    if (!kWhole && a >= count) continue;
    const std::size_t b = kWhole || a + 4 < count ? a + 4 : a;
    const __m512i weights = load_pair(Type(), blocks + a * Type::kBytes, blocks + b * Type::kBytes);
    products[j] = add_bytes(products[j], weights,
                            load_two(inputs + a * Type::kWeights, inputs + b * Type::kWeights));
  }
  const __m512i low = sums_of_four(products);
  const __m512i high = sums_of_four(products + 4);
  return _mm512_add_epi32(_mm512_shuffle_i32x4(low, high, 0x88),
                          _mm512_shuffle_i32x4(low, high, 0xDD));
}

// Whether sixteen bytes of a block hold the low bits of all its weights. Four of its like are one
// vector then, block 4 g + v in the sixteen bytes g of vector v, the first halves of them in the
// low bits: so the inputs are arranged, too.
template <typename Type>
constexpr bool kHasNibbles = Type::kWeights == 32 && Type::kBytes < 32;
template <typename Type>
constexpr std::size_t kNibbles = Type::kBytes - 16;  // where they begin

// The inputs of all groups of sixteen blocks as [group][v][half][g] of sixteen bytes; zeros for
// blocks that are missing.
HWY_INLINE void arrange_inputs(const std::int8_t* from, std::size_t blocks, std::int8_t* to) {
  for (std::size_t group = 0; group < blocks; group += kLanes) {
    for (std::size_t i = 0; i < kLanes; ++i, to += 32) {
      // Block 4 g + v has its halves 64 bytes apart.
      const std::size_t b = group + i;
      std::int8_t* const place = to - 32 * i + (i % 4) * 128 + i / 4 * 16;
      const __m128i none = _mm_setzero_si128();
      const __m128i low = b < blocks ? load128(from + 32 * b) : none;
      const __m128i high = b < blocks ? load128(from + 32 * b + 16) : none;
      _mm_storeu_si128(reinterpret_cast<__m128i*>(place), low);
      _mm_storeu_si128(reinterpret_cast<__m128i*>(place + 64), high);
    }
  }
}

// Sixteen bytes of the blocks v, v + 4, v + 8 and v + 12, those that there are.
template <typename Type, bool kWhole>
HWY_INLINE __m512i load_four(const Byte* blocks, std::size_t v, std::size_t count) {
  const auto at = [&](std::size_t g) HWY_ATTR {
    const std::size_t b = v + 4 * g;
    return load128(blocks + (kWhole || b < count ? b : v) * Type::kBytes + kNibbles<Type>);
  };
  const __m256i low = _mm256_inserti128_si256(_mm256_castsi128_si256(at(0)), at(1), 1);
  if (!kWhole && count <= 8) return _mm512_castsi256_si512(low);
  const __m256i high = _mm256_inserti128_si256(_mm256_castsi128_si256(at(2)), at(3), 1);
  return _mm512_inserti64x4(_mm512_castsi256_si512(low), high, 1);
}

// The fifth bits of a half of the weights that load_four() gives, as a mask; of all blocks they are
// four bytes each in `fifth`.
HWY_INLINE __mmask64 fifth_of_four(__m512i fifth, std::size_t v, std::size_t half) {
  const auto byte = static_cast<long long>(4 * v + 2 * half);
  const long long ones = 0x0101010101010101;
  const __m512i places = _mm512_broadcast_i64x2(_mm_set_epi64x((byte + 1) * ones, byte * ones));
  const __m512i bits = _mm512_set1_epi64(static_cast<long long>(0x8040201008040201U));
  return _mm512_test_epi8_mask(_mm512_shuffle_epi8(fifth, places), bits);
}

// multiply_small() of a group, by arranged inputs.
template <typename Type, bool kWhole>
HWY_INLINE __m512i multiply_nibbles(const Byte* blocks, const std::int8_t* inputs,
                                    std::size_t count) {
  constexpr bool kHasFifth = Type::kBytes >= 22;
  __m512i fifth = _mm512_setzero_si512();
  if constexpr (kHasFifth) {
    fifth = gather_blocks<Type>(blocks + kNibbles<Type> - 4, first_blocks(count));
  }
  __m512i products[4];
#pragma GCC unroll 4
  for (std::size_t v = 0; v < 4; ++v) {
    products[v] = _mm512_setzero_si512();
    if (!kWhole && v >= count) continue;
    const __m512i nibbles = load_four<Type, kWhole>(blocks, v, count);
    __m512i low = low_nibbles(nibbles);
    __m512i high = high_nibbles(nibbles);
    if constexpr (kHasFifth) {
      low = add_fifth(low, fifth_of_four(fifth, v, 0));
      high = add_fifth(high, fifth_of_four(fifth, v, 1));
    }
    products[v] = add_bytes(products[v], low, load512(inputs + 128 * v));
    products[v] = add_bytes(products[v], high, load512(inputs + 128 * v + 64));
  }
  return sums_of_four(products);
}

template <typename Type, bool kWhole>
HWY_INLINE void add_small(const Byte* blocks, const BlockInputs<Type>& x,
                          const std::int8_t* arranged, std::size_t count, RowChains& chains) {
  const __mmask16 mask = first_blocks(count);
  __m512i whole;
  if constexpr (kHasNibbles<Type>) {
    whole = multiply_nibbles<Type, kWhole>(blocks, arranged, count);
  } else {
    whole = multiply_small<Type, kWhole>(blocks, x.values, count);
  }
  const __m512i sums = _mm512_maskz_loadu_epi32(mask, x.sums);
  const __m512 input_scales = _mm512_maskz_loadu_ps(mask, x.scales);
  const __m512i scales = gather_blocks<Type>(blocks, mask);
  if constexpr (Type::kHasMinima) {
    chains.add(low_halves(scales), input_scales, _mm512_maskz_mov_epi32(mask, whole));
    chains.add(high_halves(scales), input_scales, sums);
  } else {
    const __m512i lowered = _mm512_maskz_add_epi32(mask, whole, sums);
    chains.add(low_halves(scales), input_scales, lowered);
  }
}

// ---- blocks of 256 ----

// The products of four blocks at most, and those of their minima.
struct LargeSums {
  __m512i products[4];
  __m128i minima[4];
};

// Bytes with the scales of the eight parts, then their minima.
HWY_INLINE __m128i scale_bytes(const Byte* block) {
  std::uint32_t packed[3];
  std::memcpy(packed, block + 4, sizeof(packed));
  const auto six = [](std::uint32_t x) { return static_cast<int>(x & 0x3F3F3F3FU); };
  const auto joined = [](std::uint32_t four, std::uint32_t two) {
    return static_cast<int>((four & 0x0F0F0F0FU) | (two >> 6 & 0x03030303U) << 4);
  };
  return _mm_setr_epi32(six(packed[0]), joined(packed[2], packed[0]), six(packed[1]),
                        joined(packed[2] >> 4, packed[1]));
}

// The scale of part a for the lower eight sums, of part b for the upper.
HWY_INLINE __m512i scales_of(__m128i scales, int a, int b) {
  const int none = static_cast<int>(0x80808000U);
  const __m512i places =
      _mm512_inserti64x4(_mm512_set1_epi32(none | a), _mm256_set1_epi32(none | b), 1);
  return _mm512_shuffle_epi8(_mm512_broadcast_i32x4(scales), places);
}

// Parts a and b of Q4_K or Q5_K.
HWY_INLINE __m512i multiply_parts(__m512i weights, const std::int8_t* inputs, __m128i scales, int a,
                                  int b) {
  const __m512i products =
      add_bytes(_mm512_setzero_si512(), weights, load_two(inputs + 32 * a, inputs + 32 * b));
  return _mm512_mullo_epi32(products, scales_of(scales, a, b));
}

HWY_INLINE __m128i multiply_minima(__m128i scales, const std::int32_t* sums) {
  return _mm_madd_epi16(_mm_cvtepu8_epi16(_mm_srli_si128(scales, 8)), load128(sums));
}

// The weights of a block, raised to be unsigned: of Q4_K and Q5_K those of the parts 0 and 2; 1 and
// 3; 4 and 6; 5 and 7; of Q6_K in order.
HWY_INLINE void load_large(Q4K /*type*/, const Byte* block, __m512i* weights) {
  for (int half = 0; half < 2; ++half) {
    const __m512i nibbles = load512(block + 16 + 64 * half);
    weights[2 * half] = low_nibbles(nibbles);
    weights[2 * half + 1] = high_nibbles(nibbles);
  }
}

// The bytes that have the bit of part a, then those that have that of part b.
HWY_INLINE __mmask64 fifth_of_parts(__m512i fifth, int a, int b) {
  const __m512i bits = _mm512_inserti64x4(_mm512_set1_epi8(static_cast<char>(1 << a)),
                                          _mm256_set1_epi8(static_cast<char>(1 << b)), 1);
  return _mm512_test_epi8_mask(fifth, bits);
}

HWY_INLINE void load_large(Q5K /*type*/, const Byte* block, __m512i* weights) {
  const __m512i fifth = _mm512_broadcast_i64x4(load256(block + 16));
  for (int half = 0; half < 2; ++half) {
    const __m512i nibbles = load512(block + 48 + 64 * half);
    const int a = 4 * half;
    weights[2 * half] = add_fifth(low_nibbles(nibbles), fifth_of_parts(fifth, a, a + 2));
    weights[2 * half + 1] = add_fifth(high_nibbles(nibbles), fifth_of_parts(fifth, a + 1, a + 3));
  }
}

HWY_INLINE void load_large(Q6K /*type*/, const Byte* block, __m512i* weights) {
  const __m512i top = _mm512_set1_epi8(0x30);
  for (int half = 0; half < 2; ++half) {
    const __m512i nibbles = load512(block + 64 * half);
    const __m512i high = _mm512_broadcast_i64x4(load256(block + 128 + 32 * half));
    const __m512i up = _mm512_sllv_epi64(high, _mm512_setr_epi64(4, 4, 4, 4, 2, 2, 2, 2));
    const __m512i down = _mm512_srlv_epi64(high, _mm512_setr_epi64(0, 0, 0, 0, 2, 2, 2, 2));
    weights[2 * half] = _mm512_or_si512(low_nibbles(nibbles), _mm512_and_si512(up, top));
    weights[2 * half + 1] = _mm512_or_si512(high_nibbles(nibbles), _mm512_and_si512(down, top));
  }
}

constexpr int kFirstParts[4] = {0, 1, 4, 5};  // of the vectors of Q4_K and Q5_K

template <typename Type>
HWY_INLINE void multiply_large(Type type, const Byte* block, const std::int8_t* inputs,
                               const std::int32_t* sums, __m512i& products, __m128i& minima) {
  const __m128i scales = scale_bytes(block);
  __m512i weights[4];
  load_large(type, block, weights);
  products = _mm512_setzero_si512();
#pragma GCC unroll 4
  for (int k = 0; k < 4; ++k) {
    const int part = kFirstParts[k];
    products =
        _mm512_add_epi32(products, multiply_parts(weights[k], inputs, scales, part, part + 2));
  }
  minima = multiply_minima(scales, sums);
}

HWY_INLINE void multiply_large(Q6K type, const Byte* block, const std::int8_t* inputs,
                               const std::int32_t* sums, __m512i& products, __m128i& minima) {
  const __m512i scales = _mm512_cvtepi8_epi32(load128(block + 192));
  const __m512i of_four = _mm512_setr_epi32(0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3);
  __m512i weights[4];
  load_large(type, block, weights);
  products = _mm512_mullo_epi32(scales, load512(sums));
#pragma GCC unroll 4
  for (int k = 0; k < 4; ++k) {
    const __m512i place = _mm512_add_epi32(of_four, _mm512_set1_epi32(4 * k));
    const __m512i each = add_bytes(_mm512_setzero_si512(), weights[k], load512(inputs + 64 * k));
    const __m512i scale = _mm512_permutexvar_epi32(place, scales);
    products = _mm512_add_epi32(products, _mm512_mullo_epi32(each, scale));
  }
  minima = _mm_setzero_si128();
}

// The sum of each of four vectors.
HWY_INLINE __m128i sums_of_products(const __m512i* v) {
  const __m512i four = sums_of_four(v);
  const __m256i two =
      _mm256_add_epi32(_mm512_castsi512_si256(four), _mm512_extracti64x4_epi64(four, 1));
  return _mm_add_epi32(_mm256_castsi256_si128(two), _mm256_extracti128_si256(two, 1));
}
HWY_INLINE __m128i sums_of_minima(const __m128i* v) {
  const __m128i a = _mm_add_epi32(_mm_unpacklo_epi32(v[0], v[1]), _mm_unpackhi_epi32(v[0], v[1]));
  const __m128i b = _mm_add_epi32(_mm_unpacklo_epi32(v[2], v[3]), _mm_unpackhi_epi32(v[2], v[3]));
  return _mm_add_epi32(_mm_unpacklo_epi64(a, b), _mm_unpackhi_epi64(a, b));
}

// Sixteen blocks of 256 weights, or the last `count` of them.
template <typename Type>
HWY_INLINE void add_large(const Byte* blocks, const BlockInputs<Type>& x, std::size_t count,
                          RowChains& chains) {
  alignas(64) std::int32_t whole[kLanes] = {};
  alignas(64) std::int32_t minima[kLanes] = {};
  for (std::size_t first = 0; first < count; first += 4) {
    LargeSums sums = {};
    for (std::size_t i = 0; i < 4 && first + i < count; ++i) {
      const std::size_t b = first + i;
      multiply_large(Type(), blocks + b * Type::kBytes, x.values + b * Type::kWeights,
                     x.sums + b * kSums<Type>, sums.products[i], sums.minima[i]);
    }
    _mm_store_si128(reinterpret_cast<__m128i*>(whole + first), sums_of_products(sums.products));
    if constexpr (Type::kHasMinima) {
      _mm_store_si128(reinterpret_cast<__m128i*>(minima + first), sums_of_minima(sums.minima));
    }
  }
  const __mmask16 mask = first_blocks(count);
  const __m512 input_scales = _mm512_maskz_loadu_ps(mask, x.scales);
  if constexpr (Type::kHasMinima) {
    const __m512i scales = gather_blocks<Type>(blocks, mask);
    const __m512 lowest = _mm512_sub_ps(_mm512_set1_ps(-0.0F), high_halves(scales));
    chains.add(low_halves(scales), input_scales, load512(whole));
    chains.add(lowest, input_scales, load512(minima));
  } else {
    const __m512i scales = gather_blocks<Type>(blocks + Type::kBytes - 4, mask);
    chains.add(high_halves(scales), input_scales, load512(whole));
  }
}

// The weights of a block of sixteen rows, raised to be unsigned, one row after the other.
template <typename Type>
HWY_INLINE void unpack_rows(Type type, const Byte* from, std::size_t row_bytes, std::int8_t* rows) {
  const auto store256 = [](std::int8_t* to, __m256i x)
                            HWY_ATTR { _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), x); };
  const auto store_two = [&](__m512i x, std::int8_t* low, std::int8_t* high) HWY_ATTR {
    store256(low, _mm512_castsi512_si256(x));
    store256(high, _mm512_extracti64x4_epi64(x, 1));
  };
  if constexpr (Type::kWeights == 32) {
    for (std::size_t row = 0; row < kLanes; row += 2) {
      const Byte* const at = from + row * row_bytes;
      store_two(load_pair(type, at, at + row_bytes), rows + row * 32, rows + row * 32 + 32);
    }
  } else {
    for (std::size_t row = 0; row < kLanes; ++row, rows += Type::kWeights) {
      __m512i weights[4];
      load_large(type, from + row * row_bytes, weights);
      for (int k = 0; k < 4; ++k) {
        if constexpr (Type::kHasMinima) {
          store_two(weights[k], rows + 32 * kFirstParts[k], rows + 32 * kFirstParts[k] + 64);
        } else {
          store_two(weights[k], rows + 64 * k, rows + 64 * k + 32);
        }
      }
    }
  }
}

// row . inputs, which are arranged where the type has nibbles.
template <typename Type>
HWY_INLINE float dot_row_by_vnni(const Byte* row, const QuantizedInputs& x, std::size_t of,
                                 const std::int8_t* arranged) {
  const std::size_t blocks = x.count / Type::kWeights;
  RowChains chains{_mm512_setzero_ps()};
  for (std::size_t b = 0; b < blocks; b += kLanes) {
    const Byte* const group = row + b * Type::kBytes;
    const BlockInputs<Type> inputs(x, of, b);
    const std::size_t count = std::min(kLanes, blocks - b);
    if constexpr (Type::kWeights > 32) {
      add_large<Type>(group, inputs, count, chains);
    } else if (count == kLanes) {
      add_small<Type, true>(group, inputs, arranged + 32 * b, count, chains);
    } else {
      add_small<Type, false>(group, inputs, arranged + 32 * b, count, chains);
    }
  }
  Sixteen<float> sums;
  sums.part[0] = hn::Vec512<float>{chains.sums};
  return sum(sums);
}

// y[r][i] = row i . x[r], for `count` rows.
template <typename Type>
void multiply_rows_by_vnni(const Byte* rows, std::size_t row_bytes, std::size_t count,
                           const QuantizedInputs& x, float* y, std::size_t y_stride,
                           Byte* scratch) {
  auto* const arranged = reinterpret_cast<std::int8_t*>(scratch);
  for (std::size_t r = 0; r < x.rows; ++r) {
    if constexpr (kHasNibbles<Type>) {
      arrange_inputs(x.values + r * x.count, x.count / Type::kWeights, arranged);
    }
    for (std::size_t i = 0; i < count; ++i) {
      if (r == 0) prefetch_after(rows + i * row_bytes, row_bytes);
      y[r * y_stride + i] = dot_row_by_vnni<Type>(rows + i * row_bytes, x, r, arranged);
    }
  }
}

#endif
