// SPDX-License-Identifier: Apache-2.0
// Learns the prior of the model `image` (models/image/prior.h) from patches of 32x64 pixels, gray
// or RGB (scripts/picture_patches.py): the weights of fixed linear predictors, of gray ones how
// rows of JPEG's blocks go on, and the net that mixes all predictions. Prints bits per byte of
// patches that it doesn't learn from. Writes OUT anew every so often, so that it may be stopped.
// Usage: train_image gray|rgb PATCHES VALIDATION OUT STEPS [LARGE COLUMNS ROWS]; LARGE: patches of
// that size, from which the net learns too.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "apps/bench/program.h"
#include "base/files.h"
#include "models/image/combiner.h"
#include "models/image/lattice.h"
#include "models/image/picture.h"
#include "models/image/prior.h"
#include "zipdream/error.h"

namespace zipdream::image {
namespace {

constexpr std::size_t kPatchRows = 32;
constexpr std::size_t kPatchColumns = 64;
constexpr std::size_t kPatch = kPatchRows * kPatchColumns;  // pixels

// ---- linear least squares ----

class LeastSquares {
 public:
  LeastSquares(std::size_t inputs, std::size_t outputs)
      : inputs_(inputs), outputs_(outputs), matrix_(inputs * inputs), right_(inputs * outputs) {}

  void add(const double* x, const double* y, double weight) {
    for (std::size_t i = 0; i < inputs_; ++i) {
      const double scaled = weight * x[i];
      for (std::size_t j = 0; j <= i; ++j) matrix_[i * inputs_ + j] += scaled * x[j];
      for (std::size_t o = 0; o < outputs_; ++o) right_[i * outputs_ + o] += scaled * y[o];
    }
  }

  // The weights of the first `inputs`, (inputs, outputs).
  [[nodiscard]] std::vector<double> solve(std::size_t inputs, double ridge) const {
    std::vector<double> l(inputs * inputs);
    std::vector<double> w(inputs * outputs_);
    for (std::size_t i = 0; i < inputs; ++i) {
      for (std::size_t j = 0; j <= i; ++j) {
        double sum = matrix_[i * inputs_ + j] + (i == j ? ridge : 0);
        for (std::size_t k = 0; k < j; ++k) sum -= l[i * inputs + k] * l[j * inputs + k];
        l[i * inputs + j] = i == j ? std::sqrt(std::max(sum, 1e-9)) : sum / l[j * inputs + j];
      }
    }
    for (std::size_t o = 0; o < outputs_; ++o) {
      const auto at = [&](std::size_t i) -> double& { return w[i * outputs_ + o]; };
      for (std::size_t i = 0; i < inputs; ++i) {
        at(i) = right_[i * outputs_ + o];
        for (std::size_t k = 0; k < i; ++k) at(i) -= l[i * inputs + k] * at(k);
        at(i) /= l[i * inputs + i];
      }
      for (std::size_t i = inputs; i-- > 0;) {
        for (std::size_t k = i + 1; k < inputs; ++k) at(i) -= l[k * inputs + i] * at(k);
        at(i) /= l[i * inputs + i];
      }
    }
    return w;
  }

