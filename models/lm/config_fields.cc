// SPDX-License-Identifier: Apache-2.0
#include "models/lm/config_fields.h"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "base/files.h"
#include "models/bounded_json.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kMaxConfig = std::size_t{1} << 20;
constexpr double kMaxWhole = 0x1p53;
constexpr std::size_t kMaxToken = 0x7FFFFFFF;

// Lists are left out: no field that we read is one.
template <typename Fields>
void collect(const Json& object, const std::string& prefix, Fields& fields) {
  for (const auto& [name, value] : object.items()) {
    if (value.is_boolean()) fields[prefix + name] = value.template get<bool>();
    if (value.is_number()) fields[prefix + name] = value.template get<double>();
    if (value.is_string()) fields[prefix + name] = value.template get<std::string>();
    if (value.is_object()) collect(value, prefix + name + ".", fields);
  }
}

}  // namespace

ConfigFields::ConfigFields(const std::string& path) : path_(path) {
  const Bytes text = read_file(path, kMaxConfig);
  const Json parsed = parse_bounded_json<Json>(as_chars(text), path);
  if (!parsed.is_object()) throw Error(path + ": is no JSON object");
  collect(parsed, "", fields_);
}

template <typename T>
std::optional<T> ConfigFields::find(const std::string& name, const char* kind) const {
  const auto found = fields_.find(name);
  if (found == fields_.end()) return std::nullopt;
  const T* const value = std::get_if<T>(&found->second);
  if (value == nullptr) throw Error(fmt::format("{}: \"{}\" must be {}", path_, name, kind));
  return *value;
}

std::size_t ConfigFields::size(const std::string& name) const {
  if (!has(name)) throw Error(fmt::format("{}: \"{}\" is missing", path_, name));
  return size(name, 0);
}

std::size_t ConfigFields::size(const std::string& name, std::size_t fallback) const {
  const auto value = find<double>(name, "a whole number");
  if (!value) return fallback;
  if (!(*value >= 0) || *value > kMaxWhole || *value != std::floor(*value)) {
    throw Error(fmt::format("{}: \"{}\" must be a whole number, not {}", path_, name, *value));
  }
  return static_cast<std::size_t>(*value);
}

std::optional<std::uint32_t> ConfigFields::token(const std::string& name) const {
  if (!has(name)) return std::nullopt;
  const std::size_t value = size(name);
  if (value > kMaxToken) throw Error(fmt::format("{}: \"{}\" is no token", path_, name));
  return static_cast<std::uint32_t>(value);
}

double ConfigFields::number(const std::string& name, double fallback) const {
  return find<double>(name, "a number").value_or(fallback);
}

bool ConfigFields::flag(const std::string& name, bool fallback) const {
  return find<bool>(name, "true or false").value_or(fallback);
}

std::string ConfigFields::text(const std::string& name, const std::string& fallback) const {
  return find<std::string>(name, "a string").value_or(fallback);
}

void ConfigFields::require_text(const std::string& name, const std::string& only) const {
  const std::string value = text(name, only);
  if (value == only) return;
  throw Error(
      fmt::format("{}: \"{}\" is \"{}\", but only \"{}\" is supported", path_, name, value, only));
}

void ConfigFields::require_flag(const std::string& name, bool only) const {
  if (flag(name, only) == only) return;
  throw Error(fmt::format("{}: \"{}\" is {}, which is not supported", path_, name, !only));
}

}  // namespace zipdream
