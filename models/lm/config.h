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
#include <vector>

#include "models/lm/kernels.h"
#include "zipdream/predictor.h"

namespace zipdream {

// How queries and keys are rotated. What config.json says of scaling ("rope_scaling",
// "rope_parameters") is resolved to numbers when it is read (rope_config.h).
struct RopeConfig {
  double theta = 10000;
  std::size_t dim = 0;  // dimensions of each head that are rotated, its first ones; 0: all
  // What the frequency of each pair of dimensions is divided by (dim / 2); empty: ones.
  std::vector<float> divisors;
  float magnitude = 1;  // what cosines and sines are multiplied by

  bool operator==(const RopeConfig&) const = default;
};

// What sets a layer apart from others of its model.
struct LayerConfig {
  std::size_t window = 0;  // positions that attention sees, itself included; 0: all
  bool rotary = true;      // whether a model with rotary positions rotates here
  bool local = false;      // rotates by local_rope

  bool operator==(const LayerConfig&) const = default;
};

struct LmConfig {
  enum class Norm { kRms, kLayer };
  enum class NormPlace {
    kBefore,     // before each part (Llama, GPT-2)
    kAfterSum,   // after what a part adds is added (the first transformer)
    kAfterPart,  // after each part, before it is added (OLMo 2)
    kAround,     // before and after each part (Gemma 3)
  };
  enum class QkNorm {
    kNone,
    kHead,  // of each head's queries and keys (Qwen 3)
    kAll,   // of those of all heads together (OLMo 2)
  };
  enum class Positions {
    kSinusoidal,  // added to the embedding: sin and cos in turn
    kLearned,     // added to the embedding: a table
    kRotary,      // queries and keys rotated, dimension i together with i + half of the rotated
    kNone,        // by nothing: the state tells (recurrent)
  };
  // The layers of RWKV-7, which keep a state of each head instead of keys and values, so that a
  // text of any length takes as much memory. Their decays, rates, gates and shares of the first
  // layer's values come from two matrices each, between which there are few numbers: the ranks.
  struct Recurrent {
    std::size_t decay_rank = 0;
    std::size_t rate_rank = 0;
    std::size_t value_rank = 0;
    std::size_t gate_rank = 0;

    bool operator==(const Recurrent&) const = default;
  };
  using Activation = zipdream::Activation;

  std::size_t vocab_size = 0;
  std::size_t hidden_size = 0;
  std::size_t num_layers = 0;
  std::size_t num_heads = 0;
  std::size_t num_kv_heads = 0;  // divides num_heads; equal: no sharing
  std::size_t head_dim = 0;
  std::size_t intermediate_size = 0;  // of the feed-forward part
  std::size_t context_length = 0;     // positions, the begin of text included; 0: no limit

  Norm norm = Norm::kRms;
  NormPlace norm_place = NormPlace::kBefore;
  float norm_epsilon = 1e-5F;
  bool parallel = false;  // attention and feed-forward part see the same input; kBefore only
  Positions positions = Positions::kRotary;
  RopeConfig rope;  // theta is that of kSinusoidal's waves too
  RopeConfig local_rope;
  std::vector<LayerConfig> layers;  // one each; empty: none is set apart
  QkNorm qk_norm = QkNorm::kNone;
  // Whether the weights give the rotated dimensions of a head in pairs: 0, 1 together, 2, 3, ...
  bool paired_heads = false;
  float attention_scale = 0;  // of queries; 0: 1 / sqrt(head_dim)
  Activation activation = Activation::kSilu;
  bool gated = true;  // the activation is multiplied by a second projection (GLU)
  float embedding_scale = 1;
  // None: attention. Otherwise all layers have a state, LayerNorm before each part, no positions,
  // num_kv_heads == num_heads, hidden_size == num_heads head_dim, and no context_length.
  std::optional<Recurrent> recurrent;

  // The token before each text, if the config names one.
  std::optional<Symbol> begin_of_text;

  [[nodiscard]] LayerConfig layer(std::size_t index) const {
    return layers.empty() ? LayerConfig() : layers[index];
  }
};

// Throws Error, beginning with `where`, for sizes that no model has: 0, or huge.
void check_sizes(const LmConfig& config, const std::string& where);

// Throws Error, beginning with `where`, for sizes that don't fit one another.
void check_config(const LmConfig& config, const std::string& where);

// A lower bound of the number of weights: those of the matrices.
[[nodiscard]] double min_weight_count(const LmConfig& config);

// Throws Error, beginning with `where`, if so many bytes of weights can't be those of the config.
// To be called before memory is taken for them.
void check_weight_bytes(const LmConfig& config, std::size_t bytes, double bytes_per_float,
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
  // Empty if missing.
  [[nodiscard]] std::vector<double> numbers(const std::string& name) const;
  [[nodiscard]] std::vector<std::string> texts(const std::string& name) const;
  [[nodiscard]] bool has(const std::string& name) const { return fields_.contains(name); }
  // Whether there is an object of this name that is not empty.
  [[nodiscard]] bool has_object(const std::string& name) const;

  // Throws Error that names the value of `name` and what is supported, unless it is `only` or
  // missing.
  void require_flag(const std::string& name, bool only) const;

 private:
  // Lists of other things than numbers or strings are a monostate: there, and of no use.
  using Value = std::variant<std::monostate, bool, double, std::string, std::vector<double>,
                             std::vector<std::string>>;

  template <typename T>
  [[nodiscard]] std::optional<T> find(const std::string& name, const char* kind) const;

  std::string path_;
  std::map<std::string, Value> fields_;
};

}  // namespace zipdream