 private:
  std::size_t inputs_;
  std::size_t outputs_;
  std::vector<double> matrix_;
  std::vector<double> right_;
};

FixedWeights fit_fixed(ByteView patches, int channel, int channels) {
  std::vector<LeastSquares> fits(kPositions, LeastSquares(kNeighbours, 1));
  const Neighbourhood neighbourhood(0, channel, channels);
  const std::size_t patch = kPatch * static_cast<std::size_t>(channels);
  Surroundings place;
  for (std::size_t from = 0; from < patches.size(); from += patch) {
    PixelRows rows(kPatchColumns, static_cast<std::size_t>(channels), kStartPixel);
    for (std::size_t i = 0; i < patch; ++i) {
      const Byte byte = patches[from + i];
      if (rows.channel() == channel) {
        neighbourhood.look(rows, rows.x(), rows.y(), place);
        std::array<double, kNeighbours> x;
        double activity = 8;
        for (std::size_t k = 0; k < kNeighbours; ++k) {
          x[k] = static_cast<double>(place.regressors[k]);
          if (k < 12) activity += x[k] * x[k] / 12;
        }
        const double y = byte - static_cast<double>(place.centre);
        fits[static_cast<std::size_t>(place.position)].add(x.data(), &y, 1 / activity);
      }
      rows.append(byte);
    }
  }
  FixedWeights fixed{};
  for (std::size_t position = 0; position < kPositions; ++position) {
    for (std::size_t size = 0; size < kFixedSizes; ++size) {
      const auto count = static_cast<std::size_t>(kFixedRegressors[size]);
      const std::vector<double> weights = fits[position].solve(count, 20);
      for (std::size_t i = 0; i < count; ++i) {
        fixed[position][i][size] = static_cast<float>(weights[i]);
      }
    }
  }
  return fixed;
}

// ---- rows of blocks ----

// The regressions of R of all rows to come, by row and coefficient.
class RowFits {
 public:
  RowFits() : fits_(kSide * kSide, LeastSquares(RowPrior::kFeatures, kSide)) {}

  // `patch` is all of it; the place is the start of a row of a block.
  void add(const RowFeatures& features, const Byte* patch, int x, int y) {
    const int r = y % kSide;
    for (int v = 0; v < kSide; ++v) {
      std::array<double, RowPrior::kFeatures> in;
      std::ranges::copy(features.values[v], in.begin());
      Targets targets{};
      for (int i = 0; i < kSide - r; ++i) {
        targets[i] = coefficient(patch, x, y + i, v) - static_cast<double>(features.before[v]);
      }
      const auto scale = static_cast<double>(features.scale);
      fits_[r * kSide + v].add(in.data(), targets.data(), 1 / (scale * scale));
      examples_[r * kSide + v].push_back({in, targets, scale});
    }
  }

  [[nodiscard]] RowPrior prior() const {
    RowPrior prior{};
    for (int r = 0; r < kSide; ++r) {
      for (int v = 0; v < kSide; ++v) fill(r, v, prior);
    }
    return prior;
  }

 private:
  using Targets = std::array<double, kSide>;
  struct Example {
    std::array<double, RowPrior::kFeatures> in;
    Targets targets;
    double scale;
  };

  static double coefficient(const Byte* patch, int x, int y, int v) {
    double sum = 0;
    for (int i = 0; i < kSide; ++i) {
      const double basis = v == 0 ? std::sqrt(0.125) : 0.5 * std::cos((2 * i + 1) * v * M_PI / 16);
      sum += basis * patch[y * static_cast<int>(kPatchColumns) + x + i];
    }
    return sum;
  }

  void fill(int r, int v, RowPrior& prior) const {
    const std::vector<double> weights = fits_[r * kSide + v].solve(RowPrior::kFeatures, 10);
    Targets squares[kSide] = {};
    const auto& examples = examples_[r * kSide + v];
    for (const Example& example : examples) {
      Targets off;
      for (int i = 0; i < kSide - r; ++i) {
        off[i] = example.targets[i];
        for (std::size_t k = 0; k < RowPrior::kFeatures; ++k) {
          off[i] -= weights[k * kSide + i] * example.in[k];
        }
        off[i] /= example.scale;
      }
      for (int i = 0; i < kSide - r; ++i) {
        for (int j = 0; j < kSide - r; ++j) squares[i][j] += off[i] * off[j];
      }
    }
    for (int i = 0; i < kSide - r; ++i) {
      for (std::size_t k = 0; k < RowPrior::kFeatures; ++k) {
        prior.means[r][v][i][k] = static_cast<float>(weights[k * kSide + i]);
      }
      for (int j = 0; j < kSide - r; ++j) {
        const double mean = squares[i][j] / static_cast<double>(examples.size());
        prior.covariances[r][v][i][j] = static_cast<float>(mean + (i == j ? 0.002 : 0));
      }
    }
  }

