// SPDX-License-Identifier: Apache-2.0
// Times a language model, in microseconds of processor time per token on one thread: one token at a
// time (with the distribution of the next) over the first 128 positions and over the whole context,
// and the same tokens in blocks, with and without their distributions. Beside it the time that
// reading the weights alone takes. Usage: lm_bench MODEL... A MODEL is a folder as lm:DIR takes it,
// or WIDTHxLAYERSxHEADS: Llama's architecture over bytes with random weights and 2048 positions,
// 64x4x8 and 256x4x8 for instance; either measured for each format of its weights.
#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "apps/bench/program.h"
#include "base/parallel.h"
#include "models/lm/load.h"
#include "zipdream/bytes.h"
#include "zipdream/error.h"
#include "zipdream/random.h"

namespace zipdream {
namespace {

constexpr std::size_t kShort = 128;
constexpr std::size_t kLong = 2048;

double cpu_microseconds() { return 1e6 * processor_seconds(); }

Matrix random_matrix(std::size_t inputs, std::size_t outputs, WeightFormat format, Rng& rng) {
  Floats rows(inputs * outputs);
  for (float& value : rows) value = static_cast<float>(rng.uniform() - 0.5) * 0.1F;
  Matrix matrix(inputs, outputs);
  matrix.set_rows(0, rows);
  matrix.convert_to(format);
  return matrix;
}

std::shared_ptr<const LanguageModel> random_model(const std::vector<std::size_t>& sizes,
                                                  WeightFormat format) {
  LmConfig config;
  config.vocab_size = 256;
  config.hidden_size = sizes[0];
  config.num_layers = sizes[1];
  config.num_heads = config.num_kv_heads = sizes[2];
  config.head_dim = config.hidden_size / config.num_heads;
  config.intermediate_size = config.hidden_size * 8 / 3;
  config.context_length = kLong;
  check_config(config, "lm_bench");
  Rng rng(1, 0);
  const NormWeights norm{Floats(padded(config.hidden_size), 1.0F), {}};
  const auto matrix = [&](std::size_t inputs, std::size_t outputs) {
    return random_matrix(inputs, outputs, format, rng);
  };
  LmWeights weights;
  weights.output = matrix(config.hidden_size, config.vocab_size);
  weights.final_norm = norm;
  weights.layers.resize(config.num_layers);
  for (LayerWeights& layer : weights.layers) {
    layer.attention_norm = layer.mlp_norm = norm;
    layer.qkv = matrix(config.hidden_size, 3 * config.hidden_size);
    layer.attention_out = matrix(config.hidden_size, config.hidden_size);
    layer.up = matrix(config.hidden_size, 2 * config.intermediate_size);
    layer.down = matrix(config.intermediate_size, config.hidden_size);
  }
  return std::make_shared<const LanguageModel>(config, std::move(weights));
}

std::shared_ptr<const LanguageModel> make(const std::string& name, WeightFormat format) {
  std::vector<std::size_t> sizes;
  const char* at = name.data();
  const char* const end = at + name.size();
  while (at != end) {
    std::size_t size = 0;
    const auto [after, error] = std::from_chars(at, end, size);
    if (error != std::errc() || (after != end && *after != 'x')) break;
    sizes.push_back(size);
    at = after == end ? end : after + 1;
  }
  return at == end && sizes.size() == 3 ? random_model(sizes, format) : load_lm(name, format).model;
}

std::vector<Symbol> random_tokens(std::size_t count, std::size_t vocabulary) {
  Rng rng(2, 0);
  std::vector<Symbol> tokens(count);
  for (Symbol& token : tokens) {
    token = static_cast<Symbol>(rng.uniform() * static_cast<double>(vocabulary));
  }
  return tokens;
}

struct Timer {
  explicit Timer(const LanguageModel& the_model)
      : model(the_model), all(model.config().vocab_size), log2_probs(all.size()) {
    for (Symbol token = 0; token < all.size(); ++token) all[token] = token;
  }

  double steps(std::span<const Symbol> tokens) {
    LmState state(model.config());
    const double start = cpu_microseconds();
    for (const Symbol token : tokens) {
      model.read({&token, 1}, state);
      model.log2_probs_of(model.logits(state).data(), all, log2_probs);
    }
    return (cpu_microseconds() - start) / static_cast<double>(tokens.size());
  }

  double blocks(std::span<const Symbol> tokens, bool with_distributions) {
    LmState state(model.config());
    const double start = cpu_microseconds();
    model.read(tokens, state, [&](const float* logits) {
      if (with_distributions) model.log2_probs_of(logits, all, log2_probs);
    });
    return (cpu_microseconds() - start) / static_cast<double>(tokens.size());
  }

  const LanguageModel& model;
  std::vector<Symbol> all;
  std::vector<double> log2_probs;
};

// The best of some runs: others may be using the machine.
template <typename Run>
double best(int runs, const Run& run) {
  double result = run();
  for (int i = 1; i < runs; ++i) result = std::min(result, run());
  return result;
}

// Reads so many bytes as fast as can be, on one thread: the library's search for what isn't there.
double read_microseconds(std::size_t bytes) {
  static Bytes memory;
  memory.resize(bytes);
  const double start = cpu_microseconds();
  const volatile bool found = std::memchr(memory.data(), 1, bytes) != nullptr;
  static_cast<void>(found);
  return cpu_microseconds() - start;
}

struct NamedFormat {
  const char* name;
  WeightFormat format;
  double bytes;  // per weight
};
constexpr std::array<NamedFormat, 4> kFormats = {{{"f32", WeightFormat::kF32, 4},
                                                  {"f16", WeightFormat::kF16, 2},
                                                  {"bf16", WeightFormat::kBf16, 2},
                                                  {"int8", WeightFormat::kInt8, 1}}};

void measure(const std::string& name, const NamedFormat& format) {
  const auto model = make(name, format.format);
  const std::size_t count = std::min(kLong, model->config().context_length);
  const std::vector<Symbol> tokens = random_tokens(count, model->config().vocab_size);
  Timer timer(*model);
  const auto first = std::span(tokens).first(std::min(kShort, count));
  const double weights = min_weight_count(model->config());
  const auto bytes = static_cast<std::size_t>(weights * format.bytes);
  fmt::print("{:<36}{:>6}{:>10.0f}{:>9.1f}{:>9.1f}{:>9.1f}{:>9.1f}{:>11.1f}\n", name, format.name,
             weights, best(20, [&] { return read_microseconds(bytes); }),
             best(10, [&] { return timer.steps(first); }),
             best(2, [&] { return timer.steps(tokens); }),
             best(3, [&] { return timer.blocks(tokens, false); }),
             best(3, [&] { return timer.blocks(tokens, true); }));
  std::fflush(stdout);
}

int run(int argc, char** argv) {
  if (argc < 2) throw usage_error("usage: lm_bench MODEL...");
  set_thread_count(1);
  fmt::print("{:<42}{:>10}{:>9}{:>9}{:>9}{:>9}{:>11}\n", "microseconds per token", "weights",
             "reading", "first128", "average", "blocks", "with probs");
  for (int i = 1; i < argc; ++i) {
    for (const NamedFormat& format : kFormats) measure(argv[i], format);
  }
  return 0;
}

}  // namespace
}  // namespace zipdream

int main(int argc, char** argv) {
  return zipdream::run_program([&] { return zipdream::run(argc, argv); });
}
