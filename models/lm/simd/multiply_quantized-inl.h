// SPDX-License-Identifier: Apache-2.0
// Products with quantised rows by whichever way is best. Included by kernels.cc only.

// Row by row.
template <Dot kDot, typename Type>
void multiply_by_rows(const Byte* rows, std::size_t row_bytes, std::size_t count,
                      const QuantizedInputs& x, float* y, std::size_t y_stride, Byte* scratch) {
#if HWY_TARGET == HWY_AVX3
  if constexpr (kDot == Dot::kVnni) {
    return multiply_rows_by_vnni<Type>(rows, row_bytes, count, x, y, y_stride, scratch);
  }
#endif
  static_cast<void>(scratch);
  for (std::size_t i = 0; i < count; ++i) {
    dot_row<Type>(rows + i * row_bytes, x, y + i, y_stride);
  }
}

template <Dot kDot>
void multiply_quantized(const StoredRows& weights, std::size_t first, std::size_t last,
                        const QuantizedInputs& x, float* y, std::size_t y_stride, Byte* scratch) {
  with_type(weights.type, [&](auto of) {
    using Type = decltype(of);
    std::size_t i = first;
    const std::size_t row_bytes = weights.row_bytes();
#if HWY_TARGET != HWY_SCALAR
    static_assert(sizeof(StripBlock<Type>) <= kStripBytes * Type::kWeights);
    if (x.rows >= kMaxDirectRows) {
      for (; i + kLanes <= last; i += kLanes) {
        multiply_by_strip<kDot, Type>(weights.data + i * row_bytes, row_bytes, x, y + i, y_stride,
                                      scratch);
      }
    }
#endif
    if (i < last) {
      multiply_by_rows<kDot, Type>(weights.data + i * row_bytes, row_bytes, last - i, x, y + i,
                                   y_stride, scratch);
    }
  });
}
