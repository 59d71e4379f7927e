// SPDX-License-Identifier: Apache-2.0
#include "models/lm/checkpoint.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>
#include <numeric>
#include <utility>

#include "base/files.h"
#include "models/bounded_json.h"
#include "models/tokenizers/unicode.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

constexpr std::size_t kMaxIndex = std::size_t{1} << 26;  // 64 MiB of JSON

std::string shape_text(std::span<const std::size_t> shape) {
  return fmt::format("[{}]", fmt::join(shape, ", "));
}

void add_file(const std::string& path, Checkpoint::Tensors& tensors, MappedFiles& files) {
  const Safetensors file(path);
  for (const auto& [name, tensor] : file.tensors()) {
    if (!tensors.emplace(name, tensor).second) {
      throw Error(
          fmt::format("{}: the tensor {} is in another shard too", path, plain_or_quoted(name)));
    }
  }
  files.push_back(file.file());
}

// The name of each tensor's file.
std::map<std::string, std::string> read_index(const std::string& path) {
  const Bytes text = read_file(path, kMaxIndex);
  const auto document = parse_bounded_json<Json>(as_chars(text), path);
  const Json& parsed = *document;
  if (!parsed.is_object() || !parsed.contains("weight_map") || !parsed["weight_map"].is_object()) {
    throw Error(path + ": has no weight_map; is it an index of safetensors?");
  }
  std::map<std::string, std::string> index;
  for (const auto& [name, file] : parsed["weight_map"].items()) {
    if (!file.is_string())
      throw Error(fmt::format("{}: {} has no file name", path, plain_or_quoted(name)));
    index[name] = file.get<std::string>();
  }
  return index;
}

}  // namespace

std::vector<std::string> checkpoint_files(const std::string& folder) {
  const std::string single = (fs::path(folder) / "model.safetensors").string();
  const std::string index = single + ".index.json";
  if (fs::exists(single)) return {single};
  if (!fs::exists(index)) {
    throw Error(fmt::format(
        "{}: there is no model.safetensors in it; other formats, pickles above all, must be "
        "converted",
        folder));
  }
  std::set<std::string> shards;
  for (const auto& [name, shard] : read_index(index)) shards.insert(shard);
  std::vector<std::string> files = {index};
  for (const std::string& shard : shards) {
    if (fs::path(shard).filename() != shard) {
      throw Error(fmt::format("{}: the shard {} lies outside of the folder", index,
                              plain_or_quoted(shard)));
    }
    files.push_back((fs::path(folder) / shard).string());
    if (!fs::exists(files.back())) {
      throw Error(fmt::format("{}: the shard {} is missing; fetch it too", folder, shard));
    }
  }
  return files;
}

Checkpoint open_safetensors(const std::string& folder) {
  const std::vector<std::string> paths = checkpoint_files(folder);
  Checkpoint::Tensors tensors;
  MappedFiles files;
  const bool is_single = paths.size() == 1;
  for (std::size_t i = is_single ? 0 : 1; i < paths.size(); ++i) add_file(paths[i], tensors, files);
  if (!is_single) {
    for (const auto& [name, shard] : read_index(paths[0])) {
      if (!tensors.contains(name)) {
        throw Error(fmt::format("{}: no shard has the tensor {}", paths[0], plain_or_quoted(name)));
      }
    }
  }
  return Checkpoint(folder, "config.json", std::move(tensors), std::move(files));
}

Checkpoint::Checkpoint(std::string where, std::string config, Tensors tensors, MappedFiles files)
    : where_(std::move(where)),
      config_(std::move(config)),
      tensors_(std::move(tensors)),
      files_(std::move(files)) {}

std::size_t Checkpoint::byte_count() const {
  std::size_t count = 0;
  for (const auto& [name, tensor] : tensors_) count += tensor.data.size();
  return count;
}

void Checkpoint::refuse_missing(const std::string& name, const std::string& remedy) const {
  throw Error(fmt::format("{}: the tensor {} is missing; {}", where_, name, remedy));
}

const Tensor& Checkpoint::find(const std::string& name) {
  const auto found = tensors_.find(name);
  if (found == tensors_.end()) {
    refuse_missing(name, fmt::format("do {} and the weights belong together?", config_));
  }
  return found->second;
}

const Tensor& Checkpoint::find(const std::string& name, std::span<const std::size_t> shape) {
  const Tensor& tensor = find(name);
  if (!std::ranges::equal(tensor.shape, shape)) {
    throw Error(fmt::format("{}: the tensor {} is {}, but by {} {}", where_, name,
                            shape_text(tensor.shape), config_, shape_text(shape)));
  }
  taken_.insert(name);
  return tensor;
}

// As a matrix whose rows are along the last dimension.
StoredRows Checkpoint::rows_of(const std::string& name, const Tensor& tensor) const {
  const auto type = find_weight_type(tensor.type);
  if (!type) {
    throw Error(fmt::format("{}: the tensor {} is of type {}; these are read: {}", where_, name,
                            tensor.type, weight_type_names()));
  }
  StoredRows rows{.type = *type, .data = tensor.data.data(), .count = 1};
  rows.inputs = tensor.shape.empty() ? 1 : tensor.shape.back();
  for (std::size_t i = 0; i + 1 < tensor.shape.size(); ++i) rows.count *= tensor.shape[i];
  if (!rows.are_finite()) {
    throw Error(
        fmt::format("{}: the tensor {} holds a NaN or an infinity; its training failed, or "
                    "the file is damaged",
                    where_, name));
  }
  return rows;
}

Floats Checkpoint::take(const std::string& name, std::span<const std::size_t> shape) {
  return floats_of(name, find(name, shape));
}

Floats Checkpoint::take_numbers(const std::string& name, std::size_t count) {
  const Tensor& tensor = find(name);
  const std::size_t stored = std::accumulate(tensor.shape.begin(), tensor.shape.end(),
                                             std::size_t{1}, std::multiplies<>());
  if (stored != count) {
    throw Error(fmt::format("{}: the tensor {} is {}, but by {} {} numbers", where_, name,
                            shape_text(tensor.shape), config_, count));
  }
  taken_.insert(name);
  return floats_of(name, tensor);
}

Floats Checkpoint::floats_of(const std::string& name, const Tensor& tensor) const {
  const StoredRows rows = rows_of(name, tensor);
  Floats values(rows.count * rows.inputs);
  for (std::size_t row = 0; row < rows.count; ++row) {
    rows.to_floats(row, values.data() + row * rows.inputs);
  }
  return values;
}

StoredRows Checkpoint::take_rows(const std::string& name, std::size_t rows, std::size_t inputs) {
  const std::array shape = {rows, inputs};
  return rows_of(name, find(name, shape));
}

void Checkpoint::check_all_taken(const std::function<bool(std::string_view name)>& may_stay) const {
  for (const auto& [name, tensor] : tensors_) {
    if (taken_.contains(name) || may_stay(name)) continue;
    throw Error(fmt::format("{}: {} has no place for the tensor {}; do they belong together?",
                            where_, config_, plain_or_quoted(name)));
  }
}

}  // namespace zipdream
