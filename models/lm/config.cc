// SPDX-License-Identifier: Apache-2.0
#include "models/lm/config.h"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <string_view>
#include <utility>

#include "zipdream/error.h"

namespace zipdream {
namespace {

// More than any model has, and small enough that products of three don't overflow 64 bits.
constexpr std::size_t kMaxSize = std::size_t{1} << 20;

void check_sizes(const LmConfig& config, const std::string& where) {
  using NamedSize = std::pair<std::string_view, std::size_t>;
  const auto sizes = std::to_array<NamedSize>({{"vocabulary", config.vocabulary},
                                               {"width", config.width},
                                               {"number of layers", config.layers},
                                               {"number of heads", config.heads},
                                               {"number of key-value heads", config.kv_heads},
                                               {"size of a head", config.head_size},
                                               {"width of the feed-forward part", config.hidden}});
  for (const auto& [name, size] : sizes) {
    if (size == 0 || size > kMaxSize) {
      throw Error(fmt::format("{}: the {} is {}; it must be 1 to {}", where, name, size, kMaxSize));
    }
  }
  if (config.context < 4 || config.context > kMaxSize) {
    throw Error(fmt::format("{}: the context is {} positions; it must be 4 to {}", where,
                            config.context, kMaxSize));
  }
}

}  // namespace

void check_config(const LmConfig& config, const std::string& where) {
  check_sizes(config, where);
  if (config.heads % config.kv_heads != 0) {
    throw Error(fmt::format("{}: {} heads can't share {} key-value heads evenly", where,
                            config.heads, config.kv_heads));
  }
  if (config.positions == LmConfig::Positions::kRotary && config.head_size % 2 != 0) {
    throw Error(fmt::format("{}: rotary positions need heads of even size, not {}", where,
                            config.head_size));
  }
  if (config.begin_of_text && *config.begin_of_text >= config.vocabulary) {
    throw Error(fmt::format("{}: the begin of text is token {}, but there are only {}", where,
                            *config.begin_of_text, config.vocabulary));
  }
  if (!(config.norm_epsilon > 0) || !std::isfinite(config.norm_epsilon)) {
    throw Error(fmt::format("{}: the norms' epsilon must be above 0", where));
  }
  if (!(config.position_base >= 1) || !(config.position_base <= 1e12)) {
    throw Error(fmt::format("{}: the positions' base must be 1 to 1e12", where));
  }
}

// In doubles, which don't overflow.
double least_weight_count(const LmConfig& config) {
  const auto width = static_cast<double>(config.width);
  const auto head_size = static_cast<double>(config.head_size);
  const double queries = static_cast<double>(config.heads) * head_size;
  const double keys = static_cast<double>(config.kv_heads) * head_size;
  const double ups = config.activation == LmConfig::Activation::kSwiGlu ? 2 : 1;
  const double layer =
      width * (2 * queries + 2 * keys) + width * static_cast<double>(config.hidden) * (ups + 1);
  return static_cast<double>(config.vocabulary) * width +
         static_cast<double>(config.layers) * layer;
}

void check_weight_bytes(const LmConfig& config, std::size_t bytes, std::size_t bytes_per_float,
                        const std::string& where) {
  const double needed = least_weight_count(config) * static_cast<double>(bytes_per_float);
  if (needed <= static_cast<double>(bytes)) return;
  throw Error(
      fmt::format("{}: its sizes ask for {:.0f} bytes of weights, but there are {}; do they "
                  "belong together?",
                  where, needed, bytes));
}

}  // namespace zipdream
