// SPDX-License-Identifier: Apache-2.0
// Products with panels. Tiles of so many rows and vectors stay in registers; how large they are
// changes the speed alone. Included by kernels.cc only.

constexpr std::size_t kPanelVectors = kPanel / kWidth<float>;
// Of one row: as many chains at once as hide the latency of a fused multiply-add (4 or 5 cycles,
// two at a time), where the panel has so many. Of several rows: what the registers hold.
constexpr std::size_t kStepVectors = std::min<std::size_t>(kPanelVectors, 8);
constexpr std::size_t kTileRows = 4;
constexpr std::size_t kTileVectors = HWY_CAP_GE512 ? 4 : 2;

// The outputs of kVectors vectors from `panel` on, for kRows rows.
template <std::size_t kRows, std::size_t kVectors>
HWY_INLINE void multiply_tile(const float* x, std::size_t x_stride, const float* panel,
                              const float* bias, std::size_t inputs, float* y,
                              std::size_t y_stride) {
  Vector<float> sums[kRows][kVectors];
  for (std::size_t v = 0; v < kVectors; ++v) {
    const auto start =
        bias != nullptr ? hn::Load(kFloat, bias + v * kWidth<float>) : hn::Zero(kFloat);
    for (std::size_t r = 0; r < kRows; ++r) sums[r][v] = start;
  }
  for (std::size_t i = 0; i < inputs; ++i) {
    Vector<float> weights[kVectors];
    for (std::size_t v = 0; v < kVectors; ++v) {
      weights[v] = hn::Load(kFloat, panel + i * kPanel + v * kWidth<float>);
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
      hn::StoreU(sums[r][v], kFloat, y + r * y_stride + v * kWidth<float>);
    }
  }
}

// All outputs of one panel.
template <std::size_t kRows, std::size_t kVectors>
HWY_INLINE void multiply_panel(const float* x, std::size_t x_stride, const float* panel,
                               const float* bias, std::size_t inputs, float* y,
                               std::size_t y_stride) {
  for (std::size_t v = 0; v < kPanelVectors; v += kVectors) {
    const std::size_t at = v * kWidth<float>;
    multiply_tile<kRows, kVectors>(x, x_stride, panel + at, bias != nullptr ? bias + at : nullptr,
                                   inputs, y + at, y_stride);
  }
}

void multiply_rows(const float* x, std::size_t x_stride, std::size_t rows, const float* panel,
                   const float* bias, std::size_t inputs, float* y, std::size_t y_stride) {
  std::size_t row = 0;
  for (; row + kTileRows <= rows; row += kTileRows) {
    multiply_panel<kTileRows, kTileVectors>(x + row * x_stride, x_stride, panel, bias, inputs,
                                            y + row * y_stride, y_stride);
  }
  for (; row < rows; ++row) {
    multiply_panel<1, kStepVectors>(x + row * x_stride, x_stride, panel, bias, inputs,
                                    y + row * y_stride, y_stride);
  }
}

void multiply(const float* x, std::size_t x_stride, std::size_t rows, const float* panels,
              const float* bias, std::size_t inputs, std::size_t first, std::size_t last, float* y,
              std::size_t y_stride) {
  for (std::size_t panel = first; panel < last; ++panel) {
    const std::size_t at = panel * kPanel;
    multiply_rows(x, x_stride, rows, panels + at * inputs, bias != nullptr ? bias + at : nullptr,
                  inputs, y + at, y_stride);
  }
}
