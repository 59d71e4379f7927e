// SPDX-License-Identifier: Apache-2.0
// Products of few inputs with quantised rows where they lie, by vectors of bytes: the same numbers
// as dot_row()'s. What is left of sixteen blocks in whole numbers goes to the chains at once.
// Included by kernels.cc only.

#if ZIPDREAM_HAS_BYTE_VECTORS

// 32 weights, or inputs, in one vector or in two.
using ByteTag = hn::CappedTag<std::uint8_t, 32>;
using PairTag = hn::Repartition<std::int16_t, ByteTag>;
using SumTag = hn::Repartition<std::int32_t, ByteTag>;
using ByteVector = hn::Vec<ByteTag>;
using PairVector = hn::Vec<PairTag>;
constexpr std::size_t kBytesOfVector = hn::MaxLanes(ByteTag());
constexpr std::size_t kByteVectors = 32 / kBytesOfVector;

struct Bytes32 {
  ByteVector part[kByteVectors];
};

HWY_INLINE Bytes32 load_bytes(const void* from) {
  Bytes32 result;
  for (std::size_t v = 0; v < kByteVectors; ++v) {
    result.part[v] = hn::LoadU(ByteTag(), static_cast<const Byte*>(from) + v * kBytesOfVector);
  }
  return result;
}

template <typename Operation>
HWY_INLINE Bytes32 each_of(const Bytes32& x, const Operation& operation) {
  Bytes32 result;
  for (std::size_t v = 0; v < kByteVectors; ++v) result.part[v] = operation(x.part[v]);
  return result;
}

HWY_INLINE Bytes32 either_of(const Bytes32& a, const Bytes32& b) {
  Bytes32 result;
  for (std::size_t v = 0; v < kByteVectors; ++v) result.part[v] = hn::Or(a.part[v], b.part[v]);
  return result;
}

HWY_INLINE Bytes32 bits_of(const Bytes32& x, int bits) {
  const auto mask = hn::Set(ByteTag(), static_cast<std::uint8_t>(bits));
  return each_of(x, [&](ByteVector v) HWY_ATTR { return hn::And(v, mask); });
}

// What bits are shifted over the bytes' edges must be masked.
template <int kBits>
HWY_INLINE Bytes32 shifted_down(const Bytes32& x) {
  const hn::Repartition<std::uint16_t, ByteTag> wide;
  return each_of(x, [&](ByteVector v) HWY_ATTR {
    return hn::BitCast(ByteTag(), hn::ShiftRight<kBits>(hn::BitCast(wide, v)));
  });
}
template <int kBits>
HWY_INLINE Bytes32 shifted_up(const Bytes32& x) {
  const hn::Repartition<std::uint16_t, ByteTag> wide;
  return each_of(x, [&](ByteVector v) HWY_ATTR {
    return hn::BitCast(ByteTag(), hn::ShiftLeft<kBits>(hn::BitCast(wide, v)));
  });
}

// Sixteen bytes, then sixteen others.
template <typename Part>
HWY_INLINE Bytes32 join(Part first, Part rest) {
  Bytes32 result;
  if constexpr (std::is_same_v<Part, ByteVector>) {
    result.part[0] = first;
    result.part[1] = rest;
  } else {
    result.part[0] = hn::Combine(ByteTag(), rest, first);
  }
  return result;
}

// The low four bits of sixteen bytes, then the high ones.
HWY_INLINE Bytes32 load_nibbles(const Byte* from) {
  const hn::CappedTag<std::uint8_t, 16> half;
  const hn::Repartition<std::uint16_t, decltype(half)> wide;
  const auto mask = hn::Set(half, std::uint8_t{15});
  const auto packed = hn::LoadU(half, from);
  const auto low = hn::And(packed, mask);
  const auto down = hn::BitCast(half, hn::ShiftRight<4>(hn::BitCast(wide, packed)));
  return join(low, hn::And(down, mask));
}

// `value` in the bytes that have all of these bits, 0 in the others.
HWY_INLINE ByteVector where_set(ByteVector x, ByteVector bits, int value) {
  const auto is_set = hn::VecFromMask(ByteTag(), hn::Eq(hn::And(x, bits), bits));
  return hn::And(is_set, hn::Set(ByteTag(), static_cast<std::uint8_t>(value)));
}

