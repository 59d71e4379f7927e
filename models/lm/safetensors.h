// SPDX-License-Identifier: Apache-2.0
// Files of tensors in the safetensors format: 8 bytes, little endian, the size of a header in
// JSON; the header, by name each tensor's type, shape and place; the data. Read as strictly as
// the format's own library does: names once only, sizes exact, data without gaps or overlaps.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/files.h"
#include "zipdream/bytes.h"

namespace zipdream {

// One that lies in a file, of whatever format.
struct Tensor {
  std::string type;  // as in the file: "F32", "BF16", ...
  std::vector<std::size_t> shape;
  ByteView data;  // not aligned
};

// A file that is read. Threads: immutable once made.
class Safetensors {
 public:
  // Maps the file. Throws Error when it is missing, cut short, or contradicts itself.
  explicit Safetensors(const std::string& path);

  // The file, in which the data of the tensors lies.
  [[nodiscard]] const std::shared_ptr<const MappedFile>& file() const { return file_; }

  // By name. Their data is valid while the file lives.
  [[nodiscard]] const std::map<std::string, Tensor>& tensors() const { return tensors_; }

  // The texts of its "__metadata__".
  [[nodiscard]] const std::map<std::string, std::string>& metadata() const { return metadata_; }

 private:
  std::shared_ptr<const MappedFile> file_;
  std::map<std::string, Tensor> tensors_;
  std::map<std::string, std::string> metadata_;
};

// Tensors of floats to be written.
struct NamedTensor {
  std::string name;
  std::vector<std::size_t> shape;
  std::span<const float> values;  // as many as the shape has
};

// The formats of 16 bits are rounded to the nearest.
enum class FloatFormat { kF32, kF16, kBf16 };

// The content of a file: the metadata, then the tensors in this order.
// REQUIRES: names are different, and none is "__metadata__".
[[nodiscard]] Bytes write_safetensors(std::span<const NamedTensor> tensors, FloatFormat format,
                                      const std::map<std::string, std::string>& metadata = {});

}  // namespace zipdream