  std::vector<LeastSquares> fits_;
  std::array<std::vector<Example>, kSide * kSide> examples_;
};

RowPrior fit_rows(ByteView patches, const FixedWeights& fixed) {
  RowFits fits;
  for (std::size_t from = 0; from < patches.size(); from += kPatch) {
    Picture picture(PixelRows(kPatchColumns, 1, kStartPixel), {&fixed, 1});
    for (std::size_t i = 0; i < kPatch; ++i) {
      const Outlook& outlook = picture.outlook();
      if (outlook.x % kSide == 0 && outlook.y > 0) {
        fits.add(Lattice::features(picture.rows(), outlook.x, outlook.y, picture.error_around()),
                 &patches[from], outlook.x, outlook.y);
      }
      picture.append(patches[from + i]);
    }
  }
  return fits.prior();
}

// ---- examples for the net ----

struct Example {
  std::array<std::int16_t, kNetInputs> inputs;
  float mean;
  float scale;
  Bases bases;
  Byte byte;
  Byte channels;
};

// What the predictions are made with.
struct Linear {
  std::vector<FixedWeights> fixed;  // by channel
  RowPrior rows;                    // of gray patches
};

// Adds those of a share of the bytes, drawn at random.
void add_examples(ByteView patches, std::size_t columns, std::size_t rows, const Linear& linear,
                  double share, std::vector<Example>& examples) {
  std::mt19937_64 random(1);
  std::uniform_real_distribution<double> draw;
  NetInputs inputs;
  const std::size_t channels = linear.fixed.size();
  const std::size_t patch = columns * rows * channels;
  const LatticeOutlook none;
  for (std::size_t from = 0; from + patch <= patches.size(); from += patch) {
    Picture picture(PixelRows(columns, channels, kStartPixel), linear.fixed);
    std::optional<Lattice> lattice;
    if (channels == 1) lattice.emplace(columns, linear.rows);
    for (std::size_t i = 0; i < patch; ++i) {
      const Outlook& outlook = picture.outlook();
      const LatticeOutlook& of_lattice = lattice ? lattice->look(picture) : none;
      const Byte byte = patches[from + i];
      if (draw(random) < share) {
        Example& example = examples.emplace_back();
        describe(outlook, of_lattice, channels, inputs, example.bases);
        for (std::size_t k = 0; k < kNetInputs; ++k) {
          example.inputs[k] = SmallNet::input(static_cast<double>(inputs[k]));
        }
        example.mean = outlook.estimates.mean;
        example.scale = outlook.scale;
        example.byte = byte;
        example.channels = static_cast<Byte>(channels);
      }
      const int x = outlook.x;
      const int y = outlook.y;
      picture.append(byte);
      if (lattice) lattice->learn(picture.rows(), x, y, byte);
    }
  }
}

// ---- the net ----

constexpr std::size_t kLayers = 3;
constexpr float kLeak = 1.0F / (1 << SmallNet::kLeakBits);
using Sizes = std::array<std::size_t, kLayers + 1>;

Sizes sizes_of(const SmallNetShape& shape) {
  return {shape.inputs, shape.hidden, shape.more_hidden, shape.outputs};
}

// Weights of each layer by input, then output; the biases last.
struct Layers {
  explicit Layers(const Sizes& all) : sizes(all) {
    for (std::size_t l = 0; l < kLayers; ++l) of[l].assign((sizes[l] + 1) * sizes[l + 1], 0);
  }
  std::vector<float>& operator[](std::size_t l) { return of[l]; }
  const std::vector<float>& operator[](std::size_t l) const { return of[l]; }