// 16 in the places whose bits are set of the 32 that stand in four bytes.
HWY_INLINE Bytes32 load_fifth(const Byte* from) {
  alignas(32) constexpr std::uint8_t kPlaces[32] = {0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1,
                                                    2, 2, 2, 2, 2, 2, 2, 2, 3, 3, 3, 3, 3, 3, 3, 3};
  constexpr std::uint64_t kBits = 0x8040201008040201U;
  const hn::Repartition<std::uint64_t, ByteTag> words;
  const auto bits = hn::BitCast(ByteTag(), hn::Set(words, kBits));
  std::uint32_t word = 0;
  std::memcpy(&word, from, sizeof(word));
  const hn::Repartition<std::uint32_t, ByteTag> fours;
  const auto four = hn::BitCast(ByteTag(), hn::Set(fours, word));
  Bytes32 result;
  for (std::size_t v = 0; v < kByteVectors; ++v) {
    const auto places = hn::Load(ByteTag(), kPlaces + v * kBytesOfVector);
    result.part[v] = where_set(hn::TableLookupBytes(four, places), bits, 16);
  }
  return result;
}

// ---- products ----

// Sums over the places of a vector, in any order: all of them together count.
template <typename Tag32>
struct DotSums {
  hn::Vec<Tag32> some;
  hn::Vec<Tag32> others;

  HWY_INLINE void clear() { some = others = hn::Zero(Tag32()); }
  // Adds the products of numbers of 16 bits.
  template <typename Numbers>
  HWY_INLINE void add(Numbers a, Numbers b) {
    some = hn::ReorderWidenMulAccumulate(Tag32(), a, b, some, others);
  }
  [[nodiscard]] HWY_INLINE hn::Vec<Tag32> sum() const { return hn::Add(some, others); }
};

// The products of bytes, two to each number of 16 bits: of unsigned weights below 64, or of signed
// ones, with inputs that are at most 127.
template <bool kSigned>
HWY_INLINE PairVector multiply_pairs(ByteVector weights, ByteVector inputs) {
#if HWY_TARGET == HWY_SSE4
  if (!kSigned) return PairVector{_mm_maddubs_epi16(weights.raw, inputs.raw)};
  return PairVector{
      _mm_maddubs_epi16(_mm_abs_epi8(weights.raw), _mm_sign_epi8(inputs.raw, weights.raw))};
#elif HWY_TARGET == HWY_AVX2 || HWY_TARGET == HWY_AVX3
  if (!kSigned) return PairVector{_mm256_maddubs_epi16(weights.raw, inputs.raw)};
  return PairVector{_mm256_maddubs_epi16(_mm256_abs_epi8(weights.raw),
                                         _mm256_sign_epi8(inputs.raw, weights.raw))};
#else
  const auto a = hn::BitCast(PairTag(), weights);
  const auto b = hn::BitCast(PairTag(), inputs);
  const auto even = [](PairVector x) HWY_ATTR { return hn::ShiftRight<8>(hn::ShiftLeft<8>(x)); };
  const auto odd = [](PairVector x) HWY_ATTR { return hn::ShiftRight<8>(x); };
  return hn::Add(hn::Mul(even(a), even(b)), hn::Mul(odd(a), odd(b)));
#endif
}

// The factors of a vector's first sixteen weights and of the rest, for products of 16 bits.
struct Factors {
  PairVector part[kByteVectors];
};

HWY_INLINE Factors factors(std::int16_t all) {
  Factors result;
  for (auto& part : result.part) part = hn::Set(PairTag(), all);
  return result;
}
HWY_INLINE Factors factors(std::int16_t first, std::int16_t rest) {
  Factors result;
  if constexpr (kByteVectors == 1) {
    const hn::Half<PairTag> half;
    result.part[0] = hn::Combine(PairTag(), hn::Set(half, rest), hn::Set(half, first));
  } else {
    result.part[0] = hn::Set(PairTag(), first);
    result.part[kByteVectors - 1] = hn::Set(PairTag(), rest);
  }
  return result;
}

template <bool kSigned>
HWY_INLINE void add_products_of_32(const Bytes32& weights, const std::int8_t* inputs,
                                   const Factors& factor, DotSums<SumTag>& sums) {
  const Bytes32 x = load_bytes(inputs);
  for (std::size_t v = 0; v < kByteVectors; ++v) {
    sums.add(multiply_pairs<kSigned>(weights.part[v], x.part[v]), factor.part[v]);
  }
}

// ---- the weights of blocks, raised to be unsigned, but those of Q8_0, which are too large ----

template <typename Type>
constexpr bool kTooLarge = std::is_same_v<Type, Q80>;

