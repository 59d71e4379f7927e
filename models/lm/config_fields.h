// SPDX-License-Identifier: Apache-2.0
// config.json of a model's folder: its fields by name, those of objects within it as "outer.inner".
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>

namespace zipdream {

// Threads: immutable once made.
class ConfigFields {
 public:
  // Throws Error when the file is missing, no JSON object, or huge.
  explicit ConfigFields(const std::string& path);

  // What errors begin with.
  [[nodiscard]] const std::string& path() const { return path_; }

  // A field that is null counts as missing. All throw Error when it is of another kind, and those
  // without a fallback when it is missing.
  [[nodiscard]] std::size_t size(const std::string& name) const;
  [[nodiscard]] std::size_t size(const std::string& name, std::size_t fallback) const;
  [[nodiscard]] double number(const std::string& name, double fallback) const;
  [[nodiscard]] bool flag(const std::string& name, bool fallback) const;
  [[nodiscard]] std::string text(const std::string& name, const std::string& fallback) const;
  // A token's number; nullopt if missing.
  [[nodiscard]] std::optional<std::uint32_t> token(const std::string& name) const;
  [[nodiscard]] bool has(const std::string& name) const { return fields_.contains(name); }

  // Throws Error that says what `name` is and that only `only` is supported, unless it is that or
  // missing.
  void require_text(const std::string& name, const std::string& only) const;
  void require_flag(const std::string& name, bool only) const;

 private:
  using Value = std::variant<bool, double, std::string>;

  template <typename T>
  [[nodiscard]] std::optional<T> find(const std::string& name, const char* kind) const;

  std::string path_;
  std::map<std::string, Value> fields_;
};

}  // namespace zipdream
