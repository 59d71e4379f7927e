// SPDX-License-Identifier: Apache-2.0
#include "models/lm/checkpoint.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/files.h"
#include "models/bounded_json.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

constexpr std::size_t kMaxIndex = std::size_t{1} << 26;  // 64 MiB of JSON

std::uint32_t little_endian(const Byte* bytes, std::size_t count) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < count; ++i) value |= std::uint32_t{bytes[i]} << (8 * i);
  return value;
}

// What turns one item of a type into a float; null if there is none.
using ToFloat = float (*)(const Byte*);
ToFloat converter(std::string_view type) {
  if (type == "F32")
    return [](const Byte* at) { return std::bit_cast<float>(little_endian(at, 4)); };
  if (type == "BF16") {
    return [](const Byte* at) {
      return float_of_bf16(static_cast<std::uint16_t>(little_endian(at, 2)));
    };
  }
  if (type == "F16") {
    return [](const Byte* at) {
      return float_of_half(static_cast<std::uint16_t>(little_endian(at, 2)));
    };
  }
  return nullptr;
}

std::string shape_text(std::span<const std::size_t> shape) {
  return fmt::format("[{}]", fmt::join(shape, ", "));
}

// The index of a folder's shards: the tensors and their files.
std::map<std::string, std::string> read_weight_map(const std::string& index) {
  const Bytes text = read_file(index, kMaxIndex);
  const Json parsed = parse_bounded_json<Json>(as_chars(text), index);
  if (!parsed.is_object() || !parsed.contains("weight_map") || !parsed["weight_map"].is_object()) {
    throw Error(index + ": has no weight_map; is it an index of safetensors?");
  }
  std::map<std::string, std::string> shards;
  for (const auto& [name, file] : parsed["weight_map"].items()) {
    if (!file.is_string()) throw Error(fmt::format("{}: {} has no file name", index, name));
    const auto shard = file.get<std::string>();
    if (fs::path(shard).filename() != shard) {
      throw Error(fmt::format("{}: the shard {} lies outside of the folder", index, shard));
    }
    shards.emplace(name, shard);
  }
  return shards;
}

std::string index_of(const std::string& folder) {
  return (fs::path(folder) / "model.safetensors.index.json").string();
}

}  // namespace

std::vector<std::string> checkpoint_files(const std::string& folder) {
  const std::string single = (fs::path(folder) / "model.safetensors").string();
  if (fs::exists(single)) return {single};
  const std::string index = index_of(folder);
  if (!fs::exists(index)) {
    throw Error(fmt::format(
        "{}: there is no model.safetensors in it; other formats, pickles above all, must be "
        "converted",
        folder));
  }
  std::set<std::string> shards;
  for (const auto& [name, shard] : read_weight_map(index)) shards.insert(shard);
  std::vector<std::string> files = {index};
  for (const std::string& shard : shards) {
    files.push_back((fs::path(folder) / shard).string());
    if (!fs::exists(files.back())) {
      throw Error(fmt::format("{}: the shard {} is missing; fetch it too", folder, shard));
    }
  }
  return files;
}

Checkpoint::Checkpoint(std::string folder) : folder_(std::move(folder)) {
  const std::vector<std::string> paths = checkpoint_files(folder_);
  files_.reserve(paths.size());  // tensors_ points into them
  if (paths.size() == 1) {
    open_file(paths[0]);
    return;
  }
  for (std::size_t i = 1; i < paths.size(); ++i) open_file(paths[i]);
  for (const auto& [name, shard] : read_weight_map(paths[0])) {
    if (!has(name)) throw Error(fmt::format("{}: no shard has the tensor {}", paths[0], name));
  }
}

void Checkpoint::open_file(const std::string& path) {
  files_.emplace_back(path);
  for (const auto& [name, tensor] : files_.back().tensors()) {
    if (!tensors_.emplace(name, &tensor).second) {
      throw Error(fmt::format("{}: the tensor {} is in another shard too", path, name));
    }
  }
}

std::size_t Checkpoint::byte_count() const {
  std::size_t count = 0;
  for (const auto& [name, tensor] : tensors_) count += tensor->data.size();
  return count;
}

WeightFormat Checkpoint::float_format() const {
  const auto all_are = [&](std::string_view type) {
    return std::ranges::all_of(tensors_, [&](const auto& named) {
      return named.second->shape.size() < 2 || named.second->type == type;
    });
  };
  if (all_are("F16")) return WeightFormat::kF16;
  return all_are("BF16") ? WeightFormat::kBf16 : WeightFormat::kF32;
}

Floats Checkpoint::take(const std::string& name, std::span<const std::size_t> shape) {
  const auto found = tensors_.find(name);
  if (found == tensors_.end()) {
    throw Error(fmt::format("{}: the tensor {} is missing; does config.json fit the weights?",
                            folder_, name));
  }
  const Tensor& tensor = *found->second;
  if (!std::ranges::equal(tensor.shape, shape)) {
    throw Error(fmt::format("{}: the tensor {} is {}, but by config.json {}", folder_, name,
                            shape_text(tensor.shape), shape_text(shape)));
  }
  const ToFloat to_float = converter(tensor.type);
  if (to_float == nullptr) {
    throw Error(fmt::format("{}: the tensor {} is of type {}; F32, F16 and BF16 are read", folder_,
                            name, tensor.type));
  }
  std::size_t count = 1;
  for (const std::size_t size : shape) count *= size;
  Floats values(count);
  const std::size_t item = count == 0 ? 0 : tensor.data.size() / count;
  for (std::size_t i = 0; i < count; ++i) values[i] = to_float(tensor.data.data() + i * item);
  if (!std::ranges::all_of(values, [](float value) { return std::isfinite(value); })) {
    throw Error(fmt::format("{}: the tensor {} holds a NaN or an infinity; its training failed",
                            folder_, name));
  }
  taken_.insert(name);
  return values;
}

void Checkpoint::check_all_taken(const std::function<bool(std::string_view name)>& may_stay) const {
  for (const auto& [name, tensor] : tensors_) {
    if (taken_.contains(name) || may_stay(name)) continue;
    throw Error(
        fmt::format("{}: config.json has no place for the tensor {}; do they belong "
                    "together?",
                    folder_, name));
  }
}

}  // namespace zipdream
