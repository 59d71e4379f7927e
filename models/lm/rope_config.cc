// SPDX-License-Identifier: Apache-2.0
#include "models/lm/rope_config.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <optional>
#include <vector>

#include "base/portable_math.h"
#include "models/tokenizers/unicode.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

double portable_ln(double x) { return portable_log2(x) * std::numbers::ln2; }

// One object of rope parameters, by the name that its fields begin with.
class RopeFields {
 public:
  RopeFields(const ConfigFields& fields, std::string object)
      : fields_(fields), object_(std::move(object)) {}

  [[nodiscard]] std::string name(const char* field) const { return object_ + "." + field; }
  [[nodiscard]] bool has(const char* field) const { return fields_.has(name(field)); }

  [[nodiscard]] std::string type() const {
    const std::string old_name = fields_.text(name("type"), "default");
    return fields_.text(name("rope_type"), old_name);
  }
  [[nodiscard]] double number(const char* field, double fallback) const {
    return fields_.number(name(field), fallback);
  }
  [[nodiscard]] double number(const char* field) const {
    if (!has(field)) refuse(fmt::format("\"{}\" is missing", name(field)));
    return number(field, 0);
  }
  // One that counts as missing when it is 0, as transformers has it.
  [[nodiscard]] double number_not_0(const char* field, double fallback) const {
    const double value = number(field, fallback);
    return value == 0 ? fallback : value;
  }
  [[nodiscard]] bool flag(const char* field, bool fallback) const {
    return fields_.flag(name(field), fallback);
  }
  [[nodiscard]] std::vector<float> factors(const char* field) const {
    const std::vector<double> numbers = fields_.numbers(name(field));
    if (numbers.empty()) refuse(fmt::format("\"{}\" is missing", name(field)));
    return {numbers.begin(), numbers.end()};
  }

  // The context that the model was made for before it was extended.
  [[nodiscard]] double original_context(const LmConfig& config) const {
    const double outside = fields_.number("original_max_position_embeddings",
                                          static_cast<double>(config.context_length));
    const double original = number_not_0("original_max_position_embeddings", outside);
    check(original >= 2 && original <= 0x1p40, "original_max_position_embeddings", original);
    return original;
  }
  [[nodiscard]] double factor() const {
    const double value = number("factor");
    check(value >= 1 && value <= 0x1p20, "factor", value);
    return value;
  }

  void check(bool makes_sense, const char* field, double value) const {
    if (!makes_sense) refuse(fmt::format("\"{}\" can't be {}", name(field), value));
  }
  [[noreturn]] void refuse(const std::string& what) const {
    throw Error(fmt::format("{}: {}", fields_.path(), what));
  }

 private:
  const ConfigFields& fields_;
  std::string object_;
};

void set_linear(const RopeFields& fields, std::size_t dim, RopeConfig& rope) {
  rope.divisors.assign(dim / 2, static_cast<float>(fields.factor()));
}

void set_llama3(const RopeFields& fields, const LmConfig& config, std::size_t dim,
                RopeConfig& rope) {
  const Llama3Scaling scaling{.factor = fields.factor(),
                              .low_frequency_factor = fields.number("low_freq_factor"),
                              .high_frequency_factor = fields.number("high_freq_factor"),
                              .original_context_length = fields.original_context(config)};
  fields.check(scaling.low_frequency_factor > 0, "low_freq_factor", scaling.low_frequency_factor);
  fields.check(scaling.high_frequency_factor > scaling.low_frequency_factor, "high_freq_factor",
               scaling.high_frequency_factor);
  rope.divisors = llama3_divisors(scaling, rope.theta, dim);
}

double yarn_magnitude_of(const RopeFields& fields, double factor) {
  const double weight = fields.number("mscale", 0);
  const double all_weight = fields.number("mscale_all_dim", 0);
  if (weight == 0 || all_weight == 0) return yarn_magnitude(factor);
  return yarn_magnitude(factor, weight) / yarn_magnitude(factor, all_weight);
}

