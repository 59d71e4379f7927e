// SPDX-License-Identifier: Apache-2.0
// Checkpoints of llama2.c: seven 32-bit numbers, then all floats, little endian, each kind of
// tensor for all layers before the next. Queries and keys are rotated by pairs of neighbouring
// dimensions there; their rows are put in the order of ours, which changes no product.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <utility>

#include "base/files.h"
#include "models/lm/load.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

constexpr std::size_t kHeaderBytes = 7 * 4;

std::uint32_t number_at(ByteView file, std::size_t at) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < 4; ++i) value |= std::uint32_t{file[at + i]} << (8 * i);
  return value;
}

struct Header {
  LmConfig config;
  bool tied;
};

// A negative vocabulary size means that the output has a matrix of its own.
Header read_header(ByteView file, const std::string& path) {
  if (file.size() < kHeaderBytes) {
    throw Error(path + ": too short for a checkpoint of llama2.c; is the file whole?");
  }
  std::array<std::int64_t, 7> numbers{};
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    numbers[i] = static_cast<std::int32_t>(number_at(file, 4 * i));
  }
  const bool tied = numbers[5] > 0;
  numbers[5] = std::abs(numbers[5]);
  if (std::ranges::any_of(numbers, [](std::int64_t number) { return number <= 0; })) {
    throw Error(path + ": is no checkpoint of llama2.c: its sizes make no sense");
  }
  LmConfig config;
  config.hidden_size = static_cast<std::size_t>(numbers[0]);
  config.intermediate_size = static_cast<std::size_t>(numbers[1]);
  config.num_layers = static_cast<std::size_t>(numbers[2]);
  config.num_heads = static_cast<std::size_t>(numbers[3]);
  config.num_kv_heads = static_cast<std::size_t>(numbers[4]);
  config.vocab_size = static_cast<std::size_t>(numbers[5]);
  config.context_length = static_cast<std::size_t>(numbers[6]);
  config.head_dim = config.hidden_size / config.num_heads;
  config.begin_of_text = 1;
  check_config(config, path);
  check_weight_bytes(config, file.size(), sizeof(float), path);
  return {config, tied};
}

// Takes the floats in turn.
class Reader {
 public:
  Reader(ByteView file, const std::string& path) : file_(file), path_(path) {}

  Floats take(std::size_t count) {
    if ((file_.size() - at_) / 4 < count) {
      throw Error(path_ + ": ends before its last weights; is the file whole?");
    }
    Floats values(count);
    for (float& value : values) {
      value = std::bit_cast<float>(number_at(file_, at_));
      at_ += 4;
      if (!std::isfinite(value)) {
        throw Error(path_ + ": holds a NaN or an infinity; its training failed");
      }
    }
    return values;
  }

  void check_end() const {
    if (at_ != file_.size()) throw Error(path_ + ": bytes follow its last weights");
  }

 private:
  ByteView file_;
  const std::string& path_;
  std::size_t at_ = kHeaderBytes;
};

// Rows 0, 1, 2, 3 of a head are rotated as (0, 1) and (2, 3); ours as (0, 2) and (1, 3).
Floats reordered(const Floats& rows, const LmConfig& config) {
  const std::size_t half = config.head_dim / 2;
  Floats result(rows.size());
  for (std::size_t row = 0; row < rows.size() / config.hidden_size; ++row) {
    const std::size_t in_head = row % config.head_dim;
    const std::size_t from =
        row - in_head + (in_head < half ? 2 * in_head : 2 * (in_head - half) + 1);
    std::copy_n(&rows[from * config.hidden_size], config.hidden_size,
                &result[row * config.hidden_size]);
  }
  return result;
}

// One kind of tensor for all layers.
void load_norms(Reader& reader, const LmConfig& config, LmWeights& weights,
                NormWeights LayerWeights::*norm) {
  for (LayerWeights& layer : weights.layers) {
    (layer.*norm).weight = with_padding(reader.take(config.hidden_size));
  }
}

void load_rows(Reader& reader, LmWeights& weights, Matrix LayerWeights::*matrix, std::size_t first,
               std::size_t count) {
  for (LayerWeights& layer : weights.layers) {
    Matrix& all = layer.*matrix;
    all.set_rows(first, reader.take(count * all.inputs()));
  }
}

void load_rotated(Reader& reader, const LmConfig& config, LmWeights& weights, std::size_t first,
                  std::size_t count) {
  for (LayerWeights& layer : weights.layers) {
    layer.qkv.set_rows(first, reordered(reader.take(count * config.hidden_size), config));
  }
}

LmWeights load_weights(Reader& reader, const LmConfig& config, bool tied) {
  const std::size_t queries = config.num_heads * config.head_dim;
  const std::size_t keys = config.num_kv_heads * config.head_dim;
  LmWeights weights;
  weights.output = Matrix(config.hidden_size, config.vocab_size);
  Floats embedding = reader.take(config.vocab_size * config.hidden_size);
  for (std::size_t i = 0; i < config.num_layers; ++i) {
    weights.layers.push_back({.qkv = Matrix(config.hidden_size, queries + 2 * keys),
                              .attention_out = Matrix(queries, config.hidden_size),
                              .up = Matrix(config.hidden_size, 2 * config.intermediate_size),
                              .down = Matrix(config.intermediate_size, config.hidden_size)});
  }
  load_norms(reader, config, weights, &LayerWeights::attention_norm);
  load_rotated(reader, config, weights, 0, queries);
  load_rotated(reader, config, weights, queries, keys);
  load_rows(reader, weights, &LayerWeights::qkv, queries + keys, keys);
  load_rows(reader, weights, &LayerWeights::attention_out, 0, config.hidden_size);
  load_norms(reader, config, weights, &LayerWeights::mlp_norm);
  load_rows(reader, weights, &LayerWeights::up, 0, config.intermediate_size);
  load_rows(reader, weights, &LayerWeights::down, 0, config.hidden_size);
  load_rows(reader, weights, &LayerWeights::up, config.intermediate_size, config.intermediate_size);
  weights.final_norm.weight = with_padding(reader.take(config.hidden_size));
  reader.take(config.context_length * config.head_dim);  // tables of sines, which we compute
  weights.output.set_rows(0,
                          tied ? embedding : reader.take(config.vocab_size * config.hidden_size));
  if (!tied) weights.embedding = std::move(embedding);
  reader.check_end();
  return weights;
}

}  // namespace

std::unique_ptr<LanguageModel> load_llama2c(const std::string& path, WeightFormat format) {
  const MappedFile file(path);
  const auto [config, tied] = read_header(file.bytes(), path);
  Reader reader(file.bytes(), path);
  LmWeights weights = load_weights(reader, config, tied);
  weights.convert_to(format);
  return std::make_unique<LanguageModel>(config, std::move(weights));
}

}  // namespace zipdream
