// SPDX-License-Identifier: Apache-2.0
// Products with panels. Tiles of some rows and vectors stay in registers; how large they are
// changes the speed alone. Included by kernels.cc only.

constexpr std::size_t kPanelVectors = kPanel / kWidth<float>;
// For one row: as many chains at once as hide the latency of a fused multiply-add (4 or 5 cycles,
// two at a time), where the panel has so many. For many rows: what the registers hold, and rather
// rows than vectors, for what is loaded of a panel then serves more of them. For the few rows that
// remain, and for attention: something between.
constexpr std::size_t kStepVectors = std::min<std::size_t>(kPanelVectors, 8);
constexpr std::size_t kTileRows = HWY_CAP_GE512 ? 12 : 6;
constexpr std::size_t kTileVectors = 2;
constexpr std::size_t kRestTileRows = 4;
constexpr std::size_t kRestTileVectors = HWY_CAP_GE512 ? 4 : 2;

// How the weights of each format become floats.
struct WeightsF32 {
  using Item = float;
  static constexpr bool kScaled = false;
  static HWY_INLINE Vector<float> load(const float* from) { return hn::Load(kFloat, from); }
};

struct WeightsF16 {
  using Item = std::uint16_t;
  static constexpr bool kScaled = false;
  static HWY_INLINE Vector<float> load(const std::uint16_t* from) {
    const hn::Rebind<std::uint16_t, Tag<float>> bits;
    const hn::Rebind<hwy::float16_t, Tag<float>> half;
    return hn::PromoteTo(kFloat, hn::BitCast(half, hn::Load(bits, from)));
  }
};

struct WeightsBf16 {
  using Item = std::uint16_t;
  static constexpr bool kScaled = false;
  static HWY_INLINE Vector<float> load(const std::uint16_t* from) {
    const hn::Rebind<std::uint16_t, Tag<float>> bits;
    const hn::Rebind<std::uint32_t, Tag<float>> wide;
    return hn::BitCast(kFloat, hn::ShiftLeft<16>(hn::PromoteTo(wide, hn::Load(bits, from))));
  }
};

struct WeightsInt8 {
  using Item = std::int8_t;
  static constexpr bool kScaled = true;
  static HWY_INLINE Vector<float> load(const std::int8_t* from) {
    const hn::Rebind<std::int8_t, Tag<float>> bytes;
    const hn::Rebind<std::int32_t, Tag<float>> wide;
    return hn::ConvertTo(kFloat, hn::PromoteTo(wide, hn::Load(bytes, from)));
  }
};

// The weights of one panel, or of some of its outputs. `scales` and `bias` may be null.
template <typename Weights>
struct Panel {
  const typename Weights::Item* weights;  // [inputs][kPanel]
  const float* scales;
  const float* bias;

  [[nodiscard]] Panel from(std::size_t output) const {
    return {weights + output, Weights::kScaled ? scales + output : nullptr,
            bias != nullptr ? bias + output : nullptr};
  }
  // Where chains begin, and what becomes of them at their end.
  [[nodiscard]] HWY_INLINE Vector<float> start(std::size_t output) const {
    if (Weights::kScaled || bias == nullptr) return hn::Zero(kFloat);
    return hn::LoadU(kFloat, bias + output);
  }
  [[nodiscard]] HWY_INLINE Vector<float> finished(Vector<float> sum, std::size_t output) const {
    if constexpr (!Weights::kScaled) return sum;
    const auto added = bias != nullptr ? hn::Load(kFloat, bias + output) : hn::Zero(kFloat);
    return fused<float>(sum, hn::Load(kFloat, scales + output), added);
  }
};

