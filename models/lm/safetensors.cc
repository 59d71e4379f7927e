// SPDX-License-Identifier: Apache-2.0
#include "models/lm/safetensors.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cassert>
#include <cstdint>
#include <functional>
#include <limits>
#include <nlohmann/json.hpp>
#include <numeric>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include "models/lm/kernels.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kSizeBytes = 8;
constexpr std::uint64_t kMaxHeader = 100'000'000;  // as the format's own library has it
constexpr std::string_view kMetadata = "__metadata__";

[[noreturn]] void refuse(const std::string& path, const std::string& what) {
  throw Error(fmt::format("{}: {}; is the file whole?", path, what));
}

std::optional<std::size_t> bytes_of_type(std::string_view type) {
  using TypeSize = std::pair<std::string_view, std::size_t>;
  constexpr auto kTypes = std::to_array<TypeSize>({{"F32", 4},
                                                   {"F16", 2},
                                                   {"BF16", 2},
                                                   {"F64", 8},
                                                   {"I64", 8},
                                                   {"I32", 4},
                                                   {"I16", 2},
                                                   {"I8", 1},
                                                   {"U64", 8},
                                                   {"U32", 4},
                                                   {"U16", 2},
                                                   {"U8", 1},
                                                   {"BOOL", 1},
                                                   {"F8_E4M3", 1},
                                                   {"F8_E5M2", 1}});
  const auto* const found = std::ranges::find(kTypes, type, &TypeSize::first);
  return found == kTypes.end() ? std::nullopt : std::optional(found->second);
}

std::string_view header_of(ByteView file, const std::string& path) {
  if (file.size() < kSizeBytes) refuse(path, "too short for a safetensors file");
  std::uint64_t size = 0;
  for (std::size_t i = 0; i < kSizeBytes; ++i) size |= std::uint64_t{file[i]} << (8 * i);
  if (size > kMaxHeader || size > file.size() - kSizeBytes) {
    refuse(path, fmt::format("it announces a header of {} bytes", size));
  }
  return as_chars(file.subspan(kSizeBytes, static_cast<std::size_t>(size)));
}

// Names must be looked at as they come: a parsed object keeps only one of two that are equal.
Json parse_header(std::string_view header, const std::string& path) {
  constexpr int kMaxDepth = 4;
  std::set<std::string> names;
  const auto check = [&](int depth, Json::parse_event_t event, Json& parsed) {
    if (depth > kMaxDepth) refuse(path, "its header is nested too deep");
    if (event == Json::parse_event_t::key && depth == 1 &&
        !names.insert(parsed.get<std::string>()).second) {
      refuse(path, fmt::format("the tensor {} is in it twice", parsed.get<std::string>()));
    }
    return true;
  };
  try {
    Json parsed = Json::parse(header, check);
    if (!parsed.is_object()) refuse(path, "its header is no JSON object");
    return parsed;
  } catch (const Json::exception&) {
    refuse(path, "its header is not valid JSON");
  }
}

// An array of whole numbers.
std::vector<std::size_t> sizes_of(const Json& tensor, const char* key, const std::string& path,
                                  const std::string& name) {
  const auto found = tensor.find(key);
  if (found == tensor.end() || !found->is_array()) {
    refuse(path, fmt::format("the tensor {} has no {}", name, key));
  }
  std::vector<std::size_t> sizes;
  for (const Json& size : *found) {
    if (!size.is_number_unsigned()) {
      refuse(path, fmt::format("the {} of {} are no whole numbers", key, name));
    }
    sizes.push_back(size.get<std::size_t>());
  }
  return sizes;
}

// Bytes of a tensor; nullopt if they are more than can be counted.
std::optional<std::size_t> size_of(const std::vector<std::size_t>& shape, std::size_t item) {
  std::size_t size = item;
  for (const std::size_t dimension : shape) {
    if (dimension != 0 && size > std::numeric_limits<std::size_t>::max() / dimension) {
      return std::nullopt;
    }
    size *= dimension;
  }
  return size;
}

Tensor read_tensor(const Json& json, ByteView data, const std::string& path,
                   const std::string& name) {
  if (!json.is_object() || !json.contains("dtype") || !json["dtype"].is_string()) {
    refuse(path, fmt::format("the tensor {} has no dtype", name));
  }
  Tensor tensor{json["dtype"].get<std::string>(), sizes_of(json, "shape", path, name), {}};
  const auto item = bytes_of_type(tensor.type);
  if (!item) refuse(path, fmt::format("the tensor {} is of unknown type {}", name, tensor.type));
  const std::vector<std::size_t> place = sizes_of(json, "data_offsets", path, name);
  if (place.size() != 2 || place[0] > place[1] || place[1] > data.size()) {
    refuse(path, fmt::format("the tensor {} lies outside of the file", name));
  }
  tensor.data = data.subspan(place[0], place[1] - place[0]);
  if (size_of(tensor.shape, *item) != tensor.data.size()) {
    refuse(path, fmt::format("the tensor {} has {} bytes, which its shape contradicts", name,
                             tensor.data.size()));
  }
  return tensor;
}

std::map<std::string, std::string> read_metadata(const Json& json, const std::string& path) {
  if (!json.is_object()) refuse(path, "its metadata is no JSON object");
  std::map<std::string, std::string> metadata;
  for (const auto& [name, value] : json.items()) {
    if (!value.is_string()) refuse(path, fmt::format("the metadata {} is no text", name));
    metadata.emplace(name, value.get<std::string>());
  }
  return metadata;
}

// Every byte belongs to one tensor.
void check_cover(const std::map<std::string, Tensor>& tensors, ByteView data,
                 const std::string& path) {
  std::vector<ByteView> parts;
  for (const auto& [name, tensor] : tensors) {
    if (!tensor.data.empty()) parts.push_back(tensor.data);
  }
  std::ranges::sort(parts, {}, [](ByteView part) { return part.data(); });
  const Byte* end = data.data();
  for (const ByteView part : parts) {
    if (part.data() != end) refuse(path, "its tensors overlap or leave gaps");
    end = part.data() + part.size();
  }
  if (end != data.data() + data.size()) refuse(path, "bytes follow its last tensor");
}

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

Safetensors::Safetensors(const std::string& path)
    : file_(std::make_shared<const MappedFile>(path)) {
  const std::string_view header = header_of(file_->bytes(), path);
  const ByteView data = file_->bytes().subspan(kSizeBytes + header.size());
  const Json parsed = parse_header(header, path);
  for (const auto& [name, json] : parsed.items()) {
    if (name == kMetadata) {
      metadata_ = read_metadata(json, path);
    } else {
      tensors_.emplace(name, read_tensor(json, data, path, name));
    }
  }
  check_cover(tensors_, data, path);
}

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
