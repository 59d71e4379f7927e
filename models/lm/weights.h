// SPDX-License-Identifier: Apache-2.0
// The weights: all tensors of a model, as kernels.h reads them. Rows of a matrix are its outputs.
// Immutable once loaded; shared by all that run it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "models/lm/checkpoint.h"
#include "models/lm/config.h"
#include "models/lm/kernels.h"
#include "models/lm/quantized.h"
#include "zipdream/predictor.h"

namespace zipdream {

// The format that a type of 16 bits has in panels; floats for all others.
[[nodiscard]] WeightFormat panel_format(WeightType type);

// A linear layer: y = W x + b. Its weights are rows where their file is mapped, or in panels.
class Matrix {
 public:
  Matrix() = default;
  // Panels of floats, 0 where nothing is set.
  Matrix(std::size_t inputs, std::size_t outputs);
  // The rows of all parts, one part after the other. They stay where they are, unless a format is
  // given that they have not, or one is of a type that can't; then they become panels, in the
  // format that they have in common, or floats. REQUIRES: all parts have the same inputs; their
  // bytes outlive the matrix.
  Matrix(std::span<const StoredRows> parts, std::optional<WeightFormat> format);

  [[nodiscard]] std::size_t inputs() const { return inputs_; }
  [[nodiscard]] std::size_t outputs() const { return outputs_; }
  [[nodiscard]] std::size_t panel_count() const;
  // The number of weights and biases.
  [[nodiscard]] std::size_t parameter_count() const {
    return (inputs_ + (bias_.empty() ? 0 : 1)) * outputs_;
  }

  // Sets the rows `first` and following. REQUIRES: panels of floats; rows is [count][inputs].
  void set_rows(std::size_t first, std::span<const float> rows);
  // Sets the rows `first` and following from a matrix stored with its inputs as rows. REQUIRES:
  // panels of floats; columns is [inputs][count].
  void set_columns(std::size_t first, std::span<const float> columns);
  // Sets the biases of the outputs `first` and following; those never set are 0.
  void set_bias(std::size_t first, std::span<const float> bias);

  // out[i] = W[row][i]: the embedding of a token, where the matrix is tied to it.
  void copy_row(std::size_t row, std::span<float> out) const;

  // Stores the weights in that format from now on, as the nearest values that it has: in kInt8
  // multiples of a 127th of each output's largest. The floats are gone then.
  // REQUIRES: panels of floats; nothing is set afterwards.
  void convert_to(WeightFormat format);

  // The parts whose rows stay in their file; none: the weights are in panels.
  [[nodiscard]] std::span<const StoredRows> stored() const { return stored_; }
  // REQUIRES: in panels. Valid while the matrix is neither changed nor moved.
  [[nodiscard]] Panels panels() const;
  // Of each output; null: none.
  [[nodiscard]] const float* bias() const { return bias_.empty() ? nullptr : bias_.data(); }

 private:
  [[nodiscard]] std::size_t place(std::size_t row, std::size_t input) const;
  [[nodiscard]] float weight(std::size_t place, std::size_t row) const;
  void quantize();

  std::size_t inputs_ = 0;
  std::size_t outputs_ = 0;
  WeightFormat format_ = WeightFormat::kF32;
  std::vector<StoredRows> stored_;
  // The weights, in one of these by format: [panel][inputs][kPanel], zeros past the last output.
  Floats floats_;
  Aligned<std::uint16_t> halves_;
  Aligned<std::int8_t> bytes_;
  Floats scales_;  // (padded outputs); kInt8 only
  Floats bias_;    // (padded outputs), or empty
};

struct NormWeights {
  Floats weight;  // (padded size); empty: there is no such norm
  Floats bias;    // (padded size); kLayer only
};

// Two matrices with few numbers between them.
struct LowRankWeights {
  Matrix down;
  Matrix up;  // with a bias, if it has one
};

// Of a recurrent layer (LmConfig::Recurrent). Its feed-forward part, which has a share of the
// position before too, is that of all layers.
struct RecurrentWeights {
  // What each of these sees of the position before (padded hidden_size).
  enum Input { kReceptance, kDecay, kKey, kValue, kRate, kGate, kInputs };
  std::array<Floats, kInputs> shares;
  Floats mlp_share;
  Matrix receptance;  // hidden_size -> hidden_size, as those below
  Matrix key;
  Matrix value;
  LowRankWeights decay;
  LowRankWeights rate;
  LowRankWeights gate;
  LowRankWeights first_share;  // how much of the first layer's values; not in that itself
  Floats removal_scale;        // (padded hidden_size)
  Floats rate_share;           // (padded hidden_size)
  Floats bonus;                // (padded hidden_size)
  NormWeights head_norm;       // (padded hidden_size), by heads
};

struct LayerWeights {
  NormWeights attention_norm;      // kBefore, kAround: before attention; kAfterSum: after its sum
  Matrix qkv;                      // hidden_size -> (num_heads + 2 num_kv_heads) head_dim
  NormWeights query_norm;          // (head_dim), kAll: (num_heads head_dim)
  NormWeights key_norm;            // (head_dim), kAll: (num_kv_heads head_dim)
  Matrix attention_out;            // num_heads head_dim -> hidden_size
  NormWeights attention_out_norm;  // kAfterPart, kAround
  NormWeights mlp_norm;            // as attention_norm
  Matrix up;                 // hidden_size -> intermediate_size; gated: twice that, the gate first
  Matrix down;               // intermediate_size -> hidden_size
  NormWeights mlp_out_norm;  // as attention_out_norm
  RecurrentWeights recurrent;  // of recurrent models, in place of qkv and the norms of heads
};

struct LmWeights {
  StoredRows embedding;        // [vocab_size][hidden_size]; none where it is the output's
  Floats positions;            // [context_length][hidden_size]; kLearned only
  NormWeights embedding_norm;  // recurrent only
  std::vector<LayerWeights> layers;
  NormWeights final_norm;
  Matrix output;      // hidden_size -> vocab_size
  MappedFiles files;  // in which rows lie that stay where they are

  // REQUIRES: token < vocab_size; out.size() == hidden_size.
  void embed(Symbol token, std::span<float> out) const;
};

// With zeros after the last, up to a multiple of kPanel.
[[nodiscard]] Floats with_padding(Floats values);

}  // namespace zipdream
