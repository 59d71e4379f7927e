// SPDX-License-Identifier: Apache-2.0
#include "models/lm/safetensors_writer.h"

#include <array>
#include <bit>
#include <cassert>
#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>
#include <numeric>
#include <string_view>

#include "models/lm/float_formats.h"

namespace zipdream {
namespace {

constexpr std::size_t kSizeBytes = 8;
constexpr std::size_t kAlignment = 8;  // of the data, by spaces after the header

std::size_t item_bytes(FloatFormat format) { return format == FloatFormat::kF32 ? 4 : 2; }

std::string_view type_name(FloatFormat format) {
  constexpr std::array<std::string_view, 3> kNames = {"F32", "F16", "BF16"};
  return kNames[static_cast<std::size_t>(format)];
}

std::uint32_t bits_of(float value, FloatFormat format) {
  if (format == FloatFormat::kF16) return half_of_float(value);
  if (format == FloatFormat::kBf16) return bf16_of_float(value);
  return std::bit_cast<std::uint32_t>(value);
}

void append_little_endian(std::uint64_t value, std::size_t count, Bytes& out) {
  for (std::size_t i = 0; i < count; ++i) out.push_back(static_cast<Byte>(value >> (8 * i)));
}

}  // namespace

Bytes write_safetensors(std::span<const NamedTensor> tensors, FloatFormat format,
                        const std::map<std::string, std::string>& metadata) {
  auto header = nlohmann::ordered_json::object();
  header["__metadata__"] = metadata;
  header["__metadata__"]["format"] = "pt";  // what Hugging Face's libraries ask for
  std::size_t end = 0;
  for (const NamedTensor& tensor : tensors) {
    assert(std::accumulate(tensor.shape.begin(), tensor.shape.end(), std::size_t{1},
                           std::multiplies<>()) == tensor.values.size());
    const std::size_t begin = end;
    end += tensor.values.size() * item_bytes(format);
    header[tensor.name] = {
        {"dtype", type_name(format)}, {"shape", tensor.shape}, {"data_offsets", {begin, end}}};
  }
  std::string text = header.dump();
  text.resize((text.size() + kAlignment - 1) / kAlignment * kAlignment, ' ');
  Bytes file;
  file.reserve(kSizeBytes + text.size() + end);
  append_little_endian(text.size(), kSizeBytes, file);
  file.insert(file.end(), text.begin(), text.end());
  for (const NamedTensor& tensor : tensors) {
    for (const float value : tensor.values) {
      append_little_endian(bits_of(value, format), item_bytes(format), file);
    }
  }
  return file;
}

}  // namespace zipdream
