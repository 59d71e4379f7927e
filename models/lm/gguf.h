// SPDX-License-Identifier: Apache-2.0
// Model files in the format GGUF, versions 2 and 3, little endian:
//   "GGUF", uint32 version, uint64 number of tensors, uint64 number of values
//   values: a name, uint32 type, the value     (names and texts: uint64 length, bytes)
//   tensors: a name, uint32 number of dimensions, uint64 each, the innermost first,
//            uint32 type, uint64 place in the data
//   the data, from the next multiple of "general.alignment" on
// Large models are split: NAME-00001-of-00003.gguf and so on, the values in the first.
//
// Nothing in a file is believed: counts, lengths and places are checked against its size before
// memory follows them, and what values and tensors are made of stays in the mapped file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/files.h"
#include "models/lm/checkpoint.h"
#include "zipdream/bytes.h"

namespace zipdream {

// The values of a file, by name. Threads: immutable once made.
class GgufValues {
 public:
  // What errors begin with.
  [[nodiscard]] const std::string& path() const { return path_; }

  [[nodiscard]] bool has(const std::string& name) const { return values_.contains(name); }

  // All throw Error when the value is of another kind, and those without a fallback when it is
  // missing. Texts are valid while the file is mapped.
  [[nodiscard]] std::size_t size(const std::string& name) const;
  [[nodiscard]] std::size_t size(const std::string& name, std::size_t fallback) const;
  [[nodiscard]] double number(const std::string& name, double fallback) const;
  [[nodiscard]] bool flag(const std::string& name, bool fallback) const;
  [[nodiscard]] std::string_view text(const std::string& name, std::string_view fallback) const;
  // Empty if missing.
  [[nodiscard]] std::vector<double> numbers(const std::string& name) const;
  [[nodiscard]] std::vector<std::string_view> texts(const std::string& name) const;
  // 0 if missing.
  [[nodiscard]] std::size_t list_size(const std::string& name) const;
  [[nodiscard]] bool is_list(const std::string& name) const;

 private:
  friend class GgufReader;

  struct List {
    std::uint32_t type = 0;  // of its items, as the file has it
    std::size_t count = 0;
    ByteView items;  // as they lie in the file, checked
  };
  using Value = std::variant<bool, std::int64_t, std::uint64_t, double, std::string_view, List>;

  template <typename T>
  [[nodiscard]] const T* find(const std::string& name, const char* kind) const;

  std::string path_;
  std::map<std::string, Value> values_;
};

class Gguf {
 public:
  // Maps the file and, if it is a part of a split model, the other parts beside it. Throws Error
  // when one is missing, cut short, or contradicts itself.
  explicit Gguf(const std::string& path);

  [[nodiscard]] const GgufValues& values() const { return values_; }

  // The files, the first part first.
  [[nodiscard]] std::vector<std::string> paths() const;

  // The tensors. Throws Error when one is of a type that is not read, lies outside of its file, or
  // overlaps another.
  [[nodiscard]] Checkpoint checkpoint() const;

 private:
  friend class GgufReader;

  struct Info {
    std::string name;
    std::vector<std::size_t> shape;  // the innermost dimension last
    std::uint32_t type = 0;
    std::uint64_t place = 0;
  };
  struct Part {
    std::string path;
    std::shared_ptr<const MappedFile> file;
    std::vector<Info> tensors;
    std::size_t data = 0;  // where they begin
    std::size_t alignment = 0;
  };

  GgufValues add_part(const std::string& path);
  void add_other_parts(std::size_t number, std::size_t count);
  static void add_tensors(const Part& part, Checkpoint::Tensors& tensors);

  GgufValues values_;
  std::vector<Part> parts_;
};

// Whether a file begins as a GGUF file does.
[[nodiscard]] bool is_gguf(const std::string& path);

}  // namespace zipdream
