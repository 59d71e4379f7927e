// SPDX-License-Identifier: Apache-2.0
// The config of a model in GGUF: values by the names "ARCHITECTURE.block_count" and so on. What the
// format leaves to the architecture stands here.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "models/lm/model_source.h"
#include "models/lm/rope_config.h"
#include "models/tokenizers/unicode.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

const Architecture* find_gguf_architecture(std::string_view name) {
  const auto all = architectures();
  const auto found = std::ranges::find(all, name, &Architecture::gguf_name);
  return name.empty() || found == all.end() ? nullptr : &*found;
}

[[noreturn]] void refuse(const GgufValues& values, const std::string& what) {
  throw Error(fmt::format("{}: {}", values.path(), what));
}

// Tables that follow from the config, what serves texts longer than the context that we take, and
// how much the first layer has of its own values.
bool may_stay(std::string_view name) {
  return name.ends_with(".attn_rot_embd") || name.ends_with("rope_factors_long.weight") ||
         name == "blk.0.time_mix_v0.weight" || name == "blk.0.time_mix_v1.weight" ||
         name == "blk.0.time_mix_v2.weight";
}

class GgufConfig {
 public:
  GgufConfig(const GgufValues& values, Checkpoint& tensors)
      : values_(values),
        tensors_(tensors),
        name_(values.text("general.architecture", "")),
        architecture_(*find_gguf_architecture(name_)) {}

  ModelPlan read() {
    config_ = architecture_.switches();
    read_sizes();
    if (config_.recurrent) read_recurrent();
    check_sizes(config_, values_.path());
    config_.paired_heads = architecture_.paired_in_gguf;
    config_.norm_epsilon = static_cast<float>(
        values_.number(key(config_.norm == LmConfig::Norm::kRms ? "attention.layer_norm_rms_epsilon"
                                                                : "attention.layer_norm_epsilon"),
                       1e-5));
    if (config_.positions == LmConfig::Positions::kRotary) read_rope();
    read_own();
    if (values_.has("tokenizer.ggml.bos_token_id")) {
      config_.begin_of_text = static_cast<Symbol>(
          std::min<std::size_t>(values_.size("tokenizer.ggml.bos_token_id"), ~std::uint32_t{0}));
    }
    TensorLayout layout;
    layout.may_stay = may_stay;
    return {std::move(config_), std::move(layout)};
  }

 private:
  [[nodiscard]] std::string key(const char* what) const { return name_ + "." + what; }

  // One number, or a list of equal ones for the layers.
  [[nodiscard]] std::size_t size_of_layers(const char* what, std::size_t fallback) const {
    if (!values_.is_list(key(what))) return values_.size(key(what), fallback);
    const std::vector<double> each = values_.numbers(key(what));
    const bool alike = !each.empty() && std::ranges::all_of(each, [&](double x) {
      return x == each.front() && x >= 0 && x < 0x1p32;
    });
    if (!alike)
      refuse(values_,
             fmt::format("\"{}\" differs from layer to layer, which is not supported", key(what)));
    return static_cast<std::size_t>(each.front());
  }

  void read_sizes() {
    config_.hidden_size = values_.size(key("embedding_length"));
    config_.num_layers = values_.size(key("block_count"));
    config_.num_heads = size_of_layers("attention.head_count", 0);
    config_.num_kv_heads = size_of_layers("attention.head_count_kv", config_.num_heads);
    config_.intermediate_size = size_of_layers("feed_forward_length", 0);
    if (!config_.recurrent) config_.context_length = values_.size(key("context_length"));
    const std::size_t share = config_.hidden_size / std::max<std::size_t>(1, config_.num_heads);
    config_.head_dim = values_.size(key("attention.key_length"), share);
    if (values_.size(key("attention.value_length"), config_.head_dim) != config_.head_dim) {
      refuse(values_, "its values have another size than its keys, which is not supported");
    }
    if (values_.size(key("expert_count"), 0) > 0) {
      refuse(values_, "is a mixture of experts, which is not supported");
    }
    config_.vocab_size = values_.list_size("tokenizer.ggml.tokens");
    if (config_.vocab_size == 0) config_.vocab_size = values_.size(key("vocab_size"));
  }

  // RWKV-7. What stands there of a context and of a number of heads means nothing.
  void read_recurrent() {
    config_.head_dim = values_.size(key("wkv.head_size"));
    config_.num_heads = config_.hidden_size / std::max<std::size_t>(1, config_.head_dim);
    config_.num_kv_heads = config_.num_heads;
    config_.recurrent = {.decay_rank = values_.size(key("attention.decay_lora_rank")),
                         .rate_rank = values_.size(key("attention.iclr_lora_rank")),
                         .value_rank = values_.size(key("attention.value_residual_mix_lora_rank")),
                         .gate_rank = values_.size(key("attention.gate_lora_rank"))};
    const std::size_t shifts = values_.size(key("token_shift_count"), 2);
    if (shifts != 2) {
      refuse(values_,
             fmt::format("\"{}\" is {}; 2 is supported", key("token_shift_count"), shifts));
    }
  }

  // ---- rotary positions ----

  void read_rope() {
    RopeConfig& rope = config_.rope;
    rope.theta = values_.number(key("rope.freq_base"), 10000);
    const std::size_t dim = values_.size(key("rope.dimension_count"), config_.head_dim);
    if (dim != config_.head_dim) rope.dim = dim;
    check_config(config_, values_.path());
    read_rope_scaling(dim);
    read_rope_factors(dim);
  }

