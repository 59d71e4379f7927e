// SPDX-License-Identifier: Apache-2.0
#include "models/image/combiner.h"

#include <algorithm>
#include <cmath>

#include "models/common/fixed_math.h"

namespace zipdream::image {
namespace {

constexpr float kLn2 = 0.693147181F;

// Collects arguments of logarithms, which are then taken all at once.
class Logarithms {
 public:
  // input = factor log2(value). REQUIRES: value is positive.
  void plain(std::size_t input, float factor, float value) { add(input, factor, value); }

  // input = sign(value) ln(1 + |value|).
  void two_sided(std::size_t input, float value) {
    add(input, value < 0 ? -kLn2 : kLn2, 1 + std::abs(value));
  }

  void finish(NetInputs& inputs) {
    const std::size_t padded = (count_ + kLanes - 1) / kLanes * kLanes;
    std::fill(values_.begin() + count_, values_.begin() + padded, 1.0F);
    best_kernels().log2_all(values_.data(), static_cast<int>(padded));
    for (std::size_t i = 0; i < count_; ++i) inputs[inputs_[i]] = factors_[i] * values_[i];
  }

 private:
  void add(std::size_t input, float factor, float value) {
    inputs_[count_] = input;
    factors_[count_] = factor;
    values_[count_++] = value;
  }

