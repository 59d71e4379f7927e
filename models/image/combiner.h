// SPDX-License-Identifier: Apache-2.0
// From what is known of the next pixel to its distribution, a mixture of logistics: by a small net
// that learnt from pictures beforehand, or by scales that are weighed as they prove true.
#pragma once

#include <array>
#include <cstddef>

#include "models/common/logistic_mixture.h"
#include "models/image/lattice.h"
#include "models/image/picture.h"
#include "models/image/prior.h"
#include "zipdream/bytes.h"

namespace zipdream::image {

inline constexpr std::size_t kComponents = 5;

using NetInputs = std::array<float, kNetInputs>;
using NetOutputs = std::array<double, kNetOutputs>;

// Where the components of the net's mixture start from, and their unit.
struct Bases {
  std::array<float, kComponents> centre;
  std::array<float, kComponents> unit;
};

// What the net is told, and its bases. `channels`: of the picture.
void describe(const Outlook& outlook, const LatticeOutlook& lattice, std::size_t channels,
              NetInputs& inputs, Bases& bases);

// Makes the inputs those of a picture without a lattice.
void leave_out_lattice(float* inputs);

// The mixture that the net's outputs stand for: for each component a weight (its logarithm), a
// shift in units, and a scale (its logarithm, in units).
[[nodiscard]] LogisticMixture mixture_of(const NetOutputs& outputs, const Bases& bases);

// The share of the mixture that a byte has, and by how much its logarithm grows with each output.
double slopes_of(const LogisticMixture& mixture, const Bases& bases, Byte byte, NetOutputs& slopes);

// Shifts of the net's outputs that follow what came true in this picture. Copies are independent.
class OutputShifts {
 public:
  [[nodiscard]] LogisticMixture mix(NetOutputs outputs, const Bases& bases);

  // The byte of the last mix() came.
  void learn(Byte byte);

 private:
  NetOutputs shifts_{};
  Bases bases_{};
  LogisticMixture last_;
};

// Without a net: logistics of several scales about one mean. Copies are independent.
class ScaleMixture {
 public:
  [[nodiscard]] LogisticMixture mix(const Outlook& outlook, const LatticeOutlook& lattice);

  // The pixel of the last mix() came.
  void learn(Byte byte);

 private:
  std::array<double, kComponents> weights_ = {0.10, 0.30, 0.35, 0.18, 0.07};
  LogisticMixture last_;
};

}  // namespace zipdream::image
