// SPDX-License-Identifier: Apache-2.0
// Teaches the net of the model `audio`, whose outputs are the mixture of logistics, by recorded
// speech. It is asked about every sample what the model itself will ask it, in the same integers;
// it learns in floats, by Adam, what makes -log2 P of the sample small, and is rounded in the end.
//
// Usage: train_audio_prior OUT STEPS SAMPLES...
//   OUT      the prior; written every so often too, so that nothing is lost with the last steps
//   STEPS    of a batch of 64 samples each: a million take some five minutes of a processor
//   SAMPLES  recordings at 16 kHz: 16 bits signed, little endian, without a header
// Every sixteenth chunk is held back, and how well it is predicted is printed.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "apps/bench/program.h"
#include "base/files.h"
#include "models/audio/channel_model.h"
#include "models/audio/prior.h"
#include "zipdream/random.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "apps/bench/train_audio_prior.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace zipdream::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;
using Tag = hn::CappedTag<float, 16>;
constexpr std::size_t kWidth = hn::MaxLanes(Tag());

// out[r][c] += the sum over i of a[r][i] b[i][c], where a[r][i] stands at a[r row + i column]: some
// rows by some vectors of columns at once.
template <std::size_t kRows, std::size_t kVectors>
HWY_INLINE void add_tile(const float* a, std::size_t row, std::size_t column, const float* b,
                         std::size_t inner, std::size_t columns, float* out) {
  const Tag tag;
  hn::Vec<Tag> sums[kRows][kVectors];
  for (std::size_t r = 0; r < kRows; ++r) {
    for (std::size_t v = 0; v < kVectors; ++v) {
      sums[r][v] = hn::LoadU(tag, out + r * columns + v * kWidth);
    }
  }
  for (std::size_t i = 0; i < inner; ++i) {
    hn::Vec<Tag> of_b[kVectors];
    for (std::size_t v = 0; v < kVectors; ++v) {
      of_b[v] = hn::LoadU(tag, b + i * columns + v * kWidth);
    }
    for (std::size_t r = 0; r < kRows; ++r) {
      const auto factor = hn::Set(tag, a[r * row + i * column]);
      for (std::size_t v = 0; v < kVectors; ++v) {
        sums[r][v] = hn::MulAdd(factor, of_b[v], sums[r][v]);
      }
    }
  }
  for (std::size_t r = 0; r < kRows; ++r) {
    for (std::size_t v = 0; v < kVectors; ++v) {
      hn::StoreU(sums[r][v], tag, out + r * columns + v * kWidth);
    }
  }
}

// REQUIRES: rows is a multiple of 4 and columns one of 16.
void add_product(const float* a, std::size_t row, std::size_t column, const float* b,
                 std::size_t rows, std::size_t inner, std::size_t columns, float* out) {
  for (std::size_t c = 0; c < columns;) {
    const bool wide = c + 3 * kWidth <= columns;
    for (std::size_t r = 0; r < rows; r += 4) {
      float* const to = out + r * columns + c;
      if (wide) {
        add_tile<4, 3>(a + r * row, row, column, b + c, inner, columns, to);
      } else {
        add_tile<4, 1>(a + r * row, row, column, b + c, inner, columns, to);
      }
    }
    c += wide ? 3 * kWidth : kWidth;
  }
}