  Sizes sizes;
  std::array<std::vector<float>, kLayers> of;
};

struct Activations {
  std::array<std::array<float, kNetInputs>, kLayers + 1> of;
};

void forward(const Layers& layers, Activations& activations) {
  for (std::size_t l = 0; l < kLayers; ++l) {
    const std::size_t n = layers.sizes[l];
    const std::size_t m = layers.sizes[l + 1];
    float* out = activations.of[l + 1].data();
    std::copy_n(layers[l].data() + n * m, m, out);
    for (std::size_t i = 0; i < n; ++i) {
      const float x = activations.of[l][i];
      if (x == 0) continue;
      const float* row = layers[l].data() + i * m;
      for (std::size_t o = 0; o < m; ++o) out[o] += x * row[o];
    }
    if (l + 1 == kLayers) break;
    for (std::size_t o = 0; o < m; ++o) out[o] = out[o] < 0 ? kLeak * out[o] : out[o];
  }
}

// `errors` is the gradient by the outputs and is used up.
void backward(const Layers& layers, const Activations& activations, std::vector<float>& errors,
              Layers& gradient) {
  std::vector<float> before;
  for (std::size_t l = kLayers; l-- > 0;) {
    const std::size_t n = layers.sizes[l];
    const std::size_t m = layers.sizes[l + 1];
    if (l + 1 < kLayers) {
      for (std::size_t o = 0; o < m; ++o) {
        if (activations.of[l + 1][o] < 0) errors[o] *= kLeak;
      }
    }
    before.assign(n, 0);
    for (std::size_t i = 0; i < n; ++i) {
      const float x = activations.of[l][i];
      const float* row = layers[l].data() + i * m;
      float* to = gradient[l].data() + i * m;
      float sum = 0;
      if (l > 0) {
        for (std::size_t o = 0; o < m; ++o) sum += errors[o] * row[o];
      }
      before[i] = sum;
      if (x == 0) continue;
      for (std::size_t o = 0; o < m; ++o) to[o] += x * errors[o];
    }
    float* biases = gradient[l].data() + n * m;
    for (std::size_t o = 0; o < m; ++o) biases[o] += errors[o];
    errors.swap(before);
  }
}

// -ln P(byte) of the mixture, and its gradient by the net's outputs.
double loss_of(const float* outputs, const Bases& bases, Byte byte, float* gradient) {
  constexpr double kRest = 0.0003;
  NetOutputs in;
  for (std::size_t i = 0; i < kNetOutputs; ++i) in[i] = static_cast<double>(outputs[i]);
  NetOutputs slopes;
  const double sum = slopes_of(mixture_of(in, bases), bases, byte, slopes);
  const double p = (1 - kRest) * sum + kRest / 256;
  if (gradient != nullptr) {
    const double share = (1 - kRest) * sum / p;
    for (std::size_t i = 0; i < kNetOutputs; ++i) {
      gradient[i] = static_cast<float>(std::clamp(-share * slopes[i], -5.0, 5.0));
    }
  }
  return -std::log(p);
}

// The inputs, without those of the lattice where it is to be left out.
Bases take_example(const Example& example, bool has_lattice, Activations& activations) {
  Bases bases = example.bases;
  for (std::size_t k = 0; k < kNetInputs; ++k) {
    activations.of[0][k] = static_cast<float>(example.inputs[k]) / (1 << SmallNet::kInputBits);
  }
  if (has_lattice || example.channels > 1) return bases;
  leave_out_lattice(activations.of[0].data());
  bases.centre.fill(example.mean);
  bases.unit.fill(example.scale);
  return bases;
}

double bits_of(const Layers& layers, const std::vector<Example>& examples, bool has_lattice) {
  Activations activations;
  double sum = 0;
  for (const Example& example : examples) {
    const Bases bases = take_example(example, has_lattice, activations);
    forward(layers, activations);
    sum += loss_of(activations.of[kLayers].data(), bases, example.byte, nullptr);
  }
  return sum / std::log(2.0) / static_cast<double>(examples.size());
}

class Training {
 public:
  Training(const Sizes& sizes, std::size_t steps)
      : steps_(steps),
        weights_(sizes),
        average_(sizes),
        gradient_(sizes),
        first_(sizes),
        second_(sizes) {
    for (std::size_t l = 0; l < kLayers; ++l) {
      const double deviation =
          (l + 1 == kLayers ? 0.3 : 1.0) * std::sqrt(1.5 / static_cast<double>(sizes[l]));
      std::normal_distribution<double> draw(0, deviation);
      for (std::size_t i = 0; i < sizes[l] * sizes[l + 1]; ++i) {
        weights_[l][i] = static_cast<float>(draw(random_));
      }
    }
    // Components begin as wide as differently.
    float* biases = weights_[2].data() + sizes[2] * sizes[3];
    constexpr std::array<float, kComponents> kScales = {-1.2F, -0.4F, -0.6F, -0.6F, 0.4F};
    std::ranges::copy(kScales, biases + 2 * kComponents);
    average_ = weights_;
  }

