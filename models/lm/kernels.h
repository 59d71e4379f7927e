// SPDX-License-Identifier: Apache-2.0
// The arithmetic of the language models. The same bits come out on every machine, whatever vectors
// it has, because every number is made by the same operations in the same order:
//   - a matrix product by one chain of fused multiply-adds over the inputs for each output; vectors
//     lie across the outputs, which don't touch one another;
//   - a product with quantised rows by whole numbers within each block, which no order changes;
//   - a sum (norms, softmax, the mixing of values, the blocks of quantised rows) by 16 chains,
//   element i going to chain i % 16,
//     and a fixed tree over the 16: s[i] + s[i + 8], then + 4, + 2, + 1;
//   - exp by a polynomial of our own, whose steps are fused where it is written and nowhere else.
// Where the machine can't fuse, std::fma does, which is exact everywhere. So neither vector width,
// nor number of threads, nor how many rows are computed at once can change a probability.
//
// Weights of 16 bits stand for floats exactly. Those of 8 are whole
// numbers: the chain is over them, and the output's scale is multiplied in and the bias added by
// one fused step at its end.
//
// Arrays that kernels write are padded: up to kPanel - 1 floats after the last may be overwritten,
// and elementwise kernels read as many. What lies there never matters.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <new>
#include <vector>

#include "models/lm/quantized.h"
#include "zipdream/bytes.h"

namespace zipdream {

// Arrays that begin at a cache line, as the kernels want them.
template <typename T>
struct CacheLineAllocator {
  using value_type = T;
  static constexpr std::align_val_t kLine{64};

  CacheLineAllocator() = default;
  template <typename U>
  explicit CacheLineAllocator(const CacheLineAllocator<U>& /*other*/) {}

  [[nodiscard]] T* allocate(std::size_t count) {
    return static_cast<T*>(::operator new(count * sizeof(T), kLine));
  }
  void deallocate(T* memory, std::size_t /*count*/) { ::operator delete(memory, kLine); }
  bool operator==(const CacheLineAllocator& /*other*/) const { return true; }
};

template <typename T>
using Aligned = std::vector<T, CacheLineAllocator<T>>;
using Floats = Aligned<float>;

// The number of outputs in a panel of a matrix, which is stored as [panel][input][kPanel].
inline constexpr std::size_t kPanel = 64;

[[nodiscard]] constexpr std::size_t padded(std::size_t count) {
  return (count + kPanel - 1) / kPanel * kPanel;
}

enum class WeightFormat { kF32, kF16, kBf16, kInt8 };

// Floats of 16 bits are converted by integers alone: the same on every machine.

// Exact: every number of 16 bits is a float.
[[nodiscard]] inline float float_of_half(std::uint16_t half) {
  const std::uint32_t sign = std::uint32_t{half} >> 15 << 31;
  const std::uint32_t exponent = half >> 10 & 31;
  const std::uint32_t mantissa = half & 1023;
  if (exponent == 0) {
    const float size = static_cast<float>(mantissa) * 0x1p-24F;
    return std::bit_cast<float>(std::bit_cast<std::uint32_t>(size) | sign);
  }
  const std::uint32_t wide = exponent == 31 ? 255 : exponent + 112;
  return std::bit_cast<float>(sign | wide << 23 | mantissa << 13);
}

[[nodiscard]] inline float float_of_bf16(std::uint16_t bits) {
  return std::bit_cast<float>(std::uint32_t{bits} << 16);
}

// The nearest number of 16 bits, of two the even one; what is too large becomes infinite.
// REQUIRES: no NaN.
[[nodiscard]] inline std::uint16_t half_of_float(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const auto sign = static_cast<std::uint16_t>(bits >> 16 & 0x8000);
  const std::uint32_t size = bits & 0x7FFFFFFF;
  if (size >= 0x47800000) return static_cast<std::uint16_t>(sign | 0x7C00);  // 65536 and more
  if (size < 0x38800000) {  // below 2^-14: a multiple of 2^-24, which adding 0.5 rounds to
    const float shifted = std::bit_cast<float>(size) + 0.5F;
    return static_cast<std::uint16_t>(sign | (std::bit_cast<std::uint32_t>(shifted) - 0x3F000000));
  }
  const std::uint32_t rounded = size + 0xFFF + (size >> 13 & 1);
  return static_cast<std::uint16_t>(sign | ((rounded - 0x38000000) >> 13));
}

[[nodiscard]] inline std::uint16_t bf16_of_float(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  return static_cast<std::uint16_t>((bits + 0x7FFF + (bits >> 16 & 1)) >> 16);
}

// The weights of a matrix. All arrays begin at cache lines.
struct Panels {
  const void* weights = nullptr;  // [panel][inputs][kPanel]: float, uint16_t (bits) or int8_t
  WeightFormat format = WeightFormat::kF32;
  const float* scales = nullptr;  // (padded outputs); kInt8 only
  const float* bias = nullptr;    // (padded outputs); null: none
  std::size_t inputs = 0;
};

// What one head of attention reads for several positions in a row. Keys and values of kPanel
// positions make a page; on it, those of one head are panels [head_dim][kPanel] themselves.
struct Attention {
  const float* queries;  // [rows][query_stride], each head_dim long
  std::size_t query_stride;
  std::size_t rows;
  std::size_t first_length;  // row r stands at position first_length + r - 1; at least 1
  std::size_t window;        // and sees as many positions up to its own; 0: all
  const float* const* pages;
  std::size_t keys;    // where on a page
  std::size_t values;  // where on a page
  std::size_t head_dim;
  float* scores;  // scratch: [kAttentionRows][score_stride], a multiple of kPanel
  std::size_t score_stride;
  float* out;  // [rows][out_stride], exactly head_dim each
  std::size_t out_stride;
};
inline constexpr std::size_t kAttentionRows = 4;

// What stands between the two projections of the feed-forward part.
enum class Activation {
  kSilu,      // x / (1 + e^-x)
  kGelu,      // x Phi(x), Phi being the normal distribution's; absolute error below 2e-7 |x|
  kGeluTanh,  // that by its approximation with tanh ("gelu_new", "gelu_pytorch_tanh")
  kRelu,      // x where it is above 0, else 0
  kReluSquared,
  kTanh,     // absolute error below 3e-7
  kSigmoid,  // 1 / (1 + e^-x)
};

// What one head of a recurrent layer (RWKV-7) reads for several positions in a row. Its numbers of
// a row, and its weights, are head_dim: a multiple of kRecurrentLanes.
struct RecurrentHead {
  std::size_t rows;
  std::size_t stride;  // from a row of what follows to the next
  std::size_t head_dim;
  // From the projections.
  const float* receptances;  // by which the state is read
  const float* decays;
  const float* keys;
  const float* values;
  const float* first_values;  // of the first layer; null: this is it
  const float* first_shares;  // their shares, before the sigmoid; unless null
  const float* rates;         // by which the state is replaced
  const float* gates;         // of what is read
  // The weights.
  const float* removal_scales;
  const float* rate_shares;
  const float* bonuses;
  const float* norm_weight;
  const float* norm_bias;
  float norm_epsilon;
  float* state;    // [keys][values], before the first row; after the last one when it returns
  float* scratch;  // kRecurrentScratch times head_dim, from a cache line on
  float* out;      // exactly head_dim of each row
};
inline constexpr std::size_t kRecurrentLanes = 16;
inline constexpr std::size_t kRecurrentScratch = 7;

// Inputs of products with quantised rows: rounded to 8 bits, with a scale for each of the weights'
// blocks. Made by Kernels::quantize(), for that kernels' products alone.
struct QuantizedInputs {
  const std::int8_t* values;  // [rows][count]
  const float* scales;        // [rows][count / weights of a block]
  const std::int32_t* sums;   // [rows][count / kMinSummed] of the values, as the type asks
  std::size_t rows;
  std::size_t count;  // whole blocks
};
// More rows of inputs are multiplied with weights that are unpacked for all of them.
inline constexpr std::size_t kMaxDirectRows = 4;
inline constexpr std::size_t kMinSummed = 16;   // values that a sum is of, at least
inline constexpr std::size_t kStripBytes = 26;  // of scratch memory for each input, at most

struct Kernels {
  const char* target;  // "AVX2"

