// SPDX-License-Identifier: Apache-2.0
// Products with floats as they lie in files, row by row: sixteen rows are turned into vectors that
// lie across the outputs, a few inputs at a time, so that each output is the chain of multiply-adds
// that it is from panels. Included by kernels.cc only.

// How the four dwords of sixteen bytes are spread over vectors of sixteen rows.
struct Quad {
  Sixteen<std::uint32_t> of[4];
};

#if HWY_TARGET != HWY_SCALAR

constexpr hn::CappedTag<std::uint32_t, 4> kBlock;  // sixteen bytes

HWY_INLINE hn::Vec<hn::CappedTag<std::uint32_t, 4>> load_block(const Byte* from) {
  const hn::Repartition<std::uint8_t, hn::CappedTag<std::uint32_t, 4>> bytes;
  return hn::BitCast(kBlock, hn::LoadU(bytes, from));
}

// Sixteen bytes of each of kBlocks rows, the fourth, eighth, ... after the first.
template <std::size_t kBlocks>
HWY_INLINE auto load_some_blocks(const Byte* from, std::size_t row_bytes) {
  if constexpr (kBlocks == 1) {
    return load_block(from);
  } else {
    const hn::CappedTag<std::uint32_t, 4 * kBlocks> tag;
    const Byte* const upper = from + 2 * kBlocks * row_bytes;
    return hn::Combine(tag, load_some_blocks<kBlocks / 2>(upper, row_bytes),
                       load_some_blocks<kBlocks / 2>(from, row_bytes));
  }
}

// Of every fourth row of those that a vector has lanes for.
HWY_INLINE Vector<std::uint32_t> load_blocks(const Byte* from, std::size_t row_bytes) {
  return load_some_blocks<kWidth<std::uint32_t> / 4>(from, row_bytes);
}

// of[j] has dword j of the sixteen bytes that begin at `from` and, row_bytes apart, in 15 more
// rows.
HWY_INLINE Quad load_quad(const Byte* from, std::size_t row_bytes) {
  const Tag<std::uint32_t> tag;
  const hn::Repartition<std::uint64_t, Tag<std::uint32_t>> wide;
  Quad quad;
  for (std::size_t v = 0; v < Sixteen<std::uint32_t>::kVectors; ++v) {
    const Byte* const rows = from + v * kWidth<std::uint32_t> * row_bytes;
    const auto a = load_blocks(rows, row_bytes);
    const auto b = load_blocks(rows + row_bytes, row_bytes);
    const auto c = load_blocks(rows + 2 * row_bytes, row_bytes);
    const auto d = load_blocks(rows + 3 * row_bytes, row_bytes);
    const auto ab_low = hn::BitCast(wide, hn::InterleaveLower(tag, a, b));
    const auto ab_high = hn::BitCast(wide, hn::InterleaveUpper(tag, a, b));
    const auto cd_low = hn::BitCast(wide, hn::InterleaveLower(tag, c, d));
    const auto cd_high = hn::BitCast(wide, hn::InterleaveUpper(tag, c, d));
    quad.of[0].part[v] = hn::BitCast(tag, hn::InterleaveLower(wide, ab_low, cd_low));
    quad.of[1].part[v] = hn::BitCast(tag, hn::InterleaveUpper(wide, ab_low, cd_low));
    quad.of[2].part[v] = hn::BitCast(tag, hn::InterleaveLower(wide, ab_high, cd_high));
    quad.of[3].part[v] = hn::BitCast(tag, hn::InterleaveUpper(wide, ab_high, cd_high));
  }
  return quad;
}

// How each type's sixteen bytes of sixteen rows become weights of kInputs inputs.
struct StoredF32 {
  static constexpr std::size_t kInputs = 4;
  static constexpr std::size_t kBytes = 4;
  static HWY_INLINE void load(const Byte* from, std::size_t row_bytes, Sixteen<float>* weights) {
    const Quad quad = load_quad(from, row_bytes);
    for (std::size_t j = 0; j < kInputs; ++j) {
      for (std::size_t v = 0; v < Sixteen<float>::kVectors; ++v) {
        weights[j].part[v] = hn::BitCast(kFloat, quad.of[j].part[v]);
      }
    }
  }
};

