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

// The numbers of image::Prior, 16 bits each, little endian: those for gray pictures, then for RGB.
extern const std::string_view kImagePriorNumbers;

namespace image {

inline constexpr std::size_t kNetInputs = 112;
inline constexpr std::size_t kNetOutputs = 15;
inline constexpr SmallNetShape kGrayNet = {kNetInputs, 64, 32, kNetOutputs};

inline constexpr SmallNetShape kRgbNet = {kNetInputs, 48, 32, kNetOutputs};

inline constexpr std::array<int, kFixedSizes> kFixedRegressors = {6, 10, 16, 32};

// The numbers of a part of the prior, and back. Numbers are rounded to what 16 bits hold.
[[nodiscard]] std::vector<std::int16_t> numbers_of(const FixedWeights& fixed);
[[nodiscard]] std::vector<std::int16_t> numbers_of(const RowPrior& rows);

// Threads: const members of nets may be called from many.
struct GrayPrior {
  std::array<FixedWeights, 1> fixed;
  RowPrior rows;
  SmallNet net;

  // REQUIRES: as many numbers as numbers_of() its parts has.
  [[nodiscard]] static GrayPrior read(std::string_view numbers);
};
struct RgbPrior {
  std::array<FixedWeights, 3> fixed;  // by channel
  SmallNet net;

  [[nodiscard]] static RgbPrior read(std::string_view numbers);
};

// How many numbers each has.
[[nodiscard]] std::size_t gray_prior_size();
[[nodiscard]] std::size_t rgb_prior_size();

// Those that come along. Valid for the life of the program.
[[nodiscard]] const GrayPrior& gray_prior();
[[nodiscard]] const RgbPrior& rgb_prior();

// What stands in for the fixed weights of RGB where nothing was learnt: a channel differs from its
// surroundings as the one before it does.
[[nodiscard]] std::span<const FixedWeights> neutral_rgb_weights();

}  // namespace image
}  // namespace zipdream