void adam(float* values, float* gradients, float* means, float* squares, std::size_t count,
          float rate, float root_correction) {
  const Tag tag;
  const auto set = [&](float x) HWY_ATTR { return hn::Set(tag, x); };
  for (std::size_t i = 0; i < count; i += kWidth) {
    const auto g = hn::LoadU(tag, gradients + i);
    const auto m = hn::MulAdd(set(0.9F), hn::LoadU(tag, means + i), hn::Mul(set(0.1F), g));
    const auto s =
        hn::MulAdd(set(0.999F), hn::LoadU(tag, squares + i), hn::Mul(set(0.001F), hn::Mul(g, g)));
    hn::StoreU(m, tag, means + i);
    hn::StoreU(s, tag, squares + i);
    const auto root = hn::Add(hn::Mul(hn::Sqrt(s), set(root_correction)), set(1e-8F));
    const auto step = hn::Div(hn::Mul(m, set(rate)), root);
    hn::StoreU(hn::Sub(hn::LoadU(tag, values + i), step), tag, values + i);
    hn::StoreU(hn::Zero(tag), tag, gradients + i);
  }
}

}  // namespace
}  // namespace zipdream::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace zipdream::audio {
namespace {

HWY_EXPORT(add_product);
HWY_EXPORT(adam);

constexpr std::size_t kChunk = 2048;
constexpr std::size_t kBatch = 64;
constexpr std::size_t kHeldBack = 16;  // every so many chunks
constexpr std::size_t kReport = 100'000;
constexpr float kFirstRate = 0.002F;
constexpr double kUniform = 1e-4;

// What is asked of the net at one sample, and where the sample lies from mu in units.
struct Question {
  NetInputs inputs;
  float low;
  float high;
};

struct Questions {
  std::vector<Question> learnt;
  std::vector<Question> held_back;
};

using Samples = std::vector<std::uint8_t>;

std::vector<double> read_recordings(const std::vector<std::string>& paths) {
  std::vector<double> all;
  for (const std::string& path : paths) {
    const Bytes bytes = read_file(path);
    for (std::size_t i = 0; i + 1 < bytes.size(); i += 2) {
      all.push_back(static_cast<std::int16_t>(bytes[i + 1] << 8 | bytes[i]));
    }
  }
  return all;
}

// Samples of 8 bits; with a gain drawn for every 64 chunks, but where that would clip.
Samples eight_bits(const std::vector<double>& recordings, double max_decibels, Rng& rng) {
  constexpr std::size_t kPart = 64 * kChunk;
  Samples samples;
  for (std::size_t first = 0; first < recordings.size(); first += kPart) {
    const std::size_t last = std::min(first + kPart, recordings.size());
    double loudest = 1;
    for (std::size_t i = first; i < last; ++i) loudest = std::max(loudest, std::abs(recordings[i]));
    const double decibels = (2 * rng.uniform() - 1) * max_decibels;
    const double gain =
        max_decibels == 0 ? 1 : std::min(std::pow(10, decibels / 20), 32000 / loudest);
    for (std::size_t i = first; i < last; ++i) {
      const double value = std::floor((std::rint(recordings[i] * gain) + 32768) / 256);
      samples.push_back(static_cast<std::uint8_t>(std::clamp(value, 0.0, 255.0)));
    }
  }
  return samples;
}

double value_of(std::uint8_t sample) { return sample - 127.5; }

void put_number(std::string& out, double value) {
  const auto number = static_cast<int>(std::lrint(std::clamp(value, -32767.0, 32767.0)));
  out.push_back(static_cast<char>(number & 255));
  out.push_back(static_cast<char>(number >> 8 & 255));
}

void ask(const Samples& samples, const Prior& prior, Questions& out) {
  for (std::size_t first = 0; first < samples.size(); first += kChunk) {
    ChannelModel model(prior, false);
    const auto width = [](double) { return 1.0; };
    auto& to = first / kChunk % kHeldBack == kHeldBack - 1 ? out.held_back : out.learnt;
    model.look_ahead(nullptr, width);
    for (std::size_t i = first; i < std::min(first + kChunk, samples.size()); ++i) {
      const double value = value_of(samples[i]);
      const auto edge = [&](double x) {
        return static_cast<float>((x - model.mu()) / model.unit());
      };
      to.push_back({model.net_inputs(), samples[i] == 0 ? -1e9F : edge(value - 0.5),
                    samples[i] == 255 ? 1e9F : edge(value + 0.5)});
      model.append(value);
      model.look_ahead(nullptr, width);
    }
  }
}

// Parameters of a layer with what Adam knows of them: weights (inputs, outputs), then biases.
class Layer {
 public:
  Layer(std::size_t inputs, std::size_t outputs, Rng& rng)
      : inputs_(inputs), outputs_(outputs), padded_((outputs + 15) / 16 * 16) {
    for (auto* values : {&values_, &gradients_, &means_, &squares_}) {
      values->resize((inputs + 1) * padded_);
    }
    const double size = std::sqrt(6.0 / static_cast<double>(inputs));
    for (std::size_t i = 0; i < inputs * padded_; ++i) {
      if (i % padded_ < outputs) {
        values_[i] = static_cast<float>(size * (2 * rng.uniform() - 1));
      }
    }
  }