  void step(const std::vector<Example>& examples) {
    constexpr std::size_t kBatch = 128;
    constexpr double kWithoutLattice = 0.35;
    std::uniform_int_distribution<std::size_t> pick(0, examples.size() - 1);
    std::uniform_real_distribution<double> draw;
    for (auto& layer : gradient_.of) std::ranges::fill(layer, 0.0F);
    for (std::size_t i = 0; i < kBatch; ++i) {
      const Example& example = examples[pick(random_)];
      const Bases bases = take_example(example, draw(random_) >= kWithoutLattice, activations_);
      forward(weights_, activations_);
      errors_.resize(kNetOutputs);
      loss_of(activations_.of[kLayers].data(), bases, example.byte, errors_.data());
      errors_.resize(kNetInputs);
      backward(weights_, activations_, errors_, gradient_);
    }
    ++step_;
    adam(kBatch);
  }

  [[nodiscard]] const Layers& average() const { return average_; }
  [[nodiscard]] std::size_t steps_done() const { return step_; }

 private:
  [[nodiscard]] double rate() const {
    constexpr double kRate = 0.002;
    const double at = static_cast<double>(step_) / static_cast<double>(steps_);
    if (step_ < 200) return kRate * static_cast<double>(step_) / 200;
    if (at < 0.3) return kRate;
    return kRate * (0.005 + 0.995 * 0.5 * (1 + std::cos(M_PI * (at - 0.3) / 0.7)));
  }

  void adam(std::size_t batch) {
    const auto rate = static_cast<float>(this->rate());
    const auto t = static_cast<double>(step_);
    const auto first_share = static_cast<float>(1 / (1 - std::pow(0.9, t)));
    const auto second_share = static_cast<float>(1 / (1 - std::pow(0.999, t)));
    const float keep = step_ < 1000 ? 0.99F : 0.999F;
    for (std::size_t l = 0; l < kLayers; ++l) {
      for (std::size_t i = 0; i < weights_[l].size(); ++i) {
        const float g = gradient_[l][i] / static_cast<float>(batch);
        first_[l][i] = 0.9F * first_[l][i] + 0.1F * g;
        second_[l][i] = 0.999F * second_[l][i] + 0.001F * g * g;
        const float size = std::sqrt(second_[l][i] * second_share) + 1e-8F;
        weights_[l][i] -= rate * first_[l][i] * first_share / size;
        weights_[l][i] = std::clamp(weights_[l][i], -4.0F, 4.0F);
        average_[l][i] = keep * average_[l][i] + (1 - keep) * weights_[l][i];
      }
    }
  }

