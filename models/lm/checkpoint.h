// SPDX-License-Identifier: Apache-2.0
// The tensors of a model's folder, in one file or in shards, handed out by name as floats. A loader
// takes all that its architecture has; a tensor that remains contradicts the config.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "models/lm/kernels.h"
#include "models/lm/safetensors.h"

namespace zipdream {

// The files of a folder's tensors: model.safetensors, or the index of its shards and those. Throws
// Error when there is neither, a shard is missing, or the index is damaged.
[[nodiscard]] std::vector<std::string> checkpoint_files(const std::string& folder);

// Threads: one.
class Checkpoint {
 public:
  // Opens model.safetensors, or the shards that model.safetensors.index.json names. Throws Error
  // when there is neither or one is missing, damaged, or contradicts the index.
  explicit Checkpoint(std::string folder);

  [[nodiscard]] bool has(const std::string& name) const { return tensors_.contains(name); }

  // The bytes of all tensors together.
  [[nodiscard]] std::size_t byte_count() const;

  // The format that loses nothing: of 16 bits if all matrices are in it, else floats.
  [[nodiscard]] WeightFormat float_format() const;

  // The tensor as floats, its last dimension the innermost. Throws Error when it is missing, of
  // another shape or of no type of floats that we read, or holds a NaN or an infinity.
  [[nodiscard]] Floats take(const std::string& name, std::span<const std::size_t> shape);
  [[nodiscard]] Floats take(const std::string& name, std::initializer_list<std::size_t> shape) {
    return take(name, std::span(shape.begin(), shape.size()));
  }

  // Throws Error if a tensor was not taken, unless it `may_stay`.
  void check_all_taken(const std::function<bool(std::string_view name)>& may_stay) const;

 private:
  void open_file(const std::string& path);

  std::string folder_;
  std::vector<Safetensors> files_;
  std::map<std::string, const Tensor*, std::less<>> tensors_;
  std::set<std::string, std::less<>> taken_;
};

}  // namespace zipdream