void set_yarn(const RopeFields& fields, const LmConfig& config, std::size_t dim, RopeConfig& rope) {
  const double original = fields.original_context(config);
  const double factor = fields.has("factor")
                            ? fields.factor()
                            : static_cast<double>(config.context_length) / original;
  fields.check(factor >= 1, "factor", factor);
  const YarnScaling scaling{.factor = factor,
                            .beta_fast = fields.number_not_0("beta_fast", 32),
                            .beta_slow = fields.number_not_0("beta_slow", 1),
                            .original_context_length = original,
                            .truncate = fields.flag("truncate", true)};
  fields.check(scaling.beta_slow > 0 && scaling.beta_slow < 0x1p20, "beta_slow", scaling.beta_slow);
  fields.check(scaling.beta_fast >= scaling.beta_slow && scaling.beta_fast < 0x1p20, "beta_fast",
               scaling.beta_fast);
  fields.check(rope.theta > 1, "rope_theta", rope.theta);
  rope.divisors = yarn_divisors(scaling, rope.theta, dim);
  const double magnitude = fields.number("attention_factor", yarn_magnitude_of(fields, factor));
  rope.magnitude = static_cast<float>(magnitude);
}

// The short factors are for texts up to the original length; the long ones would be others for the
// same positions, so that no text can have both.
void set_longrope(const RopeFields& fields, const LmConfig& config, RopeConfig& rope) {
  const double original = fields.original_context(config);
  double factor = static_cast<double>(config.context_length) / original;
  if (factor == 1 && fields.has("factor")) factor = fields.factor();
  rope.divisors = fields.factors("short_factor");
  const double magnitude = fields.number("attention_factor", longrope_magnitude(factor, original));
  rope.magnitude = static_cast<float>(magnitude);
}

bool is_longrope(const std::string& type) { return type == "longrope" || type == "su"; }

std::size_t rotary_dim(const ConfigFields& fields, const RopeFields& rope, const LmConfig& config,
                       double fallback) {
  double share = fields.number("rotary_pct", fallback);
  share = fields.number("partial_rotary_factor", share);
  share = rope.number("partial_rotary_factor", share);
  if (!(share > 0) || !(share <= 1)) {
    rope.refuse(fmt::format("the share of each head that is rotated can't be {}", share));
  }
  return static_cast<std::size_t>(static_cast<double>(config.head_dim) * share);
}

RopeConfig read_object(const ConfigFields& fields, const std::string& object, double theta,
                       double rotary_share, const LmConfig& config) {
  const RopeFields parameters(fields, object);
  RopeConfig rope;
  rope.theta = parameters.number("rope_theta", theta);
  if (!(rope.theta >= 1) || !(rope.theta <= 1e12)) {
    parameters.refuse(fmt::format("\"rope_theta\" must be 1 to 1e12, not {}", rope.theta));
  }
  const std::size_t dim = rotary_dim(fields, parameters, config, rotary_share);
  if (dim != config.head_dim) rope.dim = dim;
  const std::string type = parameters.type();
  if (type == "default" || type == "dynamic") return rope;
  if (type == "linear") {
    set_linear(parameters, dim, rope);
  } else if (type == "llama3") {
    set_llama3(parameters, config, dim, rope);
  } else if (type == "yarn") {
    set_yarn(parameters, config, dim, rope);
  } else if (is_longrope(type)) {
    set_longrope(parameters, config, rope);
  } else {
    parameters.refuse(
        fmt::format("rotary positions of type \"{}\" are not supported; these are: default, "
                    "linear, dynamic, yarn, longrope, llama3",
                    plain_or_quoted(type)));
  }
  return rope;
}

constexpr const char* kObjects[] = {"rope_scaling", "rope_parameters"};  // of version 4, of 5

void check_are_objects(const ConfigFields& fields) {
  for (const std::string object : kObjects) {
    if (!fields.has(object)) continue;
    throw Error(
        fmt::format("{}: \"{}\" must be an object, as {{\"rope_type\": \"linear\", \"factor\": 2}}",
                    fields.path(), object));
  }
}

// Whether there is an object in it for each kind of layers.
bool is_nested(const ConfigFields& fields, const std::string& object) {
  return fields.has_object(object + ".full_attention") ||
         fields.has_object(object + ".sliding_attention");
}