  static constexpr std::size_t kMaxCount = 128;
  std::size_t count_ = 0;
  std::array<std::size_t, kMaxCount> inputs_;
  std::array<float, kMaxCount> factors_;
  std::array<float, kMaxCount> values_;
};

constexpr std::size_t kNear = 28;  // neighbours that the net sees

void describe_predictions(const Outlook& outlook, Logarithms& logs) {
  const float mean = outlook.estimates.mean;
  const float s = outlook.scale;
  const float shift = outlook.place.centre - mean;
  std::size_t at = 0;
  for (std::size_t k = 0; k < kNear; ++k) {
    logs.two_sided(at++, 0.7F * (outlook.place.regressors[k] + shift) / s);
  }
  for (const float value : outlook.estimates.value) logs.two_sided(at++, 2 * (value - mean) / s);
  for (std::size_t i = 0; i < 8; ++i) logs.two_sided(at++, outlook.errors[i] / s);
  for (std::size_t i = 0; i < 8; ++i) {
    logs.plain(at++, 0.5F, (std::abs(outlook.errors[i]) + 0.05F) / s);
  }
  const float le = outlook.near_error[kEstimates];
  for (std::size_t k = 0; k < kEstimates; ++k) {
    logs.plain(at++, 1, (outlook.near_error[k] + 0.03F) / (le + 0.03F));
  }
  const auto [low, high] = std::minmax_element(outlook.estimates.value.begin(),
                                               outlook.estimates.value.begin() + kFitted);
  logs.plain(at++, 0.3F, s);
  logs.plain(at++, 0.3F, le + 0.05F);
  logs.plain(at++, 0.5F, (outlook.activity + 0.1F) / s);
  logs.plain(at++, 0.5F, (outlook.wide_activity + 0.1F) / s);
  logs.plain(at++, 0.5F, (outlook.run_error + 0.05F) / s);
  logs.plain(at++, 0.5F, (*high - *low + 0.01F) / s);
}

float flag(bool is_set) { return is_set ? 1.0F : 0.0F; }

// Cosine and sine of the place of the mean between two whole numbers, where that matters.
void describe_fraction(float mean, float s, float* out) {
  if (s >= 2) return;
  out[0] = static_cast<float>(sine_of_turns(static_cast<double>(mean) + 0.25)) / (0.5F + s);
  out[1] = static_cast<float>(sine_of_turns(static_cast<double>(mean))) / (0.5F + s);
}

constexpr std::size_t kPlaceInputs = 66;  // the first of them
constexpr std::size_t kPhaseInputs = 77;
constexpr std::size_t kFractionInputs = 93;
constexpr std::size_t kLatticeInputs = 96;

void describe_place(const Outlook& outlook, NetInputs& inputs) {
  const float mean = outlook.estimates.mean;
  float* to = inputs.data() + kPlaceInputs;
  *to++ = mean / 128 - 1;
  *to++ = std::max(1 - mean / 10, 0.0F);
  *to++ = std::max((mean - 245) / 10, 0.0F);
  for (int y = 0; y < 3; ++y) *to++ = flag(outlook.y == y);
  for (const int x : {0, 1, outlook.width - 1, outlook.width - 2}) *to++ = flag(outlook.x == x);
  *to++ = 1 / (1 + static_cast<float>(outlook.y));
  describe_fraction(mean, outlook.scale, inputs.data() + kFractionInputs);
  inputs[kFractionInputs + 2] = flag(outlook.x == 0 && outlook.y == 0);
}

void describe_lattice(const Outlook& outlook, const LatticeOutlook& lattice, NetInputs& inputs,
                      Logarithms& logs) {
  if (!lattice.is_on) return;
  const float s = outlook.scale;
  const float off = lattice.mean - outlook.estimates.mean;
  float* in = inputs.data() + kLatticeInputs;
  inputs[kPhaseInputs + lattice.column] = 1;
  inputs[kPhaseInputs + 8 + lattice.row] = 1;
  logs.two_sided(kLatticeInputs, 2 * off / s);
  logs.two_sided(kLatticeInputs + 1, off / lattice.deviation);
  logs.plain(kLatticeInputs + 2, 0.5F, (lattice.deviation + 0.02F) / s);
  logs.plain(kLatticeInputs + 3, 0.3F, lattice.deviation + 0.05F);
  const float z = lattice.log_noise;
  in[4] = z;
  in[5] = std::max(z, 0.0F);
  in[6] = std::max(-0.6F - z, 0.0F);
  if (lattice.row >= 6) {
    const std::size_t gate = lattice.row == 7 ? 0 : 1;
    logs.two_sided(kLatticeInputs + 7 + gate, 2 * off / s);
    in[9 + gate] = z;
  }
  logs.two_sided(kLatticeInputs + 11, lattice.last_error[0]);
  logs.two_sided(kLatticeInputs + 12, lattice.last_error[1]);
  logs.two_sided(kLatticeInputs + 13, std::abs(lattice.last_offset) / s);
  in[14] = 1;
  in[15] = lattice.evidence;
}

// The errors of the channels before take the places of the lattice, which is looked for in gray
// pictures alone.
void describe_channels(const Outlook& outlook, NetInputs& inputs, Logarithms& logs) {
  inputs[kPhaseInputs + static_cast<std::size_t>(std::min(outlook.channel, 7))] = 1;
  for (std::size_t other = 0; other < 2; ++other) {
    const float error = outlook.other_errors[other];
    logs.two_sided(kLatticeInputs + other, error / outlook.scale);
    logs.plain(kLatticeInputs + 2 + other, 0.5F, (std::abs(error) + 0.05F) / outlook.scale);
  }
}

}  // namespace

void describe(const Outlook& outlook, const LatticeOutlook& lattice, std::size_t channels,
              NetInputs& inputs, Bases& bases) {
  inputs.fill(0);
  Logarithms logs;
  describe_predictions(outlook, logs);
  describe_place(outlook, inputs);
  if (channels > 1) describe_channels(outlook, inputs, logs);
  describe_lattice(outlook, lattice, inputs, logs);
  logs.finish(inputs);
  const float m = outlook.estimates.mean;
  const float s = outlook.scale;
  bases.centre.fill(m);
  bases.unit.fill(s);
  if (!lattice.is_on) return;
  const float own = 1 / (s * s);
  const float other = 1 / (lattice.deviation * lattice.deviation);
  bases.centre[2] = bases.centre[4] = (own * m + other * lattice.mean) / (own + other);
  bases.unit[2] = bases.unit[4] = 1 / std::sqrt(own + other) + 0.02F;
  bases.centre[3] = lattice.mean;
  bases.unit[3] = lattice.deviation + 0.02F;
}

void leave_out_lattice(float* inputs) {
  std::fill(inputs + kPhaseInputs, inputs + kFractionInputs, 0.0F);
  std::fill(inputs + kLatticeInputs, inputs + kNetInputs, 0.0F);
}

LogisticMixture mixture_of(const NetOutputs& outputs, const Bases& bases) {
  LogisticMixture mixture;
  mixture.components = kComponents;
  double sum = 0;
  const double most = *std::max_element(outputs.begin(), outputs.begin() + kComponents);
  for (std::size_t k = 0; k < kComponents; ++k) {
    mixture.weight[k] = fast_exp(outputs[k] - most);
    sum += mixture.weight[k];
    const auto unit = static_cast<double>(bases.unit[k]);
    const double shift = std::clamp(outputs[kComponents + k], -20.0, 20.0);
    mixture.mean[k] = static_cast<double>(bases.centre[k]) + unit * shift;
    const double scale = std::clamp(outputs[2 * kComponents + k], -6.0, 4.0);
    mixture.sharpness[k] = fast_exp(-scale) / unit;
  }
  for (std::size_t k = 0; k < kComponents; ++k) mixture.weight[k] /= sum;
  return mixture;
}

double slopes_of(const LogisticMixture& mixture, const Bases& bases, Byte byte,
                 NetOutputs& slopes) {
  std::array<double, kComponents> part;
  double sum = 0;
  for (std::size_t k = 0; k < kComponents; ++k) {
    double by_mean = 0;
    double by_scale = 0;
    const auto side = [&](double edge, double sign) {
      const double z = (edge - mixture.mean[k]) * mixture.sharpness[k];
      const double below = logistic(z);
      const double slope = sign * below * (1 - below);
      by_mean -= slope * mixture.sharpness[k];
      by_scale -= slope * z;
      return below;
    };
    const double high = byte == 255 ? 1 : side(byte + 0.5, 1);
    const double low = byte == 0 ? 0 : side(byte - 0.5, -1);
    part[k] = high - low;
    slopes[kComponents + k] = mixture.weight[k] * by_mean * static_cast<double>(bases.unit[k]);
    slopes[2 * kComponents + k] = mixture.weight[k] * by_scale;
    sum += mixture.weight[k] * part[k];
  }
  const double inverse = 1 / (sum + 1e-6);
  for (std::size_t k = 0; k < kComponents; ++k) {
    slopes[k] = mixture.weight[k] * (part[k] - sum) * inverse;
    slopes[kComponents + k] *= inverse;
    slopes[2 * kComponents + k] *= inverse;
  }
  return sum;
}

LogisticMixture OutputShifts::mix(NetOutputs outputs, const Bases& bases) {
  for (std::size_t k = 0; k < outputs.size(); ++k) outputs[k] += shifts_[k];
  bases_ = bases;
  last_ = mixture_of(outputs, bases);
  return last_;
}

void OutputShifts::learn(Byte byte) {
  constexpr double kRate = 0.005;
  constexpr double kMaxSlope = 3;
  constexpr double kMaxShift = 2;
  NetOutputs slopes;
  slopes_of(last_, bases_, byte, slopes);
  for (std::size_t k = 0; k < slopes.size(); ++k) {
    const double step = kRate * std::clamp(slopes[k], -kMaxSlope, kMaxSlope);
    shifts_[k] = std::clamp(shifts_[k] + step, -kMaxShift, kMaxShift);
  }
}

LogisticMixture ScaleMixture::mix(const Outlook& outlook, const LatticeOutlook& lattice) {
  constexpr std::array<double, kComponents> kScales = {0.22, 0.40, 0.70, 1.2, 2.6};
  last_.components = kComponents;
  auto mean = static_cast<double>(outlook.estimates.mean);
  auto scale = static_cast<double>(outlook.scale);
  if (lattice.is_on) {
    const auto deviation = static_cast<double>(lattice.deviation);
    const double own = 1 / (scale * scale);
    const double other = 1 / (deviation * deviation);
    mean = (own * mean + other * static_cast<double>(lattice.mean)) / (own + other);
    scale = 1 / std::sqrt(own + other);
  }
  for (std::size_t k = 0; k < kComponents; ++k) {
    last_.weight[k] = weights_[k];
    last_.mean[k] = mean;
    last_.sharpness[k] = 1 / (kScales[k] * scale);
  }
  return last_;
}

void ScaleMixture::learn(Byte byte) {
  constexpr double kRate = 0.01;
  std::array<double, kComponents> shares;
  double sum = 1e-30;
  for (std::size_t k = 0; k < kComponents; ++k) {
    const auto below = [&](double edge) {
      return logistic((edge - last_.mean[k]) * last_.sharpness[k]);
    };
    const double low = byte == 0 ? 0 : below(byte - 0.5);
    const double high = byte == 255 ? 1 : below(byte + 0.5);
    shares[k] = weights_[k] * (high - low);
    sum += shares[k];
  }
  double total = 0;
  for (std::size_t k = 0; k < kComponents; ++k) {
    weights_[k] += kRate * (shares[k] / sum - weights_[k]);
    weights_[k] = std::max(weights_[k], 1e-3);
    total += weights_[k];
  }
  for (double& weight : weights_) weight /= total;
}

}  // namespace zipdream::image