  [[nodiscard]] std::size_t padded() const { return padded_; }
  // One of the weights for an output, or with input == inputs its bias.
  float& value(std::size_t input, std::size_t output) { return values_[input * padded_ + output]; }

  // out (batch, padded) = in (batch, inputs) x weights + biases.
  void forward(const std::vector<float>& in, std::size_t batch, std::vector<float>& out) const {
    out.resize(batch * padded_);
    for (std::size_t b = 0; b < batch; ++b) {
      std::copy_n(&values_[inputs_ * padded_], padded_, &out[b * padded_]);
    }
    HWY_DYNAMIC_DISPATCH(add_product)
    (in.data(), inputs_, 1, values_.data(), batch, inputs_, padded_, out.data());
  }

  // Adds to the gradients, and if `of_in` isn't null makes those of the inputs.
  void backward(const std::vector<float>& in, std::size_t batch, const std::vector<float>& of_out,
                std::vector<float>* of_in) {
    HWY_DYNAMIC_DISPATCH(add_product)
    (in.data(), 1, inputs_, of_out.data(), inputs_, batch, padded_, gradients_.data());
    for (std::size_t b = 0; b < batch; ++b) {
      for (std::size_t o = 0; o < padded_; ++o) {
        gradients_[inputs_ * padded_ + o] += of_out[b * padded_ + o];
      }
    }
    if (of_in == nullptr) return;
    transposed_.resize(padded_ * inputs_);
    for (std::size_t i = 0; i < inputs_; ++i) {
      for (std::size_t o = 0; o < padded_; ++o) {
        transposed_[o * inputs_ + i] = values_[i * padded_ + o];
      }
    }
    of_in->assign(batch * inputs_, 0);
    HWY_DYNAMIC_DISPATCH(add_product)
    (of_out.data(), padded_, 1, transposed_.data(), batch, padded_, inputs_, of_in->data());
  }

  void step(float rate, std::size_t time) {
    const double first = 1 - std::pow(0.9, static_cast<double>(time));
    const double second = 1 - std::pow(0.999, static_cast<double>(time));
    HWY_DYNAMIC_DISPATCH(adam)
    (values_.data(), gradients_.data(), means_.data(), squares_.data(), values_.size(),
     static_cast<float>(rate / first), static_cast<float>(1 / std::sqrt(second)));
  }

  void serialise(std::string& out) {
    constexpr double kUnit = 1 << SmallNet::kWeightBits;
    for (std::size_t o = 0; o < outputs_; ++o) {
      for (std::size_t i = 0; i < inputs_; ++i) put_number(out, value(i, o) * kUnit);
    }
    for (std::size_t o = 0; o < outputs_; ++o) put_number(out, value(inputs_, o) * kUnit);
  }

