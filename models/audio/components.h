// SPDX-License-Identifier: Apache-2.0
// Mixtures of logistics for the next value of a channel: by widths around what stage 2 predicts,
// weighed by who was right; and by a net that was taught, whose last layer goes on learning from
// what comes. Doubles in one fixed order: the same bits on every machine.
#pragma once

#include <array>
#include <cstddef>

#include "models/audio/prior.h"
#include "models/common/logistic_mixture.h"

namespace zipdream::audio {

// What stage 2 says of the next value. `unit`: about how far off it is.
struct Expected {
  std::array<double, 2> means;  // stage 2's, forgetting fast and slowly
  double unit;                  // above 0
};

// Both means at several widths. Threads: as a standard container.
class Widths {
 public:
  [[nodiscard]] const LogisticMixture& mixture() const { return mixture_; }

  void predict(const Expected& expected);
  // Weighs by `value`, which came after the last prediction, in a bin of that width.
  void learn(double value, double bin_width);

 private:
  // Logarithms of what each component alone made of the last values, the last ones most.
  std::array<double, LogisticMixture::kMaxComponents> merits_{};
  LogisticMixture mixture_;
};

// The mixture of the net's answer, and what is added to the answer as the sound is heard: the last
// layer is changed by stochastic gradient descent on -ln P. Threads: as a standard container.
class TaughtMixture {
 public:
  [[nodiscard]] const LogisticMixture& mixture() const { return mixture_; }

  void predict(const SmallNet& net, const NetInputs& inputs, const Expected& expected);
  // As that of Widths.
  void learn(double value, double bin_width);

 private:
  static constexpr std::size_t kOutputs = 3 * kNetComponents;
  // What the last layer sees: the hidden units and a 1, filled up.
  static constexpr std::size_t kSeen = kNetShape.more_hidden + 8;

  double unit_ = 1;
  std::array<double, kSeen> seen_{};
  std::array<std::array<double, kSeen>, kOutputs> changes_{};  // to the weights
  LogisticMixture mixture_;
};

// Two mixtures as one, with shares by who was right. Threads: as a standard container.
class JoinedMixture {
 public:
  [[nodiscard]] const LogisticMixture& mixture() const { return mixture_; }

  void join(const LogisticMixture& first, const LogisticMixture& second);
  // REQUIRES: the mixtures that were joined last.
  void learn(double value, double bin_width, const LogisticMixture& first,
             const LogisticMixture& second);

 private:
  double trust_ = 0;  // in the first: the logit of its share
  LogisticMixture mixture_;
};

}  // namespace zipdream::audio