  // y[r][o] = bias[o] + sum over i of x[r][i] weight[o][i], for the outputs of the panels [first,
  // last). REQUIRES: y_stride covers padded outputs.
  void (*multiply)(const float* x, std::size_t x_stride, std::size_t rows, const Panels& panels,
                   std::size_t first, std::size_t last, float* y, std::size_t y_stride);

  // multiply() by the rows [first, last) of floats where they lie in a file; the same bits. `bias`,
  // of all rows, may be null. `panel` is scratch memory for kPanel times the inputs, from a cache
  // line on. REQUIRES: stays_in_file(weights.type).
  void (*multiply_stored)(const StoredRows& weights, std::size_t first, std::size_t last,
                          const float* bias, const float* x, std::size_t x_stride, std::size_t rows,
                          float* y, std::size_t y_stride, float* panel);

  // Rounds a row of inputs to QuantizedInputs for products with that type. `sums` has room for
  // count / kMinSummed. REQUIRES: count is whole blocks.
  void (*quantize)(WeightType type, const float* x, std::size_t count, std::int8_t* values,
                   float* scales, std::int32_t* sums);
  // y[r][i] = row i . x[r], for the rows [first, last) of quantised weights as they lie in a file.
  // `strip` is scratch memory of kStripBytes times x.count, from a cache line on.
  void (*multiply_quantized)(const StoredRows& weights, std::size_t first, std::size_t last,
                             const QuantizedInputs& x, float* y, std::size_t y_stride, Byte* strip);

  void (*attend)(const Attention& attention);

  // y = x / sqrt(mean(x^2) + epsilon) weight.
  void (*rms_norm)(const float* x, const float* weight, float epsilon, std::size_t count, float* y);
  // y = (x - mean) / sqrt(variance + epsilon) weight + bias.
  void (*layer_norm)(const float* x, const float* weight, const float* bias, float epsilon,
                     std::size_t count, float* y);

  // y += x.
  void (*add)(const float* x, std::size_t count, float* y);

  // x = activation(x) up, or activation(x) where `up` is null.
  void (*activate)(Activation activation, float* x, const float* up, std::size_t count);

  // y = x + (before - x) share.
  void (*blend)(const float* x, const float* before, const float* share, std::size_t count,
                float* y);

  void (*recur)(const RecurrentHead& head);

  // out[i] = log2 of the softmax, in double: at most 0, and 2^out sums to 1. Returns false, with
  // nothing of use in `out`, if a logit is not finite. REQUIRES: count > 0.
  bool (*log2_softmax)(const float* logits, std::size_t count, double* out);
};

// The kernels for the best vectors that this machine has. Valid for the life of the program.
[[nodiscard]] const Kernels& best_kernels();

// Those of a machine that has no instruction for products of bytes, for tests; else the same.
[[nodiscard]] const Kernels& kernels_without_byte_products();

}  // namespace zipdream
