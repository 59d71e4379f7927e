// SPDX-License-Identifier: Apache-2.0
// A small feed-forward net in integers: two hidden layers of leaky rectifiers, then outputs. Sums
// of integers are exact, so the same everywhere, in whatever order vectors make them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace zipdream {

struct SmallNetShape {
  std::size_t inputs = 0;  // with hidden and more_hidden multiples of 16, and at most 256
  std::size_t hidden = 0;
  std::size_t more_hidden = 0;
  std::size_t outputs = 0;  // at most 64

  [[nodiscard]] std::size_t parameter_count() const {
    return (inputs + 1) * hidden + (hidden + 1) * more_hidden + (more_hidden + 1) * outputs;
  }
};

// Threads: const members may be called from many.
class SmallNet {
 public:
  static constexpr int kInputBits = 10;  // an input is a multiple of 2^-10
  static constexpr int kWeightBits = 8;  // a weight one of 2^-8, and so is what layers pass on
  static constexpr std::int16_t kMaxInput = 8191;  // either way: almost 8
  static constexpr int kLeakBits = 3;              // below zero a rectifier lets an eighth through

  // `numbers` holds the shape's parameter_count() integers of 16 bits, little endian: of each layer
  // for each of its outputs the weights of all inputs; then for each output its bias, in 2^-8.
  // Throws Error if sums of these could pass 32 bits. REQUIRES: it is as long as that.
  SmallNet(const SmallNetShape& shape, std::string_view numbers);

  [[nodiscard]] const SmallNetShape& shape() const { return shape_; }

  // The input that a number is, rounded and held within the limits; not a number is 0.
  [[nodiscard]] static std::int16_t input(double value);

  // `hidden`: room for what the units of the last hidden layer pass on, or for none.
  // REQUIRES: as many inputs and outputs as in the shape; no input beyond kMaxInput.
  void run(std::span<const std::int16_t> inputs, std::span<double> outputs,
           std::span<double> hidden = {}) const;

 private:
  struct Layer {
    std::size_t inputs;
    std::size_t outputs;
    std::vector<std::int16_t> weights;  // (outputs, inputs)
    std::vector<std::int32_t> biases;   // (outputs), in units of the layer's sums
  };

  SmallNetShape shape_;
  std::vector<Layer> layers_;
};

}  // namespace zipdream
