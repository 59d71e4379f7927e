// SPDX-License-Identifier: Apache-2.0
// Small models with random weights, written as users have them: a folder with config.json and
// model.safetensors.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "zipdream/bytes.h"

namespace zipdream {

struct TinyTensor {
  std::vector<std::size_t> shape;
  std::vector<float> values;
};
using TinyTensors = std::map<std::string, TinyTensor>;

struct TinyModel {
  nlohmann::json config;
  TinyTensors tensors;

  // Into a folder that exists.
  void write(const std::string& folder) const;
};

// The values as a type has them, cut to it.
[[nodiscard]] Bytes float_bytes(const TinyTensor& tensor, const std::string& type);

// The rows of heads with what is rotated together side by side, as llama2.c and GGUF store them.
[[nodiscard]] TinyTensor paired(const TinyTensor& rows, std::size_t head_dim);

// Of a file of safetensors. `type` is F64, F32, F16 or BF16; values are cut to it.
[[nodiscard]] Bytes safetensors(const TinyTensors& tensors, const std::string& type = "F32");
// Any header before any data.
[[nodiscard]] Bytes safetensors_with(const std::string& header, std::size_t data_bytes);

// The seed tells the weights. All have 256 tokens, bytes, and a context of 96.
[[nodiscard]] TinyModel tiny_llama(bool tied = false, std::size_t width = 64);
// A model whose vocabulary has room for the tokens of tiny_vocabularies.h: 300.
[[nodiscard]] TinyModel with_more_tokens(TinyModel model);
// A tied tiny_llama() of as many.
[[nodiscard]] TinyModel tiny_llama_of_tokens();
// One of Llama's family: mistral, qwen2, qwen3, gemma3_text, smollm3, olmo2, phi3.
[[nodiscard]] TinyModel tiny_member(const std::string& type);
[[nodiscard]] TinyModel tiny_gptneox();
[[nodiscard]] TinyModel tiny_gpt2();
[[nodiscard]] TinyModel tiny_paper();
// As flash-linear-attention stores it; its context has no limit. REQUIRES: width is a multiple of
// 16.
[[nodiscard]] TinyModel tiny_rwkv7(std::size_t width = 48);

// The weights of a tied tiny_llama() as llama2.c stores them.
[[nodiscard]] Bytes llama2c_file(const TinyModel& llama);

}  // namespace zipdream
