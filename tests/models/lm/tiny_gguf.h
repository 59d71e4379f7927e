// SPDX-License-Identifier: Apache-2.0
// GGUF files, written value by value, and small models in that form.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tests/models/lm/tiny_models.h"
#include "zipdream/bytes.h"

namespace zipdream {

// Collects what a file holds. Members give the writer back, to be chained.
class GgufWriter {
 public:
  struct TypeSize {
    const char* name;
    std::uint32_t number;
    std::size_t weights;  // in a block
    std::size_t bytes;    // of a block
  };
  // REQUIRES: one of F32, F16, BF16 or a quantised type that is read.
  static TypeSize type(std::string_view name);

  GgufWriter& u32(const std::string& name, std::uint32_t value);
  GgufWriter& f32(const std::string& name, float value);
  GgufWriter& flag(const std::string& name, bool value);
  GgufWriter& text(const std::string& name, std::string_view value);
  GgufWriter& texts(const std::string& name, const std::vector<std::string>& values);
  GgufWriter& i32s(const std::string& name, const std::vector<std::int32_t>& values);
  GgufWriter& f32s(const std::string& name, const std::vector<float>& values);
  // A value of any type: its bytes.
  GgufWriter& raw(const std::string& name, std::uint32_t type, ByteView value);

  // `shape` has the innermost dimension last; `place` is where it says to lie, if not behind the
  // one before.
  GgufWriter& tensor(const std::string& name, std::vector<std::size_t> shape,
                     std::uint32_t type_number, ByteView data, std::int64_t place = -1);
  // Values as a type of floats has them, cut to it.
  GgufWriter& floats(const std::string& name, const TinyTensor& tensor, const std::string& type);

  // The counts that the file announces are others by as much.
  [[nodiscard]] Bytes file(std::uint64_t more_tensors = 0, std::uint64_t more_values = 0,
                           std::uint32_t version = 3) const;

 private:
  std::uint64_t values_ = 0;
  std::uint64_t tensors_ = 0;
  Bytes value_bytes_;
  Bytes infos_;
  Bytes data_;
};

// A model of tiny_models.h as programs convert it to GGUF. Those of Llama and SmolLM 3 have the
// rows of queries and keys in pairs, Gemma's norms their 1 added, GPT-NeoX's queries, keys and
// values apart, and GPT-2's matrices are turned.
[[nodiscard]] GgufWriter as_gguf(const TinyModel& model, const std::string& type);

// A model of Llama's kind whose matrices are blocks of this type, drawn at random: hidden size 256,
// two layers, 256 tokens without a tokenizer.
[[nodiscard]] GgufWriter quantized_llama(std::string_view type, std::uint64_t seed = 1);

// Blocks of random weights of ordinary size.
[[nodiscard]] Bytes random_blocks(std::string_view type, std::size_t blocks, std::uint64_t seed);

// The floats that blocks stand for, written down once more from the description of the formats.
[[nodiscard]] std::vector<double> plain_weights(std::string_view type, ByteView blocks);

}  // namespace zipdream