struct StoredBf16 {
  static constexpr std::size_t kInputs = 8;
  static constexpr std::size_t kBytes = 2;
  static HWY_INLINE void load(const Byte* from, std::size_t row_bytes, Sixteen<float>* weights) {
    const Quad quad = load_quad(from, row_bytes);
    const auto upper = hn::Set(Tag<std::uint32_t>(), 0xFFFF0000U);
    for (std::size_t j = 0; j < 4; ++j) {
      for (std::size_t v = 0; v < Sixteen<float>::kVectors; ++v) {
        const auto pair = quad.of[j].part[v];
        weights[2 * j].part[v] = hn::BitCast(kFloat, hn::ShiftLeft<16>(pair));
        weights[2 * j + 1].part[v] = hn::BitCast(kFloat, hn::And(pair, upper));
      }
    }
  }
};

// By memory: what converts halves takes half a vector, and loads are cheaper than shuffles.
struct StoredF16 {
  static constexpr std::size_t kInputs = 8;
  static constexpr std::size_t kBytes = 2;

  static HWY_INLINE void load(const Byte* from, std::size_t row_bytes, Sixteen<float>* weights) {
    constexpr std::size_t kHalves = 2 * kWidth<std::uint32_t>;  // in a vector
    const hn::Rebind<std::uint16_t, Tag<float>> some;
    const hn::Rebind<hwy::float16_t, Tag<float>> float16;
    alignas(64) std::uint16_t spread[4 * kHalves];
    for (std::size_t v = 0; v < Sixteen<float>::kVectors; ++v) {
      spread_inputs(from + v * kWidth<std::uint32_t> * row_bytes, row_bytes, spread);
      for (std::size_t j = 0; j < kInputs; ++j) {
        // In memory: inputs 0, 2; 1, 3; 4, 6; 5, 7.
        const std::size_t place = (j & 4U) + (j & 1U) * 2 + (j & 2U) / 2;
        const auto bits = hn::Load(some, spread + place * kHalves / 2);
        weights[j].part[v] = hn::PromoteTo(kFloat, hn::BitCast(float16, bits));
      }
    }
  }

 private:
  static HWY_INLINE void spread_inputs(const Byte* from, std::size_t row_bytes,
                                       std::uint16_t* out) {
    const Tag<std::uint32_t> tag;
    const hn::Repartition<std::uint16_t, Tag<std::uint32_t>> halves;
    const hn::Repartition<std::uint64_t, Tag<std::uint32_t>> wide;
    const auto row = [&](std::size_t i) HWY_ATTR {
      return hn::BitCast(halves, load_blocks(from + i * row_bytes, row_bytes));
    };
    const auto a = row(0);
    const auto b = row(1);
    const auto c = row(2);
    const auto d = row(3);
    const auto ab_low = hn::BitCast(tag, hn::InterleaveLower(halves, a, b));
    const auto ab_high = hn::BitCast(tag, hn::InterleaveUpper(halves, a, b));
    const auto cd_low = hn::BitCast(tag, hn::InterleaveLower(halves, c, d));
    const auto cd_high = hn::BitCast(tag, hn::InterleaveUpper(halves, c, d));
    // Of each: two inputs of four rows, in every block of sixteen bytes.
    const auto in01 = hn::BitCast(wide, hn::InterleaveLower(tag, ab_low, cd_low));
    const auto in23 = hn::BitCast(wide, hn::InterleaveUpper(tag, ab_low, cd_low));
    const auto in45 = hn::BitCast(wide, hn::InterleaveLower(tag, ab_high, cd_high));
    const auto in67 = hn::BitCast(wide, hn::InterleaveUpper(tag, ab_high, cd_high));
    constexpr std::size_t kHalves = 2 * kWidth<std::uint32_t>;
    hn::Store(hn::BitCast(halves, hn::ConcatEven(wide, in23, in01)), halves, out);
    hn::Store(hn::BitCast(halves, hn::ConcatOdd(wide, in23, in01)), halves, out + kHalves);
    hn::Store(hn::BitCast(halves, hn::ConcatEven(wide, in67, in45)), halves, out + 2 * kHalves);
    hn::Store(hn::BitCast(halves, hn::ConcatOdd(wide, in67, in45)), halves, out + 3 * kHalves);
  }
};

#endif

// Rows of a matrix as bytes.
struct ByteRows {
  const Byte* data;
  std::size_t row_bytes;
  std::size_t inputs;

  [[nodiscard]] ByteRows from(std::size_t row) const {
    return {data + row * row_bytes, row_bytes, inputs};
  }
};

HWY_INLINE float stored_float(WeightType type, const Byte* row, std::size_t input) {
  const auto half = [&] {
    return static_cast<std::uint16_t>(row[2 * input] | row[2 * input + 1] << 8);
  };
  if (type == WeightType::kF16) return float_of_half(half());
  if (type == WeightType::kBf16) return float_of_bf16(half());
  std::uint32_t bits = 0;
  for (std::size_t i = 4; i-- > 0;) bits = bits << 8 | row[4 * input + i];
  return std::bit_cast<float>(bits);
}

