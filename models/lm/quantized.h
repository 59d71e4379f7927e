// SPDX-License-Identifier: Apache-2.0
// Weights as files store them: the types, how many weights make a block of bytes, and the floats
// that they stand for. Rows lie one after the other, each of whole blocks, and stay where they are:
// in the mapped file.
//
// What a block stands for is computed by single-precision products and differences, each rounded
// once, so that it is the same on every machine.
#pragma once

#include <bit>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "zipdream/bytes.h"

namespace zipdream {

// The quantised ones are those of ggml: blocks of 32 weights, or of 256 ("K").
enum class WeightType { kF32, kF16, kBf16, kF64, kQ80, kQ40, kQ41, kQ50, kQ51, kQ4K, kQ5K, kQ6K };

struct WeightTypeInfo {
  std::string_view name;  // as files have it: "Q4_K"
  std::size_t weights;    // in a block
  std::size_t bytes;      // of a block
  // The weights of `count` blocks. Doubles become the nearest floats.
  void (*to_floats)(const Byte* blocks, std::size_t count, float* out);
  // Whether all of them are finite.
  bool (*are_finite)(const Byte* blocks, std::size_t count);
};

[[nodiscard]] const WeightTypeInfo& info_of(WeightType type);

// The type of this name; nullopt if it is none of ours.
[[nodiscard]] std::optional<WeightType> find_weight_type(std::string_view name);

// For errors: "F32, F16, ...".
[[nodiscard]] std::string weight_type_names();

[[nodiscard]] constexpr bool is_quantized(WeightType type) { return type >= WeightType::kQ80; }

// Whether products are made with rows of this type where they lie.
[[nodiscard]] constexpr bool stays_in_file(WeightType type) {
  if (is_quantized(type)) return true;
  return type != WeightType::kF64 && std::endian::native == std::endian::little;
}

// Rows of a matrix. Cheap to copy. The bytes belong to somebody else.
struct StoredRows {
  WeightType type = WeightType::kF32;
  const Byte* data = nullptr;
  std::size_t count = 0;
  std::size_t inputs = 0;  // weights in a row, whole blocks

  [[nodiscard]] std::size_t row_bytes() const;
  [[nodiscard]] const Byte* row(std::size_t index) const { return data + index * row_bytes(); }
  // REQUIRES: index < count; out has room for `inputs`.
  void to_floats(std::size_t index, float* out) const;
  [[nodiscard]] bool are_finite() const;
};

}  // namespace zipdream
