// SPDX-License-Identifier: Apache-2.0
#include "models/lm/weights.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "models/lm/kernels.h"

namespace zipdream {

Matrix::Matrix(std::size_t inputs, std::size_t outputs)
    : inputs_(inputs), outputs_(outputs), panels_(padded(outputs) * inputs) {}

std::size_t Matrix::panel_count() const { return padded(outputs_) / kPanel; }

std::size_t Matrix::place(std::size_t row, std::size_t input) const {
  return (row / kPanel * inputs_ + input) * kPanel + row % kPanel;
}

void Matrix::set_rows(std::size_t first, std::span<const float> rows) {
  const std::size_t count = rows.size() / inputs_;
  assert(first + count <= outputs_);
  for (std::size_t row = 0; row < count; ++row) {
    for (std::size_t i = 0; i < inputs_; ++i) {
      panels_[place(first + row, i)] = rows[row * inputs_ + i];
    }
  }
}

void Matrix::set_columns(std::size_t first, std::span<const float> columns) {
  const std::size_t count = columns.size() / inputs_;
  assert(first + count <= outputs_);
  for (std::size_t i = 0; i < inputs_; ++i) {
    for (std::size_t row = 0; row < count; ++row) {
      panels_[place(first + row, i)] = columns[i * count + row];
    }
  }
}

void Matrix::set_bias(std::size_t first, std::span<const float> bias) {
  assert(first + bias.size() <= outputs_);
  bias_.resize(padded(outputs_));
  std::ranges::copy(bias, bias_.begin() + static_cast<std::ptrdiff_t>(first));
}

void Matrix::copy_row(std::size_t row, std::span<float> out) const {
  assert(row < outputs_ && out.size() == inputs_);
  for (std::size_t i = 0; i < inputs_; ++i) out[i] = panels_[place(row, i)];
}

void LmWeights::embed(Symbol token, std::span<float> out) const {
  if (embedding.empty()) return output.copy_row(token, out);
  std::copy_n(embedding.begin() + static_cast<std::ptrdiff_t>(token * out.size()), out.size(),
              out.begin());
}

Floats with_padding(Floats values) {
  values.resize(padded(values.size()));
  return values;
}

}  // namespace zipdream