// One output, where there are no sixteen.
void multiply_row(WeightType type, const Byte* row, std::size_t inputs, float bias, const float* x,
                  std::size_t x_stride, std::size_t rows, float* y, std::size_t y_stride) {
  for (std::size_t r = 0; r < rows; ++r) {
    float sum = bias;
    for (std::size_t i = 0; i < inputs; ++i) {
      sum = std::fma(x[r * x_stride + i], stored_float(type, row, i), sum);
    }
    y[r * y_stride] = sum;
  }
}

#if HWY_TARGET == HWY_SCALAR

template <WeightType kType>
void multiply_stored_rows(const ByteRows& weights, std::size_t count, const float* bias,
                          const float* x, std::size_t x_stride, std::size_t rows, float* y,
                          std::size_t y_stride, float* /*panel*/) {
  for (std::size_t i = 0; i < count; ++i) {
    multiply_row(kType, weights.from(i).data, weights.inputs, bias != nullptr ? bias[i] : 0, x,
                 x_stride, rows, y + i, y_stride);
  }
}

#else

template <WeightType kType>
using StoredOf =
    std::conditional_t<kType == WeightType::kF32, StoredF32,
                       std::conditional_t<kType == WeightType::kF16, StoredF16, StoredBf16>>;

// The weights of one input, the last few of a row.
template <WeightType kType>
HWY_INLINE Sixteen<float> load_input(const ByteRows& weights, std::size_t input) {
  alignas(64) float some[kLanes];
  for (std::size_t row = 0; row < kLanes; ++row) {
    some[row] = stored_float(kType, weights.from(row).data, input);
  }
  return load(some);
}

// 16 kGroups outputs for kRows rows. What lies behind these weights is asked for meanwhile: it is
// what comes next.
template <WeightType kType, std::size_t kGroups, std::size_t kRows>
HWY_INLINE void multiply_groups(const ByteRows& weights, const float* bias, const float* x,
                                std::size_t x_stride, float* y, std::size_t y_stride) {
  using Stored = StoredOf<kType>;
  constexpr std::size_t kLine = 64;
  Sixteen<float> sums[kGroups][kRows];
  for (std::size_t g = 0; g < kGroups; ++g) {
    const Sixteen<float> start = bias != nullptr ? load(bias + g * kLanes) : all(0.0F);
    for (std::size_t r = 0; r < kRows; ++r) sums[g][r] = start;
  }
  const Byte* ahead = weights.from(kGroups * kLanes).data;
  std::size_t i = 0;
  for (; i + Stored::kInputs <= weights.inputs; i += Stored::kInputs) {
    for (std::size_t g = 0; g < kGroups; ++g) {
      Sixteen<float> some[Stored::kInputs];
      Stored::load(weights.from(g * kLanes).data + i * Stored::kBytes, weights.row_bytes, some);
      for (std::size_t line = 0; line < 4; ++line, ahead += kLine) __builtin_prefetch(ahead, 0, 2);
      for (std::size_t j = 0; j < Stored::kInputs; ++j) {
        for (std::size_t r = 0; r < kRows; ++r) {
          sums[g][r] = fused(all(x[r * x_stride + i + j]), some[j], sums[g][r]);
        }
      }
    }
  }
  for (; i < weights.inputs; ++i) {
    for (std::size_t g = 0; g < kGroups; ++g) {
      const Sixteen<float> some = load_input<kType>(weights.from(g * kLanes), i);
      for (std::size_t r = 0; r < kRows; ++r) {
        sums[g][r] = fused(all(x[r * x_stride + i]), some, sums[g][r]);
      }
    }
  }
  for (std::size_t g = 0; g < kGroups; ++g) {
    for (std::size_t r = 0; r < kRows; ++r) store(sums[g][r], y + r * y_stride + g * kLanes);
  }
}

template <WeightType kType, std::size_t kGroups>
void multiply_groups_of(std::size_t rows, const ByteRows& weights, const float* bias,
                        const float* x, std::size_t x_stride, float* y, std::size_t y_stride) {
  switch (rows) {
    case 1:
      return multiply_groups<kType, kGroups, 1>(weights, bias, x, x_stride, y, y_stride);
    case 2:
      return multiply_groups<kType, kGroups, 2>(weights, bias, x, x_stride, y, y_stride);
    case 3:
      return multiply_groups<kType, kGroups, 3>(weights, bias, x, x_stride, y, y_stride);
    default:
      return multiply_groups<kType, kGroups, 4>(weights, bias, x, x_stride, y, y_stride);
  }
}