 private:
  std::size_t inputs_;
  std::size_t outputs_;
  std::size_t padded_;
  std::vector<float> values_;
  std::vector<float> gradients_;
  std::vector<float> means_;
  std::vector<float> squares_;
  std::vector<float> transposed_;
};

// -ln P of one sample by the net's outputs, whose gradients are written over them if they are to
// be.
double loss_of(float* outputs, float low, float high, bool wants_gradients) {
  std::array<double, kNetComponents> weight, share, slope_mean, slope_scale;
  double sum = 0, p = 0;
  double best = outputs[2];
  for (std::size_t k = 1; k < kNetComponents; ++k)
    best = std::max<double>(best, outputs[3 * k + 2]);
  for (std::size_t k = 0; k < kNetComponents; ++k) {
    const double sharpness = std::exp(-std::clamp(outputs[3 * k + 1], -4.0F, 4.0F));
    const double a = std::clamp((low - outputs[3 * k]) * sharpness, -40.0, 40.0);
    const double b = std::clamp((high - outputs[3 * k]) * sharpness, -40.0, 40.0);
    const double below_a = 1 / (1 + std::exp(-a)), below_b = 1 / (1 + std::exp(-b));
    // Of both, computed where differences keep their digits: on the side of the smaller tail.
    share[k] = a > 0 ? 1 / (1 + std::exp(a)) - 1 / (1 + std::exp(b)) : below_b - below_a;
    const double density_a = below_a * (1 - below_a), density_b = below_b * (1 - below_b);
    slope_mean[k] = (density_a - density_b) * sharpness;
    slope_scale[k] = density_a * a - density_b * b;
    weight[k] = std::exp(outputs[3 * k + 2] - best);
    sum += weight[k];
  }
  for (std::size_t k = 0; k < kNetComponents; ++k) p += (weight[k] /= sum) * share[k];
  const double all = (1 - kUniform) * p + kUniform / 256;
  if (wants_gradients) {
    const double by = -(1 - kUniform) / all;
    for (std::size_t k = 0; k < kNetComponents; ++k) {
      const bool is_clamped = std::abs(outputs[3 * k + 1]) > 4;
      outputs[3 * k] = static_cast<float>(by * weight[k] * slope_mean[k]);
      outputs[3 * k + 1] = is_clamped ? 0 : static_cast<float>(by * weight[k] * slope_scale[k]);
      outputs[3 * k + 2] = static_cast<float>(by * weight[k] * (share[k] - p));
    }
  }
  return -std::log(all);
}

class Net {
 public:
  explicit Net(Rng& rng)
      : layers_{Layer(kNetInputs, kNetShape.hidden, rng),
                Layer(kNetShape.hidden, kNetShape.more_hidden, rng),
                Layer(kNetShape.more_hidden, kNetShape.outputs, rng)} {
    for (std::size_t k = 0; k < kNetComponents; ++k) {  // of several widths
      layers_[2].value(kNetShape.more_hidden, 3 * k + 1) = 0.7F * static_cast<float>(k) - 0.7F;
    }
  }

  void put_input(std::size_t b, const Question& question, bool flipped) {
    values_[0].resize(kBatch * kNetInputs);
    for (std::size_t i = 0; i < kNetInputs; ++i) {
      const float value = static_cast<float>(question.inputs[i]) / (1 << SmallNet::kInputBits);
      values_[0][b * kNetInputs + i] = flipped && i < kOddNetInputs ? -value : value;
    }
    edges_[b] =
        flipped ? std::pair(-question.high, -question.low) : std::pair(question.low, question.high);
  }

  // The mean of -log2 P over the batch that was put in.
  double loss(bool learns) {
    for (std::size_t l = 0; l < 3; ++l) {
      layers_[l].forward(values_[l], kBatch, values_[l + 1]);
      if (l == 2) break;
      for (float& value : values_[l + 1]) value = value < 0 ? value * kLeak : value;
    }
    double sum = 0;
    for (std::size_t b = 0; b < kBatch; ++b) {
      float* const outputs = &values_[3][b * layers_[2].padded()];
      sum += loss_of(outputs, edges_[b].first, edges_[b].second, learns);
      if (learns) std::fill(outputs + kNetShape.outputs, outputs + layers_[2].padded(), 0.0F);
    }
    return sum / kBatch / std::log(2);
  }

