// SPDX-License-Identifier: Apache-2.0
// From the tensors of a file, whatever its format, to the weights of the engine. All architectures
// are loaded by the same steps: the config says which tensors there are, a TensorLayout what the
// file calls them and in which order it has their rows.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "models/lm/checkpoint.h"
#include "models/lm/config.h"
#include "models/lm/weights.h"

namespace zipdream {

// Our names are those of GGUF: "token_embd", "output_norm", "output", "position_embd", and in layer
// N, after "blk.N.": "attn_norm", "attn_q", "attn_k", "attn_v" or all three in "attn_qkv",
// "attn_q_norm", "attn_k_norm", "attn_output", "post_attention_norm", "ffn_norm", "ffn_gate" and
// "ffn_up" or both in "ffn_up", "ffn_down", "post_ffw_norm"; those of recurrent models are
// "token_embd_norm", and "attn_norm_2", "time_mix_..." and "channel_mix_..." of RWKV-7; each
// followed by ".weight" or ".bias".
struct TensorName {
  std::string_view ours;    // also "blk"
  std::string_view stored;  // what stands in its place
};

struct TensorLayout {
  // A name that is not listed is not stored; no names: they are ours.
  std::span<const TensorName> names;
  std::string prefix;  // of all names but the output's, where the file has not left it out
  // Whether the output is the embedding; nullopt: where no output is stored.
  std::optional<bool> tied;
  // What a user changes when `tied` is wrong.
  std::string tied_key = "tie_word_embeddings";
  // Whether there are biases; nullopt: where they are stored.
  std::optional<bool> qkv_bias;
  std::optional<bool> attention_out_bias;
  std::optional<bool> mlp_bias;
  std::optional<bool> output_bias;
  bool inputs_are_rows = false;  // of the layers' matrices (GPT-2's "Conv1D")
  bool qkv_by_head = false;      // head by head its query, key and value (GPT-NeoX)
  float norm_offset = 0;         // what is added to the weights of norms (Gemma)
  // Tensors that are stored and not needed.
  bool (*may_stay)(std::string_view name) = nullptr;
};

// The matrices are kept in `format`, or as they are stored if none is given. Throws Error when the
// tensors don't fit the config, or one is left over. REQUIRES: check_config() passed.
[[nodiscard]] LmWeights load_weights(Checkpoint& checkpoint, const LmConfig& config,
                                     const TensorLayout& layout,
                                     std::optional<WeightFormat> format);

}  // namespace zipdream
