// SPDX-License-Identifier: Apache-2.0
// The weights: all tensors of a model, laid out as kernels.h reads them. Rows of a matrix
// are its outputs, as Hugging Face stores them. Immutable once loaded; shared by all that run it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "models/lm/config.h"
#include "models/lm/kernels.h"
#include "zipdream/predictor.h"

namespace zipdream {

// A linear layer: y = W x + b.
class Matrix {
 public:
  Matrix() = default;
  Matrix(std::size_t inputs, std::size_t outputs);

  [[nodiscard]] std::size_t inputs() const { return inputs_; }
  [[nodiscard]] std::size_t outputs() const { return outputs_; }
  [[nodiscard]] std::size_t panel_count() const;
  // The number of weights and biases.
  [[nodiscard]] std::size_t parameter_count() const {
    return (inputs_ + (bias_.empty() ? 0 : 1)) * outputs_;
  }

  // Sets the rows `first` and following. REQUIRES: rows is [count][inputs].
  void set_rows(std::size_t first, std::span<const float> rows);
  // Sets the rows `first` and following from a matrix stored with its inputs as rows. REQUIRES:
  // columns is [inputs][count].
  void set_columns(std::size_t first, std::span<const float> columns);
  // Sets the biases of the outputs `first` and following; those never set are 0.
  void set_bias(std::size_t first, std::span<const float> bias);

  // out[i] = W[row][i]: the embedding of a token, where the matrix is tied to it.
  void copy_row(std::size_t row, std::span<float> out) const;

  // Stores the weights in that format from now on, as the nearest values that it has: in kInt8
  // multiples of a 127th of each output's largest. The floats are gone then.
  // REQUIRES: the weights are floats; nothing is set afterwards.
  void convert_to(WeightFormat format);

  // Valid while the matrix is neither changed nor moved.
  [[nodiscard]] Panels panels() const;

 private:
  [[nodiscard]] std::size_t place(std::size_t row, std::size_t input) const;
  [[nodiscard]] float weight(std::size_t place, std::size_t row) const;
  void quantize();

  std::size_t inputs_ = 0;
  std::size_t outputs_ = 0;
  WeightFormat format_ = WeightFormat::kF32;
  // The weights, in one of these by format: [panel][inputs][kPanel], zeros past the last output.
  Floats floats_;
  Aligned<std::uint16_t> halves_;
  Aligned<std::int8_t> bytes_;
  Floats scales_;  // (padded outputs); kInt8 only
  Floats bias_;    // (padded outputs), or empty
};

struct NormWeights {
  Floats weight;  // (padded hidden_size)
  Floats bias;    // (padded hidden_size); none for kRms
};

struct LayerWeights {
  NormWeights attention_norm;
  Matrix qkv;            // hidden_size -> (num_heads + 2 num_kv_heads) head_dim
  Matrix attention_out;  // num_heads head_dim -> hidden_size
  NormWeights mlp_norm;
  Matrix up;    // hidden_size -> intermediate_size; kSwiGlu: twice that, the gate first
  Matrix down;  // intermediate_size -> hidden_size
};

struct LmWeights {
  Floats embedding;  // [vocab_size][hidden_size]; empty where it is the output's
  Floats positions;  // [context_length][hidden_size]; kLearned only
  std::vector<LayerWeights> layers;
  NormWeights final_norm;
  Matrix output;  // hidden_size -> vocab_size

  // Converts all matrices; embeddings apart from them stay floats, as only a row of them is ever
  // read.
  void convert_to(WeightFormat format);

  // REQUIRES: token < vocab_size; out.size() == hidden_size.
  void embed(Symbol token, std::span<float> out) const;
};

// With zeros after the last, up to a multiple of kPanel.
[[nodiscard]] Floats with_padding(Floats values);

}  // namespace zipdream