  // After loss(true).
  void learn(float rate, std::size_t time) {
    for (std::size_t l = 3; l-- > 0;) {
      std::vector<float>& of_out = l == 2 ? values_[3] : slopes_[l];
      layers_[l].backward(values_[l], kBatch, of_out, l == 0 ? nullptr : &slopes_[l - 1]);
      if (l > 0) {
        for (std::size_t i = 0; i < values_[l].size(); ++i) {
          if (values_[l][i] < 0) slopes_[l - 1][i] *= kLeak;
        }
      }
      layers_[l].step(rate, time);
    }
  }

  void serialise(std::string& out) {
    for (Layer& layer : layers_) layer.serialise(out);
  }

 private:
  static constexpr float kLeak = 1.0F / (1 << SmallNet::kLeakBits);

  std::array<Layer, 3> layers_;
  std::array<std::vector<float>, 4> values_;  // inputs, what layers pass on, outputs
  std::array<std::vector<float>, 2> slopes_;  // of what layers pass on
  std::array<std::pair<float, float>, kBatch> edges_;
};

double held_back_loss(Net& net, const std::vector<Question>& questions) {
  constexpr std::size_t kSkip = 5;
  double sum = 0;
  std::size_t batches = 0;
  for (std::size_t first = 0; first + kSkip * kBatch <= questions.size();
       first += kSkip * kBatch, ++batches) {
    for (std::size_t b = 0; b < kBatch; ++b) net.put_input(b, questions[first + kSkip * b], false);
    sum += net.loss(false);
  }
  return sum / static_cast<double>(batches);
}

void write(const std::string& path, Net& net) {
  std::string out;
  net.serialise(out);
  write_file(path, as_bytes(out));
}

void train(Net& net, const Questions& questions, std::size_t steps, Rng& rng,
           const std::function<void()>& save) {
  double mean = 2;
  for (std::size_t step = 0; step < steps; ++step) {
    for (std::size_t b = 0; b < kBatch; ++b) {
      const std::uint64_t drawn = rng.next();
      const std::size_t place = (drawn >> 1) % questions.learnt.size();
      net.put_input(b, questions.learnt[place], (drawn & 1) != 0);
    }
    mean += 2e-4 * (net.loss(true) - mean);
    const double part = static_cast<double>(step) / static_cast<double>(steps);
    net.learn(kFirstRate * static_cast<float>(0.5 + 0.5 * std::cos(3.14159265 * part)), step + 1);
    if ((step + 1) % kReport == 0 || step + 1 == steps) {
      fmt::print("{} steps: {:.4f} bits, held back {:.4f}, {:.0f} s\n", step + 1, mean,
                 held_back_loss(net, questions.held_back), processor_seconds());
      std::fflush(stdout);
      save();
    }
  }
}

int run(const std::vector<std::string>& arguments) {
  if (arguments.size() < 3) {
    fmt::print(stderr, "usage: train_audio_prior OUT STEPS SAMPLES...\n");
    return 2;
  }
  Rng rng(1, 0);
  const std::vector<double> recordings = read_recordings({arguments.begin() + 2, arguments.end()});
  const Samples as_they_are = eight_bits(recordings, 0, rng);
  // A prior whose net says nothing, for the model to ask.
  const Prior prior(std::string(2 * kNetShape.parameter_count(), '\0'));
  Questions questions;
  ask(as_they_are, prior, questions);
  const std::size_t reported = questions.held_back.size();
  ask(eight_bits(recordings, 9, rng), prior, questions);
  questions.held_back.resize(reported);
  fmt::print("{} samples, {:.0f} s\n", questions.learnt.size(), processor_seconds());
  std::fflush(stdout);
  Net net(rng);
  train(net, questions, std::stoul(arguments[1]), rng, [&] { write(arguments[0], net); });
  return 0;
}

}  // namespace
}  // namespace zipdream::audio

int main(int count, char** values) {
  return zipdream::run_program([&] { return zipdream::audio::run({values + 1, values + count}); });
}
#endif  // HWY_ONCE
