// SPDX-License-Identifier: Apache-2.0
// The tensors of a model, from whatever files, handed out by name. A loader takes all that its
// architecture has; a tensor that remains contradicts the config.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/files.h"
#include "models/lm/kernels.h"
#include "models/lm/quantized.h"
#include "models/lm/safetensors.h"

namespace zipdream {

// The files of a folder's tensors: model.safetensors, or the index of its shards and those. Throws
// Error when there is neither, a shard is missing, or the index is damaged.
[[nodiscard]] std::vector<std::string> checkpoint_files(const std::string& folder);

// Files that tensors lie in.
using MappedFiles = std::vector<std::shared_ptr<const MappedFile>>;

// Threads: one.
class Checkpoint {
 public:
  using Tensors = std::map<std::string, Tensor, std::less<>>;

  // Errors name `where`, the model's path, and `config`, what the shapes are compared with. The
  // data of the tensors lies in the files.
  Checkpoint(std::string where, std::string config, Tensors tensors, MappedFiles files);

  [[nodiscard]] bool has(std::string_view name) const { return tensors_.contains(name); }

  // The model's path, as errors name it.
  [[nodiscard]] const std::string& where() const { return where_; }

  [[nodiscard]] const Tensors& tensors() const { return tensors_; }

  // The bytes of all tensors together.
  [[nodiscard]] std::size_t byte_count() const;

  // What must live as long as what was taken.
  [[nodiscard]] const MappedFiles& files() const { return files_; }

  // The tensor as floats, its last dimension the innermost. Throws Error when it is missing, of
  // another shape or of no type that we read, or holds a NaN or an infinity.
  [[nodiscard]] Floats take(const std::string& name, std::span<const std::size_t> shape);
  [[nodiscard]] Floats take(const std::string& name, std::initializer_list<std::size_t> shape) {
    return take(name, std::span(shape.begin(), shape.size()));
  }

  // take() of as many numbers, whatever their dimensions.
  [[nodiscard]] Floats take_numbers(const std::string& name, std::size_t count);

  // The matrix where it lies. Throws as take().
  [[nodiscard]] StoredRows take_rows(const std::string& name, std::size_t rows, std::size_t inputs);

  // Throws Error if a tensor was not taken, unless it `may_stay`.
  void check_all_taken(const std::function<bool(std::string_view name)>& may_stay) const;

  // Throws the Error that the tensor is missing. `remedy` is a question or an advice.
  [[noreturn]] void refuse_missing(const std::string& name, const std::string& remedy) const;

 private:
  const Tensor& find(const std::string& name);
  const Tensor& find(const std::string& name, std::span<const std::size_t> shape);
  [[nodiscard]] Floats floats_of(const std::string& name, const Tensor& tensor) const;
  [[nodiscard]] StoredRows rows_of(const std::string& name, const Tensor& tensor) const;

  std::string where_;
  std::string config_;
  Tensors tensors_;
  MappedFiles files_;
  std::set<std::string, std::less<>> taken_;
};

// model.safetensors of a folder, or the shards that model.safetensors.index.json names. Throws
// Error when there is neither or one is missing, damaged, or contradicts the index.
[[nodiscard]] Checkpoint open_safetensors(const std::string& folder);

}  // namespace zipdream