// The outputs of kVectors vectors from the panel's first on, for kRows rows.
template <std::size_t kRows, std::size_t kVectors, typename Weights>
HWY_INLINE void multiply_tile(const float* x, std::size_t x_stride, const Panel<Weights>& panel,
                              std::size_t inputs, float* y, std::size_t y_stride) {
  Vector<float> sums[kRows][kVectors];
  for (std::size_t v = 0; v < kVectors; ++v) {
    const auto start = panel.start(v * kWidth<float>);
    for (std::size_t r = 0; r < kRows; ++r) sums[r][v] = start;
  }
  for (std::size_t i = 0; i < inputs; ++i) {
    Vector<float> weights[kVectors];
    for (std::size_t v = 0; v < kVectors; ++v) {
      weights[v] = Weights::load(panel.weights + i * kPanel + v * kWidth<float>);
    }
    for (std::size_t r = 0; r < kRows; ++r) {
      const auto input = hn::Set(kFloat, x[r * x_stride + i]);
      for (std::size_t v = 0; v < kVectors; ++v) {
        sums[r][v] = fused<float>(input, weights[v], sums[r][v]);
      }
    }
  }
  for (std::size_t r = 0; r < kRows; ++r) {
    for (std::size_t v = 0; v < kVectors; ++v) {
      const auto result = panel.finished(sums[r][v], v * kWidth<float>);
      hn::StoreU(result, kFloat, y + r * y_stride + v * kWidth<float>);
    }
  }
}

// All outputs of one panel for as many rows as are whole tiles; returns how many. Strips of a panel
// are as narrow as a tile, so that one stays in the nearest cache for all rows.
template <std::size_t kRows, std::size_t kVectors, typename Weights>
HWY_INLINE std::size_t multiply_tiles(const float* x, std::size_t x_stride, std::size_t rows,
                                      const Panel<Weights>& panel, std::size_t inputs, float* y,
                                      std::size_t y_stride) {
  const std::size_t tiled = rows / kRows * kRows;
  for (std::size_t v = 0; v < kPanelVectors; v += kVectors) {
    const std::size_t at = v * kWidth<float>;
    for (std::size_t row = 0; row < tiled; row += kRows) {
      multiply_tile<kRows, kVectors>(x + row * x_stride, x_stride, panel.from(at), inputs,
                                     y + row * y_stride + at, y_stride);
    }
  }
  return tiled;
}

template <typename Weights>
void multiply_rows(const float* x, std::size_t x_stride, std::size_t rows,
                   const Panel<Weights>& panel, std::size_t inputs, float* y,
                   std::size_t y_stride) {
  std::size_t row =
      multiply_tiles<kTileRows, kTileVectors>(x, x_stride, rows, panel, inputs, y, y_stride);
  row += multiply_tiles<kRestTileRows, kRestTileVectors>(
      x + row * x_stride, x_stride, rows - row, panel, inputs, y + row * y_stride, y_stride);
  multiply_tiles<1, kStepVectors>(x + row * x_stride, x_stride, rows - row, panel, inputs,
                                  y + row * y_stride, y_stride);
}

template <typename Weights>
void multiply_in(const float* x, std::size_t x_stride, std::size_t rows, const Panels& panels,
                 std::size_t first, std::size_t last, float* y, std::size_t y_stride) {
  const auto* const weights = static_cast<const typename Weights::Item*>(panels.weights);
  for (std::size_t index = first; index < last; ++index) {
    const std::size_t at = index * kPanel;
    Panel<Weights> panel{weights, panels.scales, panels.bias};
    panel = panel.from(at);
    panel.weights = weights + at * panels.inputs;
    multiply_rows(x, x_stride, rows, panel, panels.inputs, y + at, y_stride);
  }
}

void multiply(const float* x, std::size_t x_stride, std::size_t rows, const Panels& panels,
              std::size_t first, std::size_t last, float* y, std::size_t y_stride) {
  const auto run = [&](const auto& in) { in(x, x_stride, rows, panels, first, last, y, y_stride); };
  switch (panels.format) {
    case WeightFormat::kF32:
      return run(multiply_in<WeightsF32>);
    case WeightFormat::kF16:
      return run(multiply_in<WeightsF16>);
    case WeightFormat::kBf16:
      return run(multiply_in<WeightsBf16>);
    case WeightFormat::kInt8:
      return run(multiply_in<WeightsInt8>);
  }
}