HWY_INLINE void load_weights_of(Q80 /*type*/, const Byte* block, Bytes32* to) {
  to[0] = load_bytes(block + 2);
}
HWY_INLINE void load_weights_of(Q40 /*type*/, const Byte* block, Bytes32* to) {
  to[0] = load_nibbles(block + 2);
}
HWY_INLINE void load_weights_of(Q41 /*type*/, const Byte* block, Bytes32* to) {
  to[0] = load_nibbles(block + 4);
}
HWY_INLINE void load_weights_of(Q50 /*type*/, const Byte* block, Bytes32* to) {
  to[0] = either_of(load_nibbles(block + 6), load_fifth(block + 2));
}
HWY_INLINE void load_weights_of(Q51 /*type*/, const Byte* block, Bytes32* to) {
  to[0] = either_of(load_nibbles(block + 8), load_fifth(block + 4));
}

HWY_INLINE void load_weights_of(Q4K /*type*/, const Byte* block, Bytes32* to) {
  for (std::size_t pair = 0; pair < 4; ++pair) {
    const Bytes32 packed = load_bytes(block + 16 + 32 * pair);
    to[2 * pair] = bits_of(packed, 15);
    to[2 * pair + 1] = bits_of(shifted_down<4>(packed), 15);
  }
}
HWY_INLINE void load_weights_of(Q5K /*type*/, const Byte* block, Bytes32* to) {
  const Bytes32 fifth = load_bytes(block + 16);
  for (std::size_t pair = 0; pair < 4; ++pair) {
    const Bytes32 packed = load_bytes(block + 48 + 32 * pair);
    to[2 * pair] = bits_of(packed, 15);
    to[2 * pair + 1] = bits_of(shifted_down<4>(packed), 15);
  }
  for (std::size_t part = 0; part < 8; ++part) {
    const auto bit = hn::Set(ByteTag(), static_cast<std::uint8_t>(1U << part));
    const auto where = [&](ByteVector v) HWY_ATTR { return where_set(v, bit, 16); };
    to[part] = either_of(to[part], each_of(fifth, where));
  }
}
HWY_INLINE void load_weights_of(Q6K /*type*/, const Byte* block, Bytes32* to) {
  for (std::size_t half = 0; half < 2; ++half, to += 4) {
    const Bytes32 top = load_bytes(block + 128 + 32 * half);
    for (std::size_t i = 0; i < 2; ++i) {
      const Bytes32 packed = load_bytes(block + 64 * half + 32 * i);
      to[i] = bits_of(packed, 15);
      to[i + 2] = bits_of(shifted_down<4>(packed), 15);
    }
    to[0] = either_of(to[0], bits_of(shifted_up<4>(top), 0x30));
    to[1] = either_of(to[1], bits_of(shifted_up<2>(top), 0x30));
    to[2] = either_of(to[2], bits_of(top, 0x30));
    to[3] = either_of(to[3], bits_of(shifted_down<2>(top), 0x30));
  }
}

// ---- products of one block ----

// The scales of the eight parts of Q4_K and Q5_K, then their minima.
struct PartBytes {
  alignas(16) std::uint8_t scales[8];
  alignas(8) std::uint8_t minima[8];

  explicit HWY_INLINE PartBytes(const Byte* block) {
    std::uint32_t packed[3];
    std::memcpy(packed, block + 4, sizeof(packed));
    const auto joined = [](std::uint32_t four, std::uint32_t two) {
      return (four & 0x0F0F0F0FU) | (two >> 6 & 0x03030303U) << 4;
    };
    const std::uint32_t words[4] = {packed[0] & 0x3F3F3F3FU, joined(packed[2], packed[0]),
                                    packed[1] & 0x3F3F3F3FU, joined(packed[2] >> 4, packed[1])};
    std::memcpy(scales, words, sizeof(scales));
    std::memcpy(minima, words + 2, sizeof(minima));
  }
};

using MinimaTag = hn::CappedTag<std::int32_t, 4>;

HWY_INLINE void add_minima(const PartBytes& parts, const std::int32_t* sums,
                           DotSums<MinimaTag>& minima) {
  const hn::CappedTag<std::int16_t, 8> pairs;
  const hn::CappedTag<std::uint8_t, 8> bytes;
  const auto each = hn::PromoteTo(pairs, hn::LoadU(bytes, parts.minima));
  minima.add(each, hn::BitCast(pairs, hn::LoadU(MinimaTag(), sums)));
}