// The objects that speak of these layers.
std::vector<std::string> rope_objects(const ConfigFields& fields, const std::string& layer_type) {
  std::vector<std::string> objects;
  for (const std::string object : kObjects) {
    const std::string of_layers =
        is_nested(fields, object) ? fmt::format("{}.{}", object, layer_type) : object;
    if (fields.has_object(of_layers)) objects.push_back(of_layers);
  }
  if (objects.empty()) objects.emplace_back("rope_parameters");  // nothing is said in it
  return objects;
}

}  // namespace

RopeConfig rope_of_layers(const ConfigFields& fields, const std::string& layer_type, double theta,
                          const LmConfig& config) {
  check_are_objects(fields);
  std::string object;
  for (const std::string each : kObjects) {
    std::string of_layers = fmt::format("{}.{}", each, layer_type);
    if (fields.has_object(of_layers)) object = std::move(of_layers);
  }
  if (object.empty()) object = "rope_parameters." + layer_type;  // nothing is said in it
  return read_object(fields, object, theta, 1, config);
}

void read_rope(const ConfigFields& fields, const std::string& layer_type, LmConfig& config,
               double rotary_share) {
  check_are_objects(fields);
  const double theta = fields.number("rope_theta", config.rope.theta);
  const std::vector<std::string> objects = rope_objects(fields, layer_type);
  const auto read = [&](const std::string& object) {
    return read_object(fields, object, theta, rotary_share, config);
  };
  config.rope = read(objects.front());
  if (objects.size() > 1 && config.rope != read(objects.back())) {
    throw Error(
        fmt::format("{}: \"rope_scaling\" and \"rope_parameters\" contradict each other; "
                    "leave one out",
                    fields.path()));
  }
  const RopeFields parameters(fields, objects.front());
  if (!is_longrope(parameters.type())) return;
  const auto original = static_cast<std::size_t>(parameters.original_context(config));
  config.context_length = std::min(config.context_length, original);
}

std::vector<double> rope_frequencies(double base, std::size_t dim) {
  const double log2_base = portable_log2(base);
  std::vector<double> frequencies;
  for (std::size_t i = 0; i < dim; i += 2) {
    frequencies.push_back(
        portable_exp2(-log2_base * static_cast<double>(i) / static_cast<double>(dim)));
  }
  return frequencies;
}

std::vector<float> llama3_divisors(const Llama3Scaling& scaling, double theta, std::size_t dim) {
  std::vector<float> divisors;
  for (const double frequency : rope_frequencies(theta, dim)) {
    const double rotations = scaling.original_context_length * frequency / (2 * std::numbers::pi);
    const double share = (rotations - scaling.low_frequency_factor) /
                         (scaling.high_frequency_factor - scaling.low_frequency_factor);
    const double kept = std::clamp(share, 0.0, 1.0);
    divisors.push_back(static_cast<float>(1 / ((1 - kept) / scaling.factor + kept)));
  }
  return divisors;
}

std::vector<float> yarn_divisors(const YarnScaling& scaling, double theta, std::size_t dim) {
  const auto size = static_cast<double>(dim);
  const auto dimension_of = [&](double rotations) {
    const double ratio = scaling.original_context_length / (rotations * 2 * std::numbers::pi);
    return size * portable_log2(ratio) / (2 * portable_log2(theta));
  };
  double low = dimension_of(scaling.beta_fast);
  double high = dimension_of(scaling.beta_slow);
  if (scaling.truncate) {
    low = std::floor(low);
    high = std::ceil(high);
  }
  low = std::max(low, 0.0);
  high = std::min(high, size - 1);
  if (low == high) high += 0.001;
  std::vector<float> divisors;
  for (std::size_t i = 0; i < dim / 2; ++i) {
    const double kept = 1 - std::clamp((static_cast<double>(i) - low) / (high - low), 0.0, 1.0);
    divisors.push_back(static_cast<float>(1 / ((1 - kept) / scaling.factor + kept)));
  }
  return divisors;
}

double yarn_magnitude(double factor, double weight) {
  return factor <= 1 ? 1 : 0.1 * weight * portable_ln(factor) + 1;
}

double longrope_magnitude(double factor, double original_context_length) {
  if (factor <= 1) return 1;
  return std::sqrt(1 + portable_log2(factor) / portable_log2(original_context_length));
}

}  // namespace zipdream
