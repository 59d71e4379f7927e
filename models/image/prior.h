// SPDX-License-Identifier: Apache-2.0
// What was learnt from pictures beforehand (scripts/train_image_prior.sh).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "models/common/small_net.h"
#include "models/image/lattice.h"
#include "models/image/regression.h"

namespace zipdream {

// The numbers of image::Prior, 16 bits each, little endian.
extern const std::string_view kImagePriorNumbers;

namespace image {

inline constexpr std::size_t kNetInputs = 112;
inline constexpr std::size_t kNetOutputs = 15;
inline constexpr SmallNetShape kGrayNet = {kNetInputs, 64, 32, kNetOutputs};

inline constexpr std::array<int, kFixedSizes> kFixedRegressors = {6, 10, 16, 32};

// The numbers of a part of the prior, and back. Numbers are rounded to what 16 bits hold.
[[nodiscard]] std::vector<std::int16_t> numbers_of(const FixedWeights& fixed);
[[nodiscard]] std::vector<std::int16_t> numbers_of(const RowPrior& rows);

// Threads: const members may be called from many.
struct Prior {
  FixedWeights fixed;  // of gray pictures
  RowPrior rows;
  SmallNet gray;

  // REQUIRES: the numbers of the three, one after the other.
  [[nodiscard]] static Prior read(std::string_view numbers);
};

// The one that comes along, and how many numbers it has. Valid for the life of the program.
[[nodiscard]] const Prior& prior();
[[nodiscard]] std::size_t prior_size();

}  // namespace image
}  // namespace zipdream
