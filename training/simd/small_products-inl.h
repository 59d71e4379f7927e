// SPDX-License-Identifier: Apache-2.0
// Products of matrices so small that a library's call would cost more than the product. Included by
// kernels.cc only, once for each target.

namespace hn = hwy::HWY_NAMESPACE;

// Scratch memory is padded to multiples of kPad floats; no vector is longer.
constexpr std::size_t kPad = 16;
constexpr std::size_t pad(std::size_t count) { return (count + kPad - 1) / kPad * kPad; }

using Tag = hn::CappedTag<float, kPad>;
constexpr Tag kTag;
constexpr std::size_t kWidth = hn::MaxLanes(Tag());
using Vector = hn::Vec<Tag>;

// A matrix that is read element by element, so that its transpose costs nothing.
struct Elements {
  const float* data;
  std::size_t row_stride;
  std::size_t column_stride;
};

struct Rows {
  const float* data;
  std::size_t stride;
};

// sum[r][c] += sum over k < inner of a[r][k] b[k][c], for kRows rows and kVectors vectors.
template <std::size_t kRows, std::size_t kVectors>
HWY_INLINE void add_tile(const Elements& a, const Rows& b, std::size_t inner, float* sum,
                         std::size_t stride) {
  Vector sums[kRows][kVectors];
  for (std::size_t r = 0; r < kRows; ++r) {
    for (std::size_t v = 0; v < kVectors; ++v) {
      sums[r][v] = hn::LoadU(kTag, sum + r * stride + v * kWidth);
    }
  }
  for (std::size_t k = 0; k < inner; ++k) {
    Vector row[kVectors];
    for (std::size_t v = 0; v < kVectors; ++v) {
      row[v] = hn::LoadU(kTag, b.data + k * b.stride + v * kWidth);
    }
    for (std::size_t r = 0; r < kRows; ++r) {
      const auto factor = hn::Set(kTag, a.data[r * a.row_stride + k * a.column_stride]);
      for (std::size_t v = 0; v < kVectors; ++v) {
        sums[r][v] = hn::MulAdd(factor, row[v], sums[r][v]);
      }
    }
  }
  for (std::size_t r = 0; r < kRows; ++r) {
    for (std::size_t v = 0; v < kVectors; ++v) {
      hn::StoreU(sums[r][v], kTag, sum + r * stride + v * kWidth);
    }
  }
}

// kVectors columns of vectors, of all rows.
template <std::size_t kRows, std::size_t kVectors>
HWY_INLINE void add_columns(const Elements& a, const Rows& b, std::size_t rows, std::size_t inner,
                            float* sum, std::size_t stride) {
  std::size_t r = 0;
  for (; r + kRows <= rows; r += kRows) {
    add_tile<kRows, kVectors>({a.data + r * a.row_stride, a.row_stride, a.column_stride}, b, inner,
                              sum + r * stride, stride);
  }
  for (; r < rows; ++r) {
    add_tile<1, kVectors>({a.data + r * a.row_stride, a.row_stride, a.column_stride}, b, inner,
                          sum + r * stride, stride);
  }
}

// sum += a b. REQUIRES: columns is a multiple of kPad. Tiles are what registers hold: 16 sums and
// more where there are 32 registers, 8 where there are 16.
HWY_INLINE void add_product(const Elements& a, const Rows& b, std::size_t rows, std::size_t inner,
                            std::size_t columns, float* sum, std::size_t stride) {
  constexpr std::size_t kTileVectors = HWY_CAP_GE512 ? 4 : 2;
  std::size_t column = 0;
  for (; column + kTileVectors * kWidth <= columns; column += kTileVectors * kWidth) {
    add_columns<4, kTileVectors>(a, {b.data + column, b.stride}, rows, inner, sum + column, stride);
  }
  for (; column < columns; column += kWidth) {
    add_columns<8, 1>(a, {b.data + column, b.stride}, rows, inner, sum + column, stride);
  }
}