template <typename Type>
HWY_INLINE void add_block_of_256(Type type, const Byte* block, const std::int8_t* inputs,
                                 const std::int32_t* sums, DotSums<SumTag>& products,
                                 DotSums<MinimaTag>& minima) {
  const PartBytes parts(block);
  add_minima(parts, sums, minima);
  Bytes32 weights[8];
  load_weights_of(type, block, weights);
#pragma GCC unroll 8
  for (std::size_t part = 0; part < 8; ++part) {
    add_products_of_32<false>(weights[part], inputs + 32 * part, factors(parts.scales[part]),
                              products);
  }
}

HWY_INLINE void add_block_of_256(Q6K type, const Byte* block, const std::int8_t* inputs,
                                 const std::int32_t* sums, DotSums<SumTag>& products,
                                 DotSums<MinimaTag>& /*minima*/) {
  const auto* const scales = reinterpret_cast<const std::int8_t*>(block) + 192;
  const hn::Rebind<std::int8_t, SumTag> some;
  for (std::size_t i = 0; i < 16; i += hn::MaxLanes(SumTag())) {
    const auto scale = hn::PromoteTo(SumTag(), hn::LoadU(some, scales + i));
    products.some = hn::Add(products.some, hn::Mul(scale, hn::LoadU(SumTag(), sums + i)));
  }
  Bytes32 weights[8];
  load_weights_of(type, block, weights);
#pragma GCC unroll 8
  for (std::size_t i = 0; i < 8; ++i) {
    add_products_of_32<false>(weights[i], inputs + 32 * i,
                              factors(scales[2 * i], scales[2 * i + 1]), products);
  }
}

// ---- sixteen blocks ----

// Each vector's sum.
template <typename Tag32>
HWY_INLINE void store_four_sums(const DotSums<Tag32>* from, std::int32_t* to) {
  constexpr Tag32 tag;
  const hn::Repartition<std::int64_t, Tag32> wide;
  const auto in_pairs = [&](const DotSums<Tag32>& x, const DotSums<Tag32>& y) HWY_ATTR {
    const auto a = x.sum();
    const auto b = y.sum();
    return hn::Add(hn::InterleaveLower(tag, a, b), hn::InterleaveUpper(tag, a, b));
  };
  const auto a = hn::BitCast(wide, in_pairs(from[0], from[1]));
  const auto b = hn::BitCast(wide, in_pairs(from[2], from[3]));
  const auto four = hn::Add(hn::BitCast(tag, hn::InterleaveLower(wide, a, b)),
                            hn::BitCast(tag, hn::InterleaveUpper(wide, a, b)));
  if constexpr (hn::MaxLanes(Tag32()) == 8) {
    const hn::Half<Tag32> half;
    const auto sum = hn::Add(hn::LowerHalf(half, four), hn::UpperHalf(half, four));
    hn::StoreU(sum, half, to);
  } else {
    hn::StoreU(four, tag, to);
  }
}

// What sixteen blocks of a row come to. Those that there are not have scales of zero.
struct GroupSums {
  alignas(64) std::int32_t products[kLanes];
  alignas(64) std::int32_t minima[kLanes];
  alignas(64) std::uint16_t scales[kLanes];  // bits of halves
  alignas(64) std::uint16_t lowest[kLanes];
};

template <typename Type, bool kWhole>
HWY_INLINE void sum_blocks(const Byte* blocks, const BlockInputs<Type>& x, std::size_t count,
                           GroupSums& group) {
  for (std::size_t first = 0; first < kLanes; first += 4) {
    DotSums<SumTag> products[4];
    DotSums<MinimaTag> minima[4];
#pragma GCC unroll 4
    for (std::size_t i = 0; i < 4; ++i) {
      const std::size_t b = first + i;
      products[i].clear();
      minima[i].clear();
      if (!kWhole && b >= count) continue;
      const Byte* const block = blocks + b * Type::kBytes;
      const std::int8_t* const inputs = x.values + b * Type::kWeights;
      if constexpr (Type::kWeights == 32) {
        Bytes32 weights;
        load_weights_of(Type(), block, &weights);
        add_products_of_32<kTooLarge<Type>>(weights, inputs, factors(1), products[i]);
      } else {
        add_block_of_256(Type(), block, inputs, x.sums + b * kSums<Type>, products[i], minima[i]);
      }
    }
    store_four_sums(products, group.products + first);
    if constexpr (kHasPartMinima<Type>) store_four_sums(minima, group.minima + first);
  }
}

