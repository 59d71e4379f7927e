// SPDX-License-Identifier: Apache-2.0
// A file of tensors in the safetensors format: 8 bytes, little endian, the size of a header in
// JSON; the header, by name each tensor's type, shape and place; the data. Parsed as strictly as
// the format's own library does: names once only, sizes exact, data without gaps or overlaps.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "base/files.h"
#include "zipdream/bytes.h"

namespace zipdream {

struct Tensor {
  std::string type;  // as in the file: "F32", "BF16", ...
  std::vector<std::size_t> shape;
  ByteView data;  // not aligned
};

// Threads: immutable once made.
class Safetensors {
 public:
  // Maps the file. Throws Error when it is missing, cut short, or not what it says.
  explicit Safetensors(const std::string& path);

  // By name. Their data is valid while this lives.
  [[nodiscard]] const std::map<std::string, Tensor>& tensors() const { return tensors_; }

  // What the file says about itself.
  [[nodiscard]] const std::map<std::string, std::string>& metadata() const { return metadata_; }

 private:
  MappedFile file_;
  std::map<std::string, Tensor> tensors_;
  std::map<std::string, std::string> metadata_;
};

}  // namespace zipdream
