// SPDX-License-Identifier: Apache-2.0
// Checkpoints of llama2.c: seven 32-bit numbers, then all floats, little endian, each kind of
// tensor for all layers before the next. Queries and keys are rotated by pairs of neighbouring
// dimensions there.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <utility>
#include <vector>

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
  config.paired_heads = true;
  config.begin_of_text = 1;
  check_config(config, path);
  check_weight_bytes(config, file.size(), sizeof(float), path);
  return {config, tied};
}

// Takes the floats in turn, as rows that stay where they are.
class Reader {
 public:
  Reader(ByteView file, const std::string& path) : file_(file), path_(path) {}

  StoredRows take(std::size_t count, std::size_t inputs) {
    const StoredRows rows{WeightType::kF32, file_.data() + at_, count, inputs};
    if ((file_.size() - at_) / sizeof(float) / inputs < count) {
      throw Error(path_ + ": ends before its last weights; is the file whole?");
    }
    if (!rows.are_finite()) {
      throw Error(path_ + ": holds a NaN or an infinity; its training failed");
    }
    at_ += count * rows.row_bytes();
    return rows;
  }

  // One kind of matrix for all layers.
  std::vector<StoredRows> take_all(std::size_t layers, std::size_t count, std::size_t inputs) {
    std::vector<StoredRows> all;
    for (std::size_t i = 0; i < layers; ++i) all.push_back(take(count, inputs));
    return all;
  }

  void check_end() const {
    if (at_ != file_.size()) throw Error(path_ + ": bytes follow its last weights");
  }

 private:
  ByteView file_;
  const std::string& path_;
  std::size_t at_ = kHeaderBytes;
};

NormWeights norm_of(const StoredRows& row) {
  Floats weight(row.inputs);
  row.to_floats(0, weight.data());
  return {with_padding(std::move(weight)), {}};
}

LmWeights load_weights(Reader& reader, const LmConfig& config, bool tied, WeightFormat format) {
  const std::size_t width = config.hidden_size;
  const std::size_t hidden = config.intermediate_size;
  const std::size_t queries = config.num_heads * config.head_dim;
  const std::size_t keys = config.num_kv_heads * config.head_dim;
  const std::size_t layers = config.num_layers;
  const StoredRows embedding = reader.take(config.vocab_size, width);
  const auto attention_norm = reader.take_all(layers, 1, width);
  const auto q = reader.take_all(layers, queries, width);
  const auto k = reader.take_all(layers, keys, width);
  const auto v = reader.take_all(layers, keys, width);
  const auto attention_out = reader.take_all(layers, width, queries);
  const auto mlp_norm = reader.take_all(layers, 1, width);
  const auto gate = reader.take_all(layers, hidden, width);
  const auto down = reader.take_all(layers, width, hidden);
  const auto up = reader.take_all(layers, hidden, width);
  const auto matrix = [format](std::initializer_list<StoredRows> parts) {
    return Matrix(std::span(parts.begin(), parts.size()), format);
  };
  LmWeights weights;
  for (std::size_t i = 0; i < layers; ++i) {
    weights.layers.push_back({.attention_norm = norm_of(attention_norm[i]),
                              .qkv = matrix({q[i], k[i], v[i]}),
                              .attention_out = matrix({attention_out[i]}),
                              .mlp_norm = norm_of(mlp_norm[i]),
                              .up = matrix({gate[i], up[i]}),
                              .down = matrix({down[i]})});
  }
  weights.final_norm = norm_of(reader.take(1, width));
  reader.take(config.context_length, config.head_dim);  // tables of sines, which we compute
  weights.output = matrix({tied ? embedding : reader.take(config.vocab_size, width)});
  if (!tied) weights.embedding = embedding;
  reader.check_end();
  return weights;
}

}  // namespace

std::unique_ptr<LanguageModel> load_llama2c(const std::string& path, WeightFormat format) {
  const auto file = std::make_shared<const MappedFile>(path);
  const auto [config, tied] = read_header(file->bytes(), path);
  Reader reader(file->bytes(), path);
  LmWeights weights = load_weights(reader, config, tied, format);
  weights.files.push_back(file);
  return std::make_unique<LanguageModel>(config, std::move(weights));
}

}  // namespace zipdream
