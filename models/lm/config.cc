// SPDX-License-Identifier: Apache-2.0
#include "models/lm/config.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>
#include <span>
#include <string_view>
#include <utility>

#include "base/files.h"
#include "models/bounded_json.h"
#include "models/tokenizers/unicode.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

// More than any model has, and small enough that products of three don't overflow 64 bits.
constexpr std::size_t kMaxSize = std::size_t{1} << 20;

using Json = nlohmann::json;

constexpr std::size_t kMaxConfig = std::size_t{1} << 20;
constexpr double kMaxWhole = 0x1p53;
constexpr std::size_t kMaxToken = 0x7FFFFFFF;

// A list of numbers or of strings, or else what its elements are to us: nothing.
template <typename Value>
Value list_of(const Json& list) {
  if (std::ranges::all_of(list, [](const Json& item) { return item.is_number(); })) {
    return list.get<std::vector<double>>();
  }
  if (std::ranges::all_of(list, [](const Json& item) { return item.is_string(); })) {
    return list.get<std::vector<std::string>>();
  }
  return {};
}

template <typename Value>
void collect(const Json& object, const std::string& prefix, std::map<std::string, Value>& fields) {
  for (const auto& [name, value] : object.items()) {
    if (value.is_boolean()) fields[prefix + name] = value.template get<bool>();
    if (value.is_number()) fields[prefix + name] = value.template get<double>();
    if (value.is_string()) fields[prefix + name] = value.template get<std::string>();
    if (value.is_array()) fields[prefix + name] = list_of<Value>(value);
    if (value.is_object()) collect(value, prefix + name + ".", fields);
  }
}

void check_rope(const RopeConfig& rope, const LmConfig& config, const std::string& where) {
  const std::size_t dim = rope.dim == 0 ? config.head_dim : rope.dim;
  if (dim % 2 != 0 || dim > config.head_dim) {
    throw Error(
        fmt::format("{}: rotary positions turn pairs of a head's {} dimensions; {} of them "
                    "can't be",
                    where, config.head_dim, dim));
  }
  if (!rope.divisors.empty() && rope.divisors.size() != dim / 2) {
    throw Error(fmt::format("{}: {} factors for the {} frequencies of rotary positions", where,
                            rope.divisors.size(), dim / 2));
  }
  // The angles are computed for up to 2^20 radians.
  const auto lowest = static_cast<float>(static_cast<double>(config.context_length) / 0x1p20);
  for (const float divisor : rope.divisors) {
    if (!std::isfinite(divisor) || !(divisor > 0) || divisor < lowest) {
      throw Error(fmt::format("{}: {} is no factor for rotary positions", where, divisor));
    }
  }
  if (!std::isfinite(rope.magnitude) || !(rope.magnitude > 0)) {
    throw Error(
        fmt::format("{}: the attention factor of rotary positions is {}", where, rope.magnitude));
  }
}

using NamedSize = std::pair<std::string_view, std::size_t>;

void check_sizes_of(std::span<const NamedSize> sizes, const std::string& where) {
  for (const auto& [name, size] : sizes) {
    if (size == 0 || size > kMaxSize) {
      throw Error(fmt::format("{}: the {} is {}; it must be 1 to {}", where, name, size, kMaxSize));
    }
  }
}

void check_recurrent(const LmConfig& config, const std::string& where) {
  const LmConfig::Recurrent& recurrent = *config.recurrent;
  const auto ranks = std::to_array<NamedSize>({{"rank of decays", recurrent.decay_rank},
                                               {"rank of rates", recurrent.rate_rank},
                                               {"rank of values", recurrent.value_rank},
                                               {"rank of gates", recurrent.gate_rank}});
  check_sizes_of(ranks, where);
  if (config.head_dim % kRecurrentLanes != 0) {
    throw Error(fmt::format("{}: its heads have {} dimensions; multiples of {} are supported",
                            where, config.head_dim, kRecurrentLanes));
  }
  if (config.num_heads * config.head_dim != config.hidden_size) {
    throw Error(fmt::format("{}: {} heads of {} dimensions don't make the hidden size, {}", where,
                            config.num_heads, config.head_dim, config.hidden_size));
  }
}

}  // namespace