// The panel [inputs][kPanel] of 16 groups outputs.
template <WeightType kType>
void fill_panel(const ByteRows& weights, std::size_t groups, float* panel) {
  using Stored = StoredOf<kType>;
  for (std::size_t g = 0; g < groups; ++g) {
    const ByteRows group = weights.from(g * kLanes);
    float* to = panel + g * kLanes;
    std::size_t i = 0;
    for (; i + Stored::kInputs <= weights.inputs; i += Stored::kInputs) {
      Sixteen<float> some[Stored::kInputs];
      Stored::load(group.data + i * Stored::kBytes, group.row_bytes, some);
      for (std::size_t j = 0; j < Stored::kInputs; ++j, to += kPanel) store(some[j], to);
    }
    for (; i < weights.inputs; ++i, to += kPanel) store(load_input<kType>(group, i), to);
  }
}

// The first `count` <= kPanel outputs, all of them in whole groups, by way of a panel.
template <WeightType kType>
void multiply_by_panel(const ByteRows& weights, std::size_t count, const float* bias,
                       const float* x, std::size_t x_stride, std::size_t rows, float* y,
                       std::size_t y_stride, float* panel) {
  fill_panel<kType>(weights, count / kLanes, panel);
  if (count == kPanel) {
    const Panel<WeightsF32> whole{panel, nullptr, bias};
    return multiply_rows(x, x_stride, rows, whole, weights.inputs, y, y_stride);
  }
  for (std::size_t at = 0; at < count; at += kLanes) {
    for (std::size_t v = 0; v < kLanes; v += kWidth<float>) {
      const Panel<WeightsF32> strip{panel + at + v, nullptr,
                                    bias != nullptr ? bias + at + v : bias};
      float* const to = y + at + v;
      std::size_t row = 0;
      for (; row + 4 <= rows; row += 4) {
        multiply_tile<4, 1>(x + row * x_stride, x_stride, strip, weights.inputs,
                            to + row * y_stride, y_stride);
      }
      for (; row < rows; ++row) {
        multiply_tile<1, 1>(x + row * x_stride, x_stride, strip, weights.inputs,
                            to + row * y_stride, y_stride);
      }
    }
  }
}

template <WeightType kType>
void multiply_stored_rows(const ByteRows& weights, std::size_t count, const float* bias,
                          const float* x, std::size_t x_stride, std::size_t rows, float* y,
                          std::size_t y_stride, float* panel) {
  const auto bias_of = [&](std::size_t i) { return bias != nullptr ? bias + i : nullptr; };
  std::size_t i = 0;
  if (rows <= kMaxDirectRows) {
    for (; i + 2 * kLanes <= count; i += 2 * kLanes) {
      multiply_groups_of<kType, 2>(rows, weights.from(i), bias_of(i), x, x_stride, y + i, y_stride);
    }
    for (; i + kLanes <= count; i += kLanes) {
      multiply_groups_of<kType, 1>(rows, weights.from(i), bias_of(i), x, x_stride, y + i, y_stride);
    }
  } else {
    while (i + kLanes <= count) {
      const std::size_t some = std::min((count - i) / kLanes * kLanes, kPanel);
      multiply_by_panel<kType>(weights.from(i), some, bias_of(i), x, x_stride, rows, y + i,
                               y_stride, panel);
      i += some;
    }
  }
  for (; i < count; ++i) {
    multiply_row(kType, weights.from(i).data, weights.inputs, bias != nullptr ? bias[i] : 0, x,
                 x_stride, rows, y + i, y_stride);
  }
}

#endif

void multiply_stored(const StoredRows& weights, std::size_t first, std::size_t last,
                     const float* bias, const float* x, std::size_t x_stride, std::size_t rows,
                     float* y, std::size_t y_stride, float* panel) {
  const ByteRows from = ByteRows{weights.data, weights.row_bytes(), weights.inputs}.from(first);
  const float* const from_bias = bias != nullptr ? bias + first : nullptr;
  const auto run = [&](const auto& multiply_them) {
    multiply_them(from, last - first, from_bias, x, x_stride, rows, y + first, y_stride, panel);
  };
  switch (weights.type) {
    case WeightType::kF32:
      return run(multiply_stored_rows<WeightType::kF32>);
    case WeightType::kF16:
      return run(multiply_stored_rows<WeightType::kF16>);
    case WeightType::kBf16:
      return run(multiply_stored_rows<WeightType::kBf16>);
    default:
      break;  // the others are quantised, or are stored otherwise
  }
}
