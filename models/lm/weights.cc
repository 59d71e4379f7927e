// SPDX-License-Identifier: Apache-2.0
#include "models/lm/weights.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <utility>

#include "models/lm/kernels.h"

namespace zipdream {

Matrix::Matrix(std::size_t inputs, std::size_t outputs)
    : inputs_(inputs), outputs_(outputs), floats_(padded(outputs) * inputs) {}

std::size_t Matrix::panel_count() const { return padded(outputs_) / kPanel; }

std::size_t Matrix::place(std::size_t row, std::size_t input) const {
  return (row / kPanel * inputs_ + input) * kPanel + row % kPanel;
}

void Matrix::set_rows(std::size_t first, std::span<const float> rows) {
  const std::size_t count = rows.size() / inputs_;
  assert(first + count <= outputs_);
  for (std::size_t row = 0; row < count; ++row) {
    for (std::size_t i = 0; i < inputs_; ++i) {
      floats_[place(first + row, i)] = rows[row * inputs_ + i];
    }
  }
}

void Matrix::set_columns(std::size_t first, std::span<const float> columns) {
  const std::size_t count = columns.size() / inputs_;
  assert(first + count <= outputs_);
  for (std::size_t i = 0; i < inputs_; ++i) {
    for (std::size_t row = 0; row < count; ++row) {
      floats_[place(first + row, i)] = columns[i * count + row];
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
  for (std::size_t i = 0; i < inputs_; ++i) out[i] = weight(place(row, i), row);
}

float Matrix::weight(std::size_t place, std::size_t row) const {
  switch (format_) {
    case WeightFormat::kF16:
      return float_of_half(halves_[place]);
    case WeightFormat::kBf16:
      return float_of_bf16(halves_[place]);
    case WeightFormat::kInt8:
      return static_cast<float>(bytes_[place]) * scales_[row];
    case WeightFormat::kF32:
      break;
  }
  return floats_[place];
}

void Matrix::quantize() {
  constexpr float kMaxByte = 127;
  scales_.assign(padded(outputs_), 0);
  bytes_.assign(floats_.size(), 0);
  for (std::size_t row = 0; row < outputs_; ++row) {
    float largest = 0;
    for (std::size_t i = 0; i < inputs_; ++i) {
      largest = std::max(largest, std::fabs(floats_[place(row, i)]));
    }
    if (largest == 0) continue;
    scales_[row] = largest / kMaxByte;
    for (std::size_t i = 0; i < inputs_; ++i) {
      const float steps = floats_[place(row, i)] * (kMaxByte / largest);
      bytes_[place(row, i)] =
          static_cast<std::int8_t>(std::clamp(std::nearbyint(steps), -kMaxByte, kMaxByte));
    }
  }
}

void Matrix::convert_to(WeightFormat format) {
  assert(format_ == WeightFormat::kF32);
  format_ = format;
  if (format == WeightFormat::kF32) return;
  if (format == WeightFormat::kInt8) {
    quantize();
  } else {
    halves_.resize(floats_.size());
    std::ranges::transform(floats_, halves_.begin(),
                           format == WeightFormat::kF16 ? half_of_float : bf16_of_float);
  }
  floats_ = Floats();
}

Panels Matrix::panels() const {
  Panels panels{.format = format_, .inputs = inputs_};
  if (!floats_.empty()) panels.weights = floats_.data();
  if (!halves_.empty()) panels.weights = halves_.data();
  if (!bytes_.empty()) panels.weights = bytes_.data();
  if (!scales_.empty()) panels.scales = scales_.data();
  if (!bias_.empty()) panels.bias = bias_.data();
  return panels;
}

void LmWeights::convert_to(WeightFormat format) {
  for (LayerWeights& layer : layers) {
    for (Matrix* matrix : {&layer.qkv, &layer.attention_out, &layer.up, &layer.down}) {
      matrix->convert_to(format);
    }
  }
  output.convert_to(format);
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