  void read_rope_scaling(std::size_t dim) {
    RopeConfig& rope = config_.rope;
    const double linear = values_.number(key("rope.scale_linear"), 1);
    const double factor = values_.number(key("rope.scaling.factor"), linear);
    const std::string_view type = values_.text(key("rope.scaling.type"), "linear");
    if (factor == 0 || factor == 1 || type == "none") return;
    if (!(factor > 0)) refuse(values_, fmt::format("\"rope.scaling.factor\" can't be {}", factor));
    if (type == "linear") {
      rope.divisors.assign(dim / 2, static_cast<float>(factor));
    } else if (type == "yarn") {
      const double original = values_.number(key("rope.scaling.original_context_length"),
                                             static_cast<double>(config_.context_length));
      if (!(original >= 2) || !(rope.theta > 1)) refuse(values_, "its yarn scaling makes no sense");
      rope.divisors =
          yarn_divisors({.factor = factor, .original_context_length = original}, rope.theta, dim);
      rope.magnitude = static_cast<float>(yarn_magnitude(factor));
    } else if (type != "longrope") {
      refuse(values_, fmt::format("rotary positions of type \"{}\" are not supported; these are: "
                                  "none, linear, yarn, longrope",
                                  plain_or_quoted(type)));
    }
  }

  // Llama 3's scaling comes as factors; longrope's as two sets of them, of which those for texts up
  // to the original length count, as in folders.
  void read_rope_factors(std::size_t dim) {
    RopeConfig& rope = config_.rope;
    const auto take = [&](const std::string& name) {
      const Floats factors = tensors_.take(name, {dim / 2});
      rope.divisors.assign(factors.begin(), factors.end());
    };
    if (tensors_.has("rope_freqs.weight")) take("rope_freqs.weight");
    if (!tensors_.has("rope_factors_short.weight")) return;
    take("rope_factors_short.weight");
    rope.magnitude = static_cast<float>(values_.number(key("rope.scaling.attn_factor"), 1));
    const std::size_t original =
        values_.size(key("rope.scaling.original_context_length"), config_.context_length);
    config_.context_length = std::min(config_.context_length, original);
  }

  // ---- what an architecture has of its own ----

  void read_own() {
    const std::size_t window = values_.is_list(key("attention.sliding_window"))
                                   ? 0
                                   : values_.size(key("attention.sliding_window"), 0);
    if (name_ == "gemma3") read_gemma3(window);
    if (name_ == "phi3") set_window(window, config_);
    if (name_ == "smollm3") set_smollm3_layers(4, config_);
    if (name_ == "gptneox") config_.parallel = values_.flag(key("use_parallel_residual"), true);
    if (name_ == "olmo2" && window > 0) {
      refuse(values_, "is of OLMo 3, which is not supported; OLMo 2 is");
    }
  }

  // Its norms have their 1 added already. The largest scales attention otherwise.
  void read_gemma3(std::size_t window) {
    constexpr std::size_t kLayersOf27b = 62;
    for (const char* cap : {"attn_logit_softcapping", "final_logit_softcapping"}) {
      if (values_.number(key(cap), 0) != 0) {
        refuse(values_, fmt::format("\"{}\" is not supported", key(cap)));
      }
    }
    config_.embedding_scale = std::sqrt(static_cast<float>(config_.hidden_size));
    if (config_.num_layers == kLayersOf27b) {
      const std::size_t share = config_.hidden_size / config_.num_heads;
      config_.attention_scale = static_cast<float>(1 / std::sqrt(static_cast<double>(share)));
    }
    constexpr std::size_t kPeriod = 6;
    set_gemma3_layers(window, kPeriod, config_);
    config_.local_rope.theta = values_.number(key("rope.freq_base_swa"), 10000);
    config_.local_rope.dim = config_.rope.dim;
  }

  const GgufValues& values_;
  Checkpoint& tensors_;
  std::string name_;
  const Architecture& architecture_;
  LmConfig config_;
};

}  // namespace

void check_gguf_kind(const GgufValues& values) {
  const std::string_view name = values.text("general.architecture", "");
  const std::string_view kind = values.text("general.type", "model");
  if (kind == "adapter" || values.has("adapter.type")) {
    refuse(values, fmt::format("is an adapter ({}) for a model of the architecture \"{}\", and no "
                               "model; merge it into the model first",
                               plain_or_quoted(values.text("adapter.type", "of unknown type")),
                               plain_or_quoted(name)));
  }
  if (name == "clip" || kind == "mmproj") {
    refuse(values,
           "is the part of a model that sees or hears (mmproj), and no language model; "
           "take the file that goes with it");
  }
  if (kind != "model") {
    refuse(values, fmt::format("is of the kind \"{}\", and no model", plain_or_quoted(kind)));
  }
  if (find_gguf_architecture(name) != nullptr) return;
  std::string known;
  for (const Architecture& each : architectures()) {
    if (each.gguf_name.empty()) continue;
    known += fmt::format("{}{}", known.empty() ? "" : ", ", each.gguf_name);
  }
  refuse(values, fmt::format("the architecture \"{}\" is not supported; these are: {}",
                             plain_or_quoted(name), known));
}

ModelPlan read_gguf_plan(const GgufValues& values, Checkpoint& tensors) {
  check_gguf_kind(values);
  return GgufConfig(values, tensors).read();
}

}  // namespace zipdream
