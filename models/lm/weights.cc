// SPDX-License-Identifier: Apache-2.0
#include "models/lm/weights.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <utility>

#include "base/parallel.h"
#include "models/lm/kernels.h"

namespace zipdream {
namespace {

// The rows of some parts, by their number in all of them.
class RowsOfParts {
 public:
  explicit RowsOfParts(std::span<const StoredRows> parts) : parts_(parts) {}

  // The part that has the row, which becomes the number in it.
  const StoredRows& find(std::size_t& row) const {
    std::size_t part = 0;
    for (; row >= parts_[part].count; ++part) row -= parts_[part].count;
    return parts_[part];
  }

 private:
  std::span<const StoredRows> parts_;
};

// What a row is as items of a panel.
void row_items(const StoredRows& rows, std::size_t row, float* out) { rows.to_floats(row, out); }
void row_items(const StoredRows& rows, std::size_t row, std::uint16_t* out) {
  const Byte* const bytes = rows.row(row);
  for (std::size_t i = 0; i < rows.inputs; ++i) {
    out[i] = static_cast<std::uint16_t>(bytes[2 * i] | bytes[2 * i + 1] << 8);
  }
}

template <typename Item>
void fill_panels(const RowsOfParts& parts, std::size_t inputs, std::size_t outputs,
                 Aligned<Item>& panels) {
  panels.resize(padded(outputs) * inputs);
  parallel_for(padded(outputs) / kPanel, 1, [&](std::size_t first, std::size_t last) {
    Aligned<Item> items(inputs);
    const std::size_t end = std::min(last * kPanel, outputs);
    for (std::size_t row = first * kPanel; row < end; ++row) {
      std::size_t in_part = row;
      const StoredRows& part = parts.find(in_part);
      row_items(part, in_part, items.data());
      Item* const to = &panels[row / kPanel * kPanel * inputs + row % kPanel];
      for (std::size_t i = 0; i < inputs; ++i) to[i * kPanel] = items[i];
    }
  });
}

// The format of 16 bits that all parts have, or floats.
WeightFormat common_format(std::span<const StoredRows> parts) {
  const WeightType first = parts.front().type;
  const bool alike =
      std::ranges::all_of(parts, [&](const StoredRows& part) { return part.type == first; });
  return alike ? panel_format(first) : WeightFormat::kF32;
}

}  // namespace

WeightFormat panel_format(WeightType type) {
  if (type == WeightType::kF16) return WeightFormat::kF16;
  return type == WeightType::kBf16 ? WeightFormat::kBf16 : WeightFormat::kF32;
}

Matrix::Matrix(std::size_t inputs, std::size_t outputs)
    : inputs_(inputs), outputs_(outputs), floats_(padded(outputs) * inputs) {}

Matrix::Matrix(std::span<const StoredRows> parts, std::optional<WeightFormat> format)
    : inputs_(parts.front().inputs) {
  bool stays = true;
  bool quantized = false;
  for (const StoredRows& part : parts) {
    assert(part.inputs == inputs_);
    outputs_ += part.count;
    quantized = quantized || is_quantized(part.type);
    stays = stays && stays_in_file(part.type);
  }
  if (format && (quantized || *format != common_format(parts))) stays = false;
  if (stays) {
    stored_.assign(parts.begin(), parts.end());
    return;
  }
  const RowsOfParts rows(parts);
  const WeightFormat common = common_format(parts);
  if (common != WeightFormat::kF32 && format.value_or(common) == common) {
    format_ = common;
    fill_panels(rows, inputs_, outputs_, halves_);
  } else {
    fill_panels(rows, inputs_, outputs_, floats_);
    convert_to(format.value_or(WeightFormat::kF32));
  }
}

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
  if (!stored_.empty()) {
    const StoredRows& part = RowsOfParts(stored_).find(row);
    return part.to_floats(row, out.data());
  }
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
  panels.bias = bias();
  return panels;
}

void LmWeights::embed(Symbol token, std::span<float> out) const {
  if (embedding.count == 0) return output.copy_row(token, out);
  embedding.to_floats(token, out.data());
}

Floats with_padding(Floats values) {
  values.resize(padded(values.size()));
  return values;
}

}  // namespace zipdream