void check_sizes(const LmConfig& config, const std::string& where) {
  const auto sizes = std::to_array<NamedSize>({{"size of the vocabulary", config.vocab_size},
                                               {"hidden size", config.hidden_size},
                                               {"number of layers", config.num_layers},
                                               {"number of heads", config.num_heads},
                                               {"number of key-value heads", config.num_kv_heads},
                                               {"size of a head", config.head_dim},
                                               {"intermediate size", config.intermediate_size}});
  check_sizes_of(sizes, where);
  if (config.recurrent) return;
  if (config.context_length < 4 || config.context_length > kMaxSize) {
    throw Error(fmt::format("{}: the context is {} positions; it must be 4 to {}", where,
                            config.context_length, kMaxSize));
  }
}

void check_config(const LmConfig& config, const std::string& where) {
  check_sizes(config, where);
  if (config.recurrent) check_recurrent(config, where);
  if (config.num_heads % config.num_kv_heads != 0) {
    throw Error(fmt::format("{}: {} heads can't share {} key-value heads evenly", where,
                            config.num_heads, config.num_kv_heads));
  }
  if (config.positions == LmConfig::Positions::kRotary) {
    check_rope(config.rope, config, where);
    check_rope(config.local_rope, config, where);
  }
  if (!config.layers.empty() && config.layers.size() != config.num_layers) {
    throw Error(fmt::format("{}: says of {} layers what they are, but there are {}", where,
                            config.layers.size(), config.num_layers));
  }
  if (!std::isfinite(config.attention_scale) || config.attention_scale < 0) {
    throw Error(
        fmt::format("{}: the scale of attention can't be {}", where, config.attention_scale));
  }
  if (config.begin_of_text && *config.begin_of_text >= config.vocab_size) {
    throw Error(fmt::format("{}: the begin of text is token {}, but there are only {}", where,
                            *config.begin_of_text, config.vocab_size));
  }
  if (!(config.norm_epsilon > 0) || !std::isfinite(config.norm_epsilon)) {
    throw Error(fmt::format("{}: the norms' epsilon must be above 0", where));
  }
  if (!(config.rope.theta >= 1) || !(config.rope.theta <= 1e12)) {
    throw Error(fmt::format("{}: the base of the positions (rope_theta) must be 1 to 1e12", where));
  }
}

// In doubles, which don't overflow.
double min_weight_count(const LmConfig& config) {
  const auto hidden_size = static_cast<double>(config.hidden_size);
  const auto head_dim = static_cast<double>(config.head_dim);
  const double queries = static_cast<double>(config.num_heads) * head_dim;
  const double keys = static_cast<double>(config.num_kv_heads) * head_dim;
  const double ups = config.gated ? 2 : 1;
  const double layer = hidden_size * (2 * queries + 2 * keys) +
                       hidden_size * static_cast<double>(config.intermediate_size) * (ups + 1);
  return static_cast<double>(config.vocab_size) * hidden_size +
         static_cast<double>(config.num_layers) * layer;
}

void check_weight_bytes(const LmConfig& config, std::size_t bytes, double bytes_per_float,
                        const std::string& where) {
  const double needed = min_weight_count(config) * bytes_per_float;
  if (needed <= static_cast<double>(bytes)) return;
  throw Error(
      fmt::format("{}: its sizes ask for {:.0f} bytes of weights, but there are {}; do they "
                  "belong together?",
                  where, needed, bytes));
}

ConfigFields::ConfigFields(const std::string& path) : path_(path) {
  const Bytes text = read_file(path, kMaxConfig);
  const auto document = parse_bounded_json<Json>(as_chars(text), path);
  const Json& parsed = *document;
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

std::vector<double> ConfigFields::numbers(const std::string& name) const {
  return find<std::vector<double>>(name, "a list of numbers").value_or(std::vector<double>());
}

std::vector<std::string> ConfigFields::texts(const std::string& name) const {
  return find<std::vector<std::string>>(name, "a list of strings")
      .value_or(std::vector<std::string>());
}

bool ConfigFields::has_object(const std::string& name) const {
  const auto first = fields_.lower_bound(name + ".");
  return first != fields_.end() && first->first.starts_with(name + ".");
}

std::string ConfigFields::text(const std::string& name, const std::string& fallback) const {
  return find<std::string>(name, "a string").value_or(fallback);
}

void ConfigFields::require_flag(const std::string& name, bool only) const {
  if (flag(name, only) == only) return;
  throw Error(fmt::format("{}: \"{}\" is {}, which is not supported", path_, name, !only));
}

}  // namespace zipdream
