// SPDX-License-Identifier: Apache-2.0
// The config of a language model: what tells one transformer from another, in the words of Hugging
// Face's config.json, and the reader of that file. Weights (weights.h) and running state
// (language_model.h) are elsewhere.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>

#include "zipdream/predictor.h"

namespace zipdream {

// Llama 3's scaling of slow rotations ("rope_scaling" in its config.json), for contexts longer than
// original_context_length.
struct RopeScaling {
  double factor = 1;
  double low_frequency_factor = 1;
  double high_frequency_factor = 4;
  double original_context_length = 8192;
};

struct LmConfig {
  enum class Norm {
    kRms,              // before each part (Llama)
    kLayerNormBefore,  // before each part (GPT-2)
    kLayerNormAfter,   // after each sum (the first transformer)
  };
  enum class Positions {
    kSinusoidal,  // added to the embedding: sin and cos in turn
    kLearned,     // added to the embedding: a table
    kRotary,      // queries and keys rotated, dimension i together with i + head_dim / 2
  };
  enum class Activation { kSwiGlu, kGelu, kGeluTanh };

  std::size_t vocab_size = 0;
  std::size_t hidden_size = 0;
  std::size_t num_layers = 0;
  std::size_t num_heads = 0;
  std::size_t num_kv_heads = 0;       // divides num_heads; equal: no sharing
  std::size_t head_dim = 0;           // even for kRotary
  std::size_t intermediate_size = 0;  // of the feed-forward part
  std::size_t context_length = 0;     // positions, the begin of text included

  Norm norm = Norm::kRms;
  float norm_epsilon = 1e-5F;
  Positions positions = Positions::kRotary;
  double rope_theta = 10000;  // of kSinusoidal's waves too
  std::optional<RopeScaling> rope_scaling;
  Activation activation = Activation::kSwiGlu;
  float embedding_scale = 1;

  // The token before each text, if the config names one.
  std::optional<Symbol> begin_of_text;
};

// Throws Error, beginning with `where`, for sizes that don't fit one another.
void check_config(const LmConfig& config, const std::string& where);

// A lower bound of the number of weights: those of the matrices.
[[nodiscard]] double min_weight_count(const LmConfig& config);

// Throws Error, beginning with `where`, if so many bytes of weights can't be those of the config.
// To be called before memory is taken for them.
void check_weight_bytes(const LmConfig& config, std::size_t bytes, std::size_t bytes_per_float,
                        const std::string& where);

// config.json of a model's folder: its fields by name, those of objects within it as "outer.inner".
// Threads: immutable once made.
class ConfigFields {
 public:
  // Throws Error when the file is missing, no JSON object, or huge.
  explicit ConfigFields(const std::string& path);

  // What errors begin with.
  [[nodiscard]] const std::string& path() const { return path_; }

  // The values of fields; one that is null counts as missing. All throw Error when it is of another
  // kind, and those without a fallback when it is missing.
  [[nodiscard]] std::size_t size(const std::string& name) const;
  [[nodiscard]] std::size_t size(const std::string& name, std::size_t fallback) const;
  [[nodiscard]] double number(const std::string& name, double fallback) const;
  [[nodiscard]] bool flag(const std::string& name, bool fallback) const;
  [[nodiscard]] std::string text(const std::string& name, const std::string& fallback) const;
  // A token's number; nullopt if missing.
  [[nodiscard]] std::optional<std::uint32_t> token(const std::string& name) const;
  [[nodiscard]] bool has(const std::string& name) const { return fields_.contains(name); }

  // Throw Error that names the value of `name` and what is supported, unless it is `only` or
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
