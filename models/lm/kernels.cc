// SPDX-License-Identifier: Apache-2.0
// Compiled once for each kind of vectors by Highway, which chooses at run time. The parts in simd/
// are included anew for each; they know it as HWY_NAMESPACE.
#include "models/lm/kernels.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cfloat>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <optional>
#include <type_traits>

#include "base/portable_math.h"

// Vectors whose length is known only at run time can't be members, as ours are; the machines that
// have them have others too. 32-bit ARM's round otherwise than IEEE.
#define HWY_DISABLED_TARGETS (HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV | HWY_SSSE3)
#if defined(__arm__) && !defined(HWY_COMPILE_ONLY_SCALAR)
#define HWY_COMPILE_ONLY_SCALAR
#endif
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "models/lm/kernels.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

static_assert(FLT_EVAL_METHOD == 0, "floats must be rounded to floats after every operation");

HWY_BEFORE_NAMESPACE();
namespace zipdream::HWY_NAMESPACE {
namespace {

// Whether products with quantised rows are by vectors of bytes: emulated ones gain nothing, and
// they would be most of these kernels in a browser. Each target's own.
#undef ZIPDREAM_HAS_BYTE_VECTORS
#define ZIPDREAM_HAS_BYTE_VECTORS (HWY_TARGET != HWY_SCALAR && HWY_TARGET != HWY_EMU128)

// Each part builds on those before it.
// clang-format off
#include "models/lm/simd/lanes-inl.h"
#include "models/lm/simd/multiply-inl.h"
#include "models/lm/simd/stored-inl.h"
#include "models/lm/simd/quantized-inl.h"
#include "models/lm/simd/rows-inl.h"
#include "models/lm/simd/vnni-inl.h"
#include "models/lm/simd/strips-inl.h"
#include "models/lm/simd/attend-inl.h"
#include "models/lm/simd/elementwise-inl.h"
#include "models/lm/simd/recurrent-inl.h"
// clang-format on

// Products with quantised rows by whichever way is best: row by row,
template <Dot kDot, typename Type>
void multiply_by_rows(const Byte* rows, std::size_t row_bytes, std::size_t count,
                      const QuantizedInputs& x, float* y, std::size_t y_stride, Byte* scratch) {
#if HWY_TARGET == HWY_AVX3
  if constexpr (kDot == Dot::kVnni) {
    return multiply_rows_by_vnni<Type>(rows, row_bytes, count, x, y, y_stride, scratch);
  }
#endif
  static_cast<void>(scratch);
#if ZIPDREAM_HAS_BYTE_VECTORS
  multiply_rows_by_bytes<Type>(rows, row_bytes, count, x, y, y_stride);
#else
  for (std::size_t i = 0; i < count; ++i) {
    dot_row<Type>(rows + i * row_bytes, x, y + i, y_stride);
  }
#endif
}

// or, for many inputs at once, by strips of rows.
template <Dot kDot>
void multiply_quantized(const StoredRows& weights, std::size_t first, std::size_t last,
                        const QuantizedInputs& x, float* y, std::size_t y_stride, Byte* scratch) {
  with_type(weights.type, [&](auto of) {
    using Type = decltype(of);
    std::size_t i = first;
    const std::size_t row_bytes = weights.row_bytes();
#if ZIPDREAM_HAS_BYTE_VECTORS
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

template <Dot kDot>
constexpr Kernels kKernels = {
    .target = HWY_STR(HWY_NAMESPACE),
    .multiply = multiply,
    .multiply_stored = multiply_stored,
    .quantize = quantize,
    .multiply_quantized = multiply_quantized<kDot>,
    .attend = attend,
    .rms_norm = rms_norm,
    .layer_norm = layer_norm,
    .add = add,
    .activate = activate,
    .blend = blend,
    .recur = recur,
    .log2_softmax = log2_softmax,
};

// With the instructions of AVX-512 VNNI, or without.
const Kernels* kernels_of_target(bool vnni) {
#if HWY_TARGET == HWY_AVX3
  if (vnni) return &kKernels<Dot::kVnni>;
#endif
  static_cast<void>(vnni);
  return &kKernels<Dot::kPlain>;
}

}  // namespace
}  // namespace zipdream::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace zipdream {

HWY_EXPORT(kernels_of_target);

// A test compiles this file again, for plain scalars, under another name.
#ifdef ZIPDREAM_KERNELS_NAME
const Kernels& ZIPDREAM_KERNELS_NAME() { return *HWY_DYNAMIC_DISPATCH(kernels_of_target)(false); }
#else

const Kernels& best_kernels() {
#if HWY_ARCH_X86 && defined(__GNUC__)
  static const bool vnni = __builtin_cpu_supports("avx512vnni") != 0;
#else
  static const bool vnni = false;
#endif
  return *HWY_DYNAMIC_DISPATCH(kernels_of_target)(vnni);
}

const Kernels& kernels_without_byte_products() {
  return *HWY_DYNAMIC_DISPATCH(kernels_of_target)(false);
}

#endif

}  // namespace zipdream
#endif  // HWY_ONCE
