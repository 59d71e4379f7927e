// SPDX-License-Identifier: Apache-2.0
// Tensors of floats as a file that safetensors.h reads.
#pragma once

#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "zipdream/bytes.h"

namespace zipdream {

struct NamedTensor {
  std::string name;
  std::vector<std::size_t> shape;
  std::span<const float> values;  // as many as the shape says
};

enum class FloatFormat { kF32, kF16, kBf16 };  // the short ones rounded to the nearest

// The content of a file: the tensors in this order, after whatever there is to say about them.
// REQUIRES: names are different, and none is "__metadata__".
[[nodiscard]] Bytes write_safetensors(std::span<const NamedTensor> tensors, FloatFormat format,
                                      const std::map<std::string, std::string>& metadata = {});

}  // namespace zipdream
