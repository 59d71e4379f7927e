// SPDX-License-Identifier: Apache-2.0
// Surprisal traces (zipdream/compare.h): how they are made, and how they are drawn.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "base/sequence.h"
#include "zipdream/bytes.h"
#include "zipdream/compare.h"
#include "zipdream/predictor.h"

namespace zipdream {

// Of every continuation after its sequence's prompt and what `start` has seen, sequence after
// sequence; alternatives of the first `detailed` bytes, and where the first `traced` bytes of the
// only sequence come from, counted from the first byte that `start` has seen. The same on any
// number of threads; calls `on_scored` after each byte, from several threads. Throws Interrupted
// when the user asks to stop. REQUIRES: as many continuations as sequences; find_unencodable_byte()
// finds none (generator/score.h).
[[nodiscard]] SurprisalTrace trace_surprisal(const Predictor& start,
                                             std::span<const Sequence> sequences,
                                             std::span<const Bytes> continuations,
                                             std::size_t detailed,
                                             const std::function<void()>& on_scored,
                                             std::size_t traced = 0);

// How the bits add up along the bytes, at few enough places to draw: for charts.
struct SurprisalCurve {
  struct Point {
    std::size_t position = 0;  // bytes before it
    double cumulative = 0;     // bits of all of them
    double recent = 0;  // bits per byte of the last window of them, or of all if they are fewer
  };
  std::size_t window = 0;     // bytes
  std::vector<Point> points;  // rising; the last one is the end
};

// At most `max_points` points, evenly spaced; the window is a 32nd of the bytes, at least 16.
// REQUIRES: max_points > 0.
[[nodiscard]] SurprisalCurve surprisal_curve(std::span<const double> bits, std::size_t max_points);

// ---- Surprisal in a few steps, for painting: the same on a terminal, on a page and in a map ----

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