  std::size_t steps_;
  std::size_t step_ = 0;
  std::mt19937_64 random_{2};
  Layers weights_;
  Layers average_;
  Layers gradient_;
  Layers first_;
  Layers second_;
  Activations activations_{};
  std::vector<float> errors_;
};

// As SmallNet has them.
std::vector<std::int16_t> net_numbers(const Layers& layers) {
  std::vector<std::int16_t> numbers;
  const auto put = [&](float weight) {
    const double scaled = std::round(static_cast<double>(weight) * (1 << SmallNet::kWeightBits));
    numbers.push_back(static_cast<std::int16_t>(std::clamp(scaled, -32767.0, 32767.0)));
  };
  for (std::size_t l = 0; l < kLayers; ++l) {
    const std::size_t n = layers.sizes[l];
    const std::size_t m = layers.sizes[l + 1];
    for (std::size_t o = 0; o < m; ++o) {
      for (std::size_t i = 0; i < n; ++i) put(layers[l][i * m + o]);
    }
    for (std::size_t o = 0; o < m; ++o) put(layers[l][n * m + o]);
  }
  return numbers;
}

Bytes bytes_of(const std::vector<std::int16_t>& numbers) {
  Bytes bytes;
  for (const std::int16_t number : numbers) {
    bytes.push_back(static_cast<Byte>(number & 255));
    bytes.push_back(static_cast<Byte>(number >> 8 & 255));
  }
  return bytes;
}

// The linear parts, as a decoder will read them, and their numbers.
struct FittedLinear {
  Linear linear;
  std::vector<std::int16_t> numbers;
};

FittedLinear fit_gray(ByteView patches) {
  constexpr std::size_t kForRows = 700;  // patches
  const FixedWeights fixed = fit_fixed(patches, 0, 1);
  std::vector<std::int16_t> numbers = numbers_of(fixed);
  const RowPrior rows = fit_rows(patches.first(std::min(patches.size(), kForRows * kPatch)), fixed);
  for (const std::int16_t number : numbers_of(rows)) numbers.push_back(number);
  std::vector<std::int16_t> all = numbers;
  all.resize(gray_prior_size());
  const Bytes bytes = bytes_of(all);
  const GrayPrior prior = GrayPrior::read(as_chars(bytes));
  return {{{prior.fixed[0]}, prior.rows}, numbers};
}

FittedLinear fit_rgb(ByteView patches) {
  std::vector<std::int16_t> numbers;
  for (int channel = 0; channel < 3; ++channel) {
    for (const std::int16_t number : numbers_of(fit_fixed(patches, channel, 3))) {
      numbers.push_back(number);
    }
  }
  std::vector<std::int16_t> all = numbers;
  all.resize(rgb_prior_size());
  const Bytes bytes = bytes_of(all);
  const RgbPrior prior = RgbPrior::read(as_chars(bytes));
  return {{{prior.fixed.begin(), prior.fixed.end()}, RowPrior::neutral()}, numbers};
}

Bytes read_patches(const char* path, std::size_t channels) {
  Bytes patches = read_file(path);
  patches.resize(patches.size() / (kPatch * channels) * (kPatch * channels));
  return patches;
}

void say(const std::string& text) {
  fmt::print("{:7.1f} s  {}\n", processor_seconds(), text);
  std::fflush(stdout);
}

int run(int argc, char** argv) {
  const std::string kind = argc == 6 || argc == 9 ? argv[1] : "";
  if (kind != "gray" && kind != "rgb") {
    throw usage_error(
        "usage: train_image gray|rgb PATCHES VALIDATION OUT STEPS [LARGE COLUMNS ROWS]");
  }
  const std::size_t channels = kind == "gray" ? 1 : 3;
  const Bytes patches = read_patches(argv[2], channels);
  const Bytes validation = read_patches(argv[3], channels);
  const std::size_t steps = std::stoul(argv[5]);

  const FittedLinear fitted = channels == 1 ? fit_gray(patches) : fit_rgb(patches);
  say("linear predictors are fitted");
  std::vector<Example> held_out;
  add_examples(validation, kPatchColumns, kPatchRows, fitted.linear, 0.3, held_out);
  std::vector<Example> examples;
  add_examples(patches, kPatchColumns, kPatchRows, fitted.linear, 0.5, examples);
  if (argc == 9) {
    add_examples(read_file(argv[6]), std::stoul(argv[7]), std::stoul(argv[8]), fitted.linear, 0.25,
                 examples);
  }
  say(fmt::format("{} examples, {} to validate", examples.size(), held_out.size()));
  Training training(sizes_of(channels == 1 ? kGrayNet : kRgbNet), steps);
  while (training.steps_done() < steps) {
    training.step(examples);
    if (training.steps_done() % 5000 != 0 && training.steps_done() != steps) continue;
    say(fmt::format("step {}: {:.4f} bits per byte with the lattice, {:.4f} without",
                    training.steps_done(), bits_of(training.average(), held_out, true),
                    bits_of(training.average(), held_out, false)));
    std::vector<std::int16_t> numbers = fitted.numbers;
    for (const std::int16_t number : net_numbers(training.average())) numbers.push_back(number);
    write_file(argv[4], bytes_of(numbers));
  }
  return 0;
}

}  // namespace
}  // namespace zipdream::image

int main(int argc, char** argv) {
  return zipdream::run_program([&] { return zipdream::image::run(argc, argv); });
}
