// SPDX-License-Identifier: Apache-2.0
// What lm_bench measures, by libtorch: Llama's architecture over bytes with random weights in
// float32, one token at a time with a cache of keys and values, and the distribution of the next,
// on one thread. Microseconds of processor time per token over the first 128 positions and over
// 2048. Usage: torch_step WIDTHxLAYERSxHEADS...
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <c10/core/InferenceMode.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string>
#include <vector>

#include "apps/bench/program.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

constexpr std::int64_t kVocabulary = 256;
constexpr std::int64_t kContext = 2048;
constexpr std::int64_t kShort = 128;

struct Layer {
  at::Tensor qkv, out, up, down;  // [outputs, inputs]
  at::Tensor keys, values;        // [heads, context, head size]
};

class Model {
 public:
  Model(std::int64_t width, std::int64_t layers, std::int64_t heads)
      : heads_(heads), head_size_(width / heads) {
    const std::int64_t hidden = width * 8 / 3;
    embedding_ = at::randn({kVocabulary, width}) * 0.1;
    output_ = at::randn({kVocabulary, width}) * 0.1;
    const auto matrix = [](std::int64_t outputs, std::int64_t inputs) {
      return at::randn({outputs, inputs}) * 0.05;
    };
    for (std::int64_t i = 0; i < layers; ++i) {
      layers_.push_back({matrix(3 * width, width), matrix(width, width), matrix(2 * hidden, width),
                         matrix(width, hidden), at::zeros({heads, kContext, head_size_}),
                         at::zeros({heads, kContext, head_size_})});
    }
    const at::Tensor speeds =
        at::pow(10000.0, at::arange(0, head_size_, 2) * (-1.0 / static_cast<double>(head_size_)));
    const at::Tensor angles = at::outer(at::arange(kContext), speeds);
    cosines_ = at::cat({at::cos(angles), at::cos(angles)}, 1);
    sines_ = at::cat({at::sin(angles), at::sin(angles)}, 1);
  }

  // log2 probabilities of the next.
  at::Tensor step(std::int64_t token, std::int64_t position) {
    at::Tensor x = embedding_.select(0, token).unsqueeze(0);
    for (Layer& layer : layers_) {
      x = x + attend(layer, norm(x), position);
      const auto gate = at::linear(norm(x), layer.up).chunk(2, 1);
      x = x + at::linear(at::silu(gate[0]) * gate[1], layer.down);
    }
    return at::log_softmax(at::linear(norm(x), output_), 1) * (1 / std::log(2.0));
  }

 private:
  static at::Tensor norm(const at::Tensor& x) {
    return x * at::rsqrt(x.square().mean(1, true) + 1e-5);
  }

  at::Tensor turned(const at::Tensor& x, std::int64_t position) const {
    const auto halves = x.chunk(2, 1);
    return x * cosines_.select(0, position) +
           at::cat({-halves[1], halves[0]}, 1) * sines_.select(0, position);
  }

  at::Tensor attend(Layer& layer, const at::Tensor& x, std::int64_t position) const {
    const auto parts = at::linear(x, layer.qkv).view({3, heads_, head_size_});
    layer.keys.select(1, position).copy_(turned(parts[1], position));
    layer.values.select(1, position).copy_(parts[2]);
    const at::Tensor keys = layer.keys.narrow(1, 0, position + 1);
    const at::Tensor values = layer.values.narrow(1, 0, position + 1);
    const at::Tensor query = turned(parts[0], position).unsqueeze(1);
    const at::Tensor scores =
        at::bmm(query, keys.transpose(1, 2)) * (1 / std::sqrt(static_cast<double>(head_size_)));
    const at::Tensor seen = at::bmm(at::softmax(scores, 2), values);
    return at::linear(seen.reshape({1, heads_ * head_size_}), layer.out);
  }

  std::int64_t heads_;
  std::int64_t head_size_;
  at::Tensor embedding_, output_, cosines_, sines_;
  std::vector<Layer> layers_;
};

double microseconds(Model& model, std::int64_t count) {
  const double start = processor_seconds();
  for (std::int64_t i = 0; i < count; ++i) static_cast<void>(model.step(i * 37 % kVocabulary, i));
  return 1e6 * (processor_seconds() - start) / static_cast<double>(count);
}

int run(int argc, char** argv) {
  if (argc < 2) throw usage_error("usage: torch_step WIDTHxLAYERSxHEADS...");
  at::set_num_threads(1);
  const c10::InferenceMode mode;
  fmt::print("{:<42}{:>9}{:>9}\n", "microseconds per token, libtorch", "first128", "average");
  for (int i = 1; i < argc; ++i) {
    int width = 0;
    int layers = 0;
    int heads = 0;
    if (std::sscanf(argv[i], "%dx%dx%d", &width, &layers, &heads) != 3 || heads < 1 ||
        width < heads) {
      throw usage_error(fmt::format("{}: is not WIDTHxLAYERSxHEADS, 64x4x8", argv[i]));
    }
    Model model(width, layers, heads);
    double first = microseconds(model, kShort);
    for (int again = 0; again < 5; ++again) first = std::min(first, microseconds(model, kShort));
    fmt::print("{:<42}{:>9.1f}{:>9.1f}\n", argv[i], first, microseconds(model, kContext));
  }
  return 0;
}

}  // namespace
}  // namespace zipdream

int main(int argc, char** argv) {
  return zipdream::run_program([&] { return zipdream::run(argc, argv); });
}
