// SPDX-License-Identifier: Apache-2.0
#include "models/audio/components.h"

#include <algorithm>
#include <span>

#include "models/common/adaptive_filter.h"
#include "models/common/fixed_math.h"

namespace zipdream::audio {
namespace {

// Components without a net are these times as wide as the scale.
constexpr std::array<double, 5> kWidths = {0.35, 0.65, 1.0, 1.6, 3.5};
constexpr double kMeritMemory = 0.99;
constexpr double kMinMerit = 1e-3;

// Of the net's last layer: larger steps gain more on voices unlike those that it was taught, and
// lose more on those that it knows.
constexpr double kLearningRate = 3e-4;
constexpr double kMaxSlope = 3;
constexpr double kLeastShare = 1e-4 / 256;  // of a value, so that no slope is without bounds

constexpr double kTrustMemory = 0.99;
constexpr double kTrustRate = 0.4;
constexpr double kFirstTrust = 2;  // to which trust returns
constexpr double kMaxTrust = 8;

// Also what is no number is made one.
double within(double value, double limit) {
  if (!(value > -limit)) return -limit;
  return std::min(value, limit);
}

// A component's share of the bin around a value, and the densities at both of its edges.
struct Share {
  double low;  // edges, in units of the component's width from its mean
  double high;
  double at_low;
  double at_high;
  double share;
};

Share share_of(const LogisticMixture& mixture, std::size_t k, double value, double bin_width) {
  const double center = (value - mixture.mean[k]) * mixture.sharpness[k];
  const double half = bin_width / 2 * mixture.sharpness[k];
  const double below_low = logistic(center - half);
  const double below_high = logistic(center + half);
  return {.low = center - half,
          .high = center + half,
          .at_low = below_low * (1 - below_low),
          .at_high = below_high * (1 - below_high),
          .share = below_high - below_low};
}

double share_of(const LogisticMixture& mixture, double value, double bin_width) {
  return mixture.below(value + bin_width / 2) - mixture.below(value - bin_width / 2);
}

void normalize(LogisticMixture& mixture, double sum) {
  for (std::size_t k = 0; k < mixture.components; ++k) mixture.weight[k] /= sum;
}

}  // namespace

void Widths::predict(const Expected& expected) {
  mixture_.components = expected.means.size() * kWidths.size();
  double best = merits_[0];
  for (std::size_t k = 0; k < mixture_.components; ++k) best = std::max(best, merits_[k]);
  double sum = 0;
  for (std::size_t k = 0; k < mixture_.components; ++k) {
    mixture_.weight[k] = fast_exp(merits_[k] - best) + kMinMerit;
    sum += mixture_.weight[k];
    mixture_.mean[k] = expected.means[k / kWidths.size()];
    mixture_.sharpness[k] = 1 / (expected.unit * kWidths[k % kWidths.size()]);
  }
  normalize(mixture_, sum);
}

void Widths::learn(double value, double bin_width) {
  for (std::size_t k = 0; k < mixture_.components; ++k) {
    const double center = (value - mixture_.mean[k]) * mixture_.sharpness[k];
    const double half = bin_width / 2 * mixture_.sharpness[k];
    const double share = logistic(center + half) - logistic(center - half);
    merits_[k] = kMeritMemory * merits_[k] + fast_log(share + 1e-6);
  }
}

void TaughtMixture::predict(const SmallNet& net, const NetInputs& inputs,
                            const Expected& expected) {
  std::array<double, kOutputs> outputs;
  net.run(inputs, outputs, std::span(seen_).first<kNetShape.more_hidden>());
  seen_[kNetShape.more_hidden] = 1;
  for (std::size_t o = 0; o < kOutputs; ++o) {
    outputs[o] += lanes::dot(changes_[o].data(), seen_.data(), kSeen);
  }
  unit_ = expected.unit;
  mixture_.components = kNetComponents;
  double best = outputs[2];
  for (std::size_t k = 1; k < kNetComponents; ++k) best = std::max(best, outputs[3 * k + 2]);
  double sum = 0;
  for (std::size_t k = 0; k < kNetComponents; ++k) {
    mixture_.mean[k] = expected.means[0] + unit_ * std::clamp(outputs[3 * k], -100.0, 100.0);
    mixture_.sharpness[k] = fast_exp(-std::clamp(outputs[3 * k + 1], -4.0, 4.0)) / unit_;
    mixture_.weight[k] = fast_exp(outputs[3 * k + 2] - best);
    sum += mixture_.weight[k];
  }
  normalize(mixture_, sum);
}

// Slopes of -ln P of the value's bin along the answer: a component's place, the logarithm of its
// width, and that of its weight.
void TaughtMixture::learn(double value, double bin_width) {
  std::array<Share, kNetComponents> shares;
  double all = kLeastShare;
  for (std::size_t k = 0; k < kNetComponents; ++k) {
    shares[k] = share_of(mixture_, k, value, bin_width);
    all += mixture_.weight[k] * shares[k].share;
  }
  for (std::size_t k = 0; k < kNetComponents; ++k) {
    const Share& of = shares[k];
    const double weight = mixture_.weight[k] / all;
    const std::array<double, 3> slopes = {
        weight * mixture_.sharpness[k] * unit_ * (of.at_high - of.at_low),
        weight * (of.high * of.at_high - of.low * of.at_low), weight * (all - of.share)};
    for (std::size_t i = 0; i < slopes.size(); ++i) {
      lanes::add_scaled(changes_[3 * k + i].data(), -kLearningRate * within(slopes[i], kMaxSlope),
                        seen_.data(), kSeen);
    }
  }
}

void JoinedMixture::join(const LogisticMixture& first, const LogisticMixture& second) {
  const double share = logistic(trust_);
  mixture_.components = 0;
  const auto add = [&](const LogisticMixture& mixture, double times) {
    for (std::size_t k = 0; k < mixture.components; ++k) {
      const std::size_t to = mixture_.components++;
      mixture_.weight[to] = mixture.weight[k] * times;
      mixture_.mean[to] = mixture.mean[k];
      mixture_.sharpness[to] = mixture.sharpness[k];
    }
  };
  add(first, share);
  add(second, 1 - share);
}

void JoinedMixture::learn(double value, double bin_width, const LogisticMixture& first,
                          const LogisticMixture& second) {
  constexpr double kLeast = 1e-5;
  const double gain = fast_log(share_of(first, value, bin_width) + kLeast) -
                      fast_log(share_of(second, value, bin_width) + kLeast);
  trust_ = within(kTrustMemory * trust_ + (1 - kTrustMemory) * kFirstTrust + kTrustRate * gain,
                  kMaxTrust);
}

}  // namespace zipdream::audio