// Where a block has the half that is its scale.
template <typename Type>
constexpr std::size_t kScalePlace = std::is_same_v<Type, Q6K> ? Q6K::kBytes - 2 : 0;

HWY_INLINE Sixteen<float> floats_of_halves(const std::uint16_t* from) {
  Sixteen<float> result;
  for (std::size_t v = 0; v < Sixteen<float>::kVectors; ++v) {
    result.part[v] = WeightsF16::load(from + v * kWidth<float>);
  }
  return result;
}

HWY_INLINE Sixteen<float> floats_of(const Ints& x) {
  Sixteen<float> result;
  for (std::size_t v = 0; v < Ints::kVectors; ++v) {
    result.part[v] = hn::ConvertTo(kFloat, x.part[v]);
  }
  return result;
}

// The sums of sixteen blocks' inputs, zeros for those that there are not.
template <bool kWhole>
HWY_INLINE Ints load_sums(const std::int32_t* from, std::size_t count) {
  if (kWhole) return load(from);
  alignas(64) std::int32_t some[kLanes] = {};
  std::copy_n(from, count, some);
  return load(some);
}

// Adds the terms of sixteen blocks, or the last `count` of them, to their chains.
template <typename Type, bool kWhole>
HWY_INLINE Sixteen<float> add_blocks(const Byte* blocks, const BlockInputs<Type>& x,
                                     std::size_t count, const Sixteen<float>& chains) {
  GroupSums group;
  sum_blocks<Type, kWhole>(blocks, x, count, group);
  for (std::size_t i = 0; i < kLanes; ++i) {
    const bool is_there = kWhole || i < count;
    const Byte* const block = blocks + (is_there ? i : 0) * Type::kBytes;
    std::memcpy(&group.scales[i], block + kScalePlace<Type>, 2);
    if constexpr (Type::kHasMinima) std::memcpy(&group.lowest[i], block + 2, 2);
    if (is_there) continue;
    group.scales[i] = 0;
    group.lowest[i] = 0;
  }
  const Sixteen<float> input_scales = kWhole ? load(x.scales) : load_up_to(x.scales, count);
  Ints products = load(group.products);
  if constexpr (!Type::kHasMinima && Type::kWeights == 32 && !kTooLarge<Type>) {
    products = products + load_sums<kWhole>(x.sums, count);
  }
  Sixteen<float> sums =
      fused(floats_of_halves(group.scales) * input_scales, floats_of(products), chains);
  if constexpr (Type::kHasMinima) {
    Sixteen<float> lowest = floats_of_halves(group.lowest);
    Ints minima;
    if constexpr (kHasPartMinima<Type>) {
      lowest = all(-0.0F) - lowest;
      minima = load(group.minima);
    } else {
      minima = load_sums<kWhole>(x.sums, count);
    }
    sums = fused(lowest * input_scales, floats_of(minima), sums);
  }
  return sums;
}

// Asks for bytes that come after these: what a processor fetches on its own ends with a page.
HWY_INLINE void prefetch_after(const Byte* from, std::size_t bytes) {
  constexpr std::size_t kAhead = 8192;
  constexpr std::size_t kLine = 64;
  for (std::size_t at = 0; at < bytes; at += kLine) __builtin_prefetch(from + kAhead + at, 0, 3);
}

// y[r][i] = row i . x[r], for `count` rows.
template <typename Type>
void multiply_rows_by_bytes(const Byte* rows, std::size_t row_bytes, std::size_t count,
                            const QuantizedInputs& x, float* y, std::size_t y_stride) {
  const std::size_t blocks = x.count / Type::kWeights;
  for (std::size_t i = 0; i < count; ++i) {
    const Byte* const row = rows + i * row_bytes;
    prefetch_after(row, row_bytes);
    for (std::size_t r = 0; r < x.rows; ++r) {
      Sixteen<float> chains = all(0.0F);
      std::size_t b = 0;
      for (; b + kLanes <= blocks; b += kLanes) {
        chains = add_blocks<Type, true>(row + b * Type::kBytes, BlockInputs<Type>(x, r, b), kLanes,
                                        chains);
      }
      if (b < blocks) {
        chains = add_blocks<Type, false>(row + b * Type::kBytes, BlockInputs<Type>(x, r, b),
                                         blocks - b, chains);
      }
      y[r * y_stride + i] = sum(chains);
    }
  }
}

#endif
