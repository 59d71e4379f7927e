// SPDX-License-Identifier: Apache-2.0
// Surprisal in a few steps, for painting: the same steps on a terminal, on a page and in a map.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>

namespace zipdream {

// In bits. Level 0 is what lies below the first bound, level i what lies below the next one.
// Knowing nothing of a byte costs 8 bits.
inline constexpr std::array<double, 6> kHeatBounds = {0.5, 1, 2, 4, 8, 12};
inline constexpr std::size_t kHeatLevels = kHeatBounds.size() + 1;

[[nodiscard]] inline std::size_t heat_level(double bits) {
  return static_cast<std::size_t>(std::ranges::upper_bound(kHeatBounds, bits) -
                                  kHeatBounds.begin());
}

// On a page: ColorBrewer's YlOrRd, which reads for every kind of colour vision. Of level 0 only in
// maps; a text is left as it is.
struct HeatColor {
  unsigned char red, green, blue;
};
inline constexpr std::array<HeatColor, kHeatLevels> kHeatColors = {{{247, 247, 247},
                                                                    {255, 255, 178},
                                                                    {254, 217, 118},
                                                                    {254, 178, 76},
                                                                    {253, 141, 60},
                                                                    {240, 59, 32},
                                                                    {189, 0, 38}}};

}  // namespace zipdream
