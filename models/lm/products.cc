// SPDX-License-Identifier: Apache-2.0
#include "models/lm/products.h"

#include <map>

namespace zipdream {
namespace {

// Rows of inputs, and where they go.
struct Inputs {
  const float* x;
  std::size_t stride;
  std::size_t rows;
};
struct Outputs {
  float* y;
  std::size_t stride;
};

// The inputs of quantised rows.
class RoundedInputs {
 public:
  RoundedInputs(const Kernels& kernels, const Inputs& inputs, std::size_t count, WeightType type)
      : values_(inputs.rows * count),
        scales_(inputs.rows * (count / info_of(type).weights)),
        sums_(inputs.rows * (count / kMinSummed)),
        rows_(inputs.rows),
        count_(count) {
    constexpr std::size_t kWork = 8;  // as that of so many multiply-adds
    share_work(rows_, kWork * count, [&](std::size_t first, std::size_t last) {
      for (std::size_t row = first; row < last; ++row) {
        kernels.quantize(type, inputs.x + row * inputs.stride, count, &values_[row * count],
                         &scales_[row * (count / info_of(type).weights)],
                         &sums_[row * (count / kMinSummed)]);
      }
    });
  }

  [[nodiscard]] QuantizedInputs view() const {
    return {values_.data(), scales_.data(), sums_.data(), rows_, count_};
  }

 private:
  Aligned<std::int8_t> values_;
  Floats scales_;
  Aligned<std::int32_t> sums_;
  std::size_t rows_;
  std::size_t count_;
};

void add_bias(const float* bias, std::size_t first, std::size_t last, std::size_t rows,
              const Outputs& outputs) {
  if (bias == nullptr) return;
  for (std::size_t row = 0; row < rows; ++row) {
    for (std::size_t i = first; i < last; ++i) outputs.y[row * outputs.stride + i] += bias[i];
  }
}

// A matrix whose rows stay in their file, part by part.
class StoredProduct {
 public:
  StoredProduct(const Kernels& kernels, const Matrix& matrix, const Inputs& inputs,
                const Outputs& outputs)
      : kernels_(kernels),
        matrix_(matrix),
        inputs_(inputs),
        outputs_(outputs),
        unit_(inputs.rows > kMaxDirectRows ? kPanel : kPanel / 2) {
    for (const StoredRows& part : matrix.stored()) {
      if (is_quantized(part.type) && !rounded_.contains(part.type)) {
        rounded_.try_emplace(part.type, kernels, inputs, part.inputs, part.type);
      }
    }
  }

  // All parts share their threads: their rows are counted in units that are computed at once.
  void run() const {
    std::size_t count = 0;
    for (const StoredRows& part : matrix_.stored()) count += units(part);
    const std::size_t work = inputs_.rows * matrix_.inputs() * unit_;
    share_work(count, work, [&](std::size_t begin, std::size_t end) {
      std::size_t before = 0;
      std::size_t row = 0;
      for (const StoredRows& part : matrix_.stored()) {
        const std::size_t first = std::max(begin, before);
        const std::size_t last = std::min(end, before + units(part));
        if (first < last) {
          multiply_rows(part, row, (first - before) * unit_,
                        std::min(part.count, (last - before) * unit_));
        }
        before += units(part);
        row += part.count;
      }
    });
  }

 private:
  [[nodiscard]] std::size_t units(const StoredRows& part) const {
    return (part.count + unit_ - 1) / unit_;
  }

  // The rows [first, last) of a part, which begins at the row `before` of the matrix.
  void multiply_rows(const StoredRows& part, std::size_t before, std::size_t first,
                     std::size_t last) const {
    const float* const bias = matrix_.bias() == nullptr ? nullptr : matrix_.bias() + before;
    const Outputs outputs{outputs_.y + before, outputs_.stride};
    if (!is_quantized(part.type)) {
      return kernels_.multiply_stored(part, first, last, bias, inputs_.x, inputs_.stride,
                                      inputs_.rows, outputs.y, outputs.stride,
                                      scratch<float>(kPanel * part.inputs));
    }
    kernels_.multiply_quantized(part, first, last, rounded_.at(part.type).view(), outputs.y,
                                outputs.stride, scratch<Byte>(kStripBytes * part.inputs));
    add_bias(bias, first, last, inputs_.rows, outputs);
  }

  const Kernels& kernels_;
  const Matrix& matrix_;
  const Inputs& inputs_;
  const Outputs& outputs_;
  std::size_t unit_;  // rows that are computed at once
  std::map<WeightType, RoundedInputs> rounded_;
};

}  // namespace

void multiply(const Kernels& kernels, const Matrix& matrix, const float* x, std::size_t x_stride,
              std::size_t rows, float* y, std::size_t y_stride) {
  if (!matrix.stored().empty()) {
    return StoredProduct(kernels, matrix, {x, x_stride, rows}, {y, y_stride}).run();
  }
  const std::size_t work = rows * matrix.inputs() * kPanel;  // of one panel
  share_work(matrix.panel_count(), work, [&](std::size_t first, std::size_t last) {
    kernels.multiply(x, x_stride, rows, matrix.panels(), first, last, y, y_stride);
  });
}

}  // namespace zipdream
