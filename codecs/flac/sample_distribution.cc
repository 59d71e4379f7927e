// SPDX-License-Identifier: Apache-2.0
#include "codecs/flac/sample_distribution.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace zipdream::flac {
namespace {

// 2^-bits. A folded residual of two samples of 8 bits is 510 at most.
constexpr auto kPowers = [] {
  std::array<double, 512> powers{1};
  for (std::size_t i = 1; i < powers.size(); ++i) powers[i] = powers[i - 1] / 2;
  return powers;
}();

// Samples of 16 bits, without their wasted bits, that one forecast makes equally probable: the bits
// of a residual are the same for 2^(k-1) neighbours on either side of the prediction.
struct Level {
  int first;
  int last;
  double term;  // of each
};

// Those of 65536 terms that aren't below 2^-kDeepest of the first.
constexpr int kDeepest = 64;

class Levels {
 public:
  explicit Levels(const SignalPredictor& forecast)
      : signal_(forecast),
        lowest_(lowest(16) >> forecast.wasted_bits),
        highest_(highest(16) >> forecast.wasted_bits) {}

  // Calls `visit` with the levels, which don't overlap.
  template <typename Visit>
  void each(const Visit& visit) const {
    const Partition& coding = signal_.coding;
    const int deepest = coding.escaped ? 1 : kDeepest;
    for (int depth = 0; depth < deepest; ++depth) {
      // Folded values of this depth: those of residuals at and above 0 are even, others odd.
      const int begin = depth << coding.parameter;
      const int end = (depth + 1) << coding.parameter;
      const double term = kPowers[depth];
      const int above = signal_.prediction;
      visit_within(above + (begin + 1) / 2, above + (end + 1) / 2 - 1, term, visit);
      visit_within(above - end / 2, above - begin / 2 - 1, term, visit);
      if (above + (end + 1) / 2 > highest_ && above - end / 2 <= lowest_) break;
    }
  }

  [[nodiscard]] double sum() const {
    double sum = 0;
    each([&](const Level& level) { sum += level.term * (level.last - level.first + 1); });
    return sum;
  }

  [[nodiscard]] double term(int sample) const {
    const auto folded = fold(sample - signal_.prediction);
    const auto depth = folded >> signal_.coding.parameter;
    return depth < (signal_.coding.escaped ? 1 : kDeepest) ? kPowers[depth] : 0;
  }

 private:
  template <typename Visit>
  void visit_within(int first, int last, double term, const Visit& visit) const {
    first = std::max(first, lowest_);
    last = std::min(last, highest_);
    if (first <= last) visit(Level{first, last, term});
  }

  SignalPredictor signal_;
  int lowest_;
  int highest_;
};

}  // namespace

void add_byte_distribution(const SignalPredictor& forecast, double weight,
                           std::span<double, 256> law) {
  const int low = lowest(8) >> forecast.wasted_bits;
  const int high = highest(8) >> forecast.wasted_bits;
  std::array<double, 256> terms;
  double sum = 0;
  for (int sample = low; sample <= high; ++sample) {
    sum += terms[sample - low] = kPowers[forecast.bits(sample - forecast.prediction)];
  }
  for (int sample = low; sample <= high; ++sample) {
    law[to_byte(sample << forecast.wasted_bits)] += weight * terms[sample - low] / sum;
  }
}

void add_low_byte_distribution(const SignalPredictor& forecast, double weight,
                               std::span<double, 256> law) {
  const Levels levels(forecast);
  const int period = std::max(1, 256 >> forecast.wasted_bits);  // low bytes that there can be
  double every = 0;                 // what each of them gets from whole periods
  std::array<double, 257> steps{};  // and from the rest: how it changes from one to the next
  levels.each([&](const Level& level) {
    const int count = level.last - level.first + 1;
    const int periods = count / period;
    every += level.term * periods;
    const int begin = level.first & (period - 1);
    const int end = begin + count % period;
    steps[begin] += level.term;
    steps[std::min(end, period)] -= level.term;
    if (end > period) {
      steps[0] += level.term;
      steps[end - period] -= level.term;
    }
  });
  const double scale = weight / levels.sum();
  double rest = 0;
  for (int i = 0; i < period; ++i) {
    rest += steps[i];
    law[(i << forecast.wasted_bits) & 255] += scale * (every + std::max(rest, 0.0));
  }
}

void add_high_byte_distribution(const SignalPredictor& forecast, double weight, Byte low,
                                std::span<double, 256> law) {
  const Levels levels(forecast);
  const double scale = weight / levels.sum();
  for (int high = 0; high < 256; ++high) {
    const int sample = static_cast<std::int16_t>(high << 8 | low);
    if ((sample & ((1 << forecast.wasted_bits) - 1)) != 0) continue;
    law[high] += scale * levels.term(sample >> forecast.wasted_bits);
  }
}

}  // namespace zipdream::flac
