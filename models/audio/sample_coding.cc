// SPDX-License-Identifier: Apache-2.0
#include "models/audio/sample_coding.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <optional>

#include "models/common/fixed_math.h"
#include "models/common/sample_levels.h"

namespace zipdream::audio {
namespace {

constexpr double kStep = 256;  // of 8 bits, in steps of 16

// ---- one byte ----

// Edges between the values of all ranks, and the values.
struct Scale {
  std::array<double, 255> edges;
  std::array<double, 256> values;
};

Scale make_scale(SampleFormat format) {
  const SampleLevels& levels = levels_of(format);
  Scale scale;
  for (std::size_t r = 0; r < 256; ++r) {
    // An unsigned sample of 8 bits is what was rounded down to it.
    scale.values[r] =
        format == SampleFormat::kU8 ? levels.of_rank[r] + 0.5 : levels.of_rank[r] / kStep;
  }
  for (std::size_t r = 0; r < 255; ++r) {
    scale.edges[r] = (scale.values[r] + scale.values[r + 1]) / 2;
  }
  return scale;
}

const Scale& scale_of(SampleFormat format) {
  static const Scale mulaw = make_scale(SampleFormat::kMulaw);
  static const Scale linear = make_scale(SampleFormat::kU8);
  return format == SampleFormat::kMulaw ? mulaw : linear;
}

class ByteCoding final : public SampleCoding {
 public:
  explicit ByteCoding(SampleFormat format)
      : levels_(levels_of(format)), scale_(scale_of(format)), edges_(scale_.edges) {
    for (std::size_t r = 0; r < 255 && !twin_; ++r) {
      if (scale_.values[r] == scale_.values[r + 1]) twin_ = r;
    }
    divide_twins();
  }

  Byte rank(Byte byte) const override { return levels_.rank[byte]; }
  Byte byte(Byte rank) const override { return levels_.byte[rank]; }

  void sums(const Outlook& outlook, std::span<std::uint64_t, 257> before) const override {
    frequencies(outlook).all_before(before);
  }
  Part part(const Outlook& outlook, Byte rank) const override {
    const MixtureFrequencies all = frequencies(outlook);
    const std::uint64_t before = all.before(rank);
    return {before, all.before(rank + std::size_t{1}) - before};
  }
  Byte find(const Outlook& outlook, std::uint64_t target) const override {
    return static_cast<Byte>(frequencies(outlook).find(target));
  }

  bool append(Byte byte) override {
    last_ = levels_.rank[byte];
    if (twin_ && (last_ == *twin_ || last_ == *twin_ + 1)) {
      twins_[last_ - *twin_] += 1;
      divide_twins();
    }
    return true;
  }
  double value() const override { return scale_.values[last_]; }

  double share(const LogisticMixture& mixture) const override {
    const double above = last_ == 255 ? 1 : mixture.below(edges_[last_]);
    return above - (last_ == 0 ? 0 : mixture.below(edges_[last_ - 1U]));
  }
  double value_count() const override { return 256; }

  std::unique_ptr<SampleCoding> clone() const override {
    return std::make_unique<ByteCoding>(*this);
  }

 private:
  [[nodiscard]] MixtureFrequencies frequencies(const Outlook& outlook) const {
    constexpr double kParts = static_cast<double>(kTotal) / 256;
    const double floor =
        std::clamp(outlook.uniform * kParts, 1.0 * MixtureFrequencies::kMinFloor, kParts - 1);
    return {outlook.mixture, edges_, static_cast<std::uint32_t>(floor)};
  }

  // mu-law has two zeros, of which most encoders write one alone: their share is divided as they
  // came up.
  void divide_twins() {
    if (!twin_) return;
    const double below = (scale_.values[*twin_ - 1] + scale_.values[*twin_]) / 2;
    const double above = (scale_.values[*twin_ + 1] + scale_.values[*twin_ + 2]) / 2;
    edges_[*twin_] = below + (above - below) * twins_[0] / (twins_[0] + twins_[1]);
  }

  const SampleLevels& levels_;
  const Scale& scale_;
  std::array<double, 255> edges_;
  std::optional<std::size_t> twin_;  // the rank whose value the next one has too
  std::array<double, 2> twins_ = {0.1, 0.4};
  std::size_t last_ = 0;
};

// ---- two bytes ----

constexpr double kMinWave = 8;  // components this wide are summed as waves
constexpr double kReach = 18;   // scales from the mean where a logistic distribution ends
constexpr double kLowest = -32768;
constexpr double kHighest = 32767;

struct Waves {
  std::array<double, 256> cosine;
  std::array<double, 256> sine;
};

const Waves& waves() {
  static const Waves waves = [] {
    Waves made;
    for (std::size_t i = 0; i < 256; ++i) {
      made.cosine[i] = sine_of_turns(static_cast<double>(i) / 256 + 0.25);
      made.sine[i] = sine_of_turns(static_cast<double>(i) / 256);
    }
    return made;
  }();
  return waves;
}

using Weights = std::array<double, 256>;

// What wide logistic distributions around one mean have at all numbers that are l modulo 256: by
// Poisson's summation a few waves, whose heights are those of the characteristic function.
class WaveSum {
 public:
  explicit WaveSum(double mean) : mean_(mean) {}

  [[nodiscard]] double mean() const { return mean_; }

  void add(double weight, double scale) {
    constexpr double kTwoPiSquared = 19.7392088021787172376;
    const double step = kTwoPiSquared * scale / 256;
    const auto count = std::min(kMaxWaves, static_cast<std::size_t>(kReach / step) + 1);
    count_ = std::max(count_, count);
    heights_[0] += weight / 256;
    for (std::size_t k = 1; k <= count; ++k) {
      const double x = step * static_cast<double>(k);
      heights_[k] += weight / 64 * x / (fast_exp(x) - fast_exp(-x));
    }
  }

  // Adds them to weights[l], for all l, by Clenshaw's recurrence.
  void add_to(Weights& weights) const {
    if (heights_[0] == 0) return;
    const double cosine = sine_of_turns(mean_ / 256 + 0.25);
    const double sine = sine_of_turns(mean_ / 256);
    const Waves& table = waves();
    Weights twice;
    for (std::size_t l = 0; l < 256; ++l) {
      twice[l] = 2 * (table.cosine[l] * cosine + table.sine[l] * sine);
    }
    Weights next{};
    Weights after{};
    for (std::size_t k = count_; k >= 1; --k) {
      for (std::size_t l = 0; l < 256; ++l) {
        const double value = heights_[k] + twice[l] * next[l] - after[l];
        after[l] = next[l];
        next[l] = value;
      }
    }
    for (std::size_t l = 0; l < 256; ++l) {
      weights[l] += std::max(heights_[0] + twice[l] / 2 * next[l] - after[l], 0.0);
    }
  }

 private:
  static constexpr std::size_t kMaxWaves = 32;

  double mean_;
  std::size_t count_ = 0;
  std::array<double, kMaxWaves + 1> heights_{};
};

// The same of a narrow one, number by number.
void add_bins(double weight, double mean, double scale, Weights& weights) {
  const double first = std::floor(std::max(mean - kReach * scale, kLowest));
  const double last = std::floor(std::min(mean + kReach * scale, kHighest)) + 1;
  if (!(first < last)) return;
  const double sharpness = 1 / scale;
  double below = 0;
  for (double number = first; number <= last; ++number) {
    const double above = number == last ? 1 : logistic((number + 0.5 - mean) * sharpness);
    const auto low = static_cast<std::size_t>(static_cast<std::int64_t>(number) & 255);
    weights[low] += weight * (above - below);
    below = above;
  }
}

class WideCoding final : public SampleCoding {
 public:
  // The high byte's ranks are those of signed numbers.
  Byte rank(Byte byte) const override { return has_low_ ? static_cast<Byte>(byte ^ 0x80) : byte; }
  Byte byte(Byte rank) const override { return this->rank(rank); }

  void sums(const Outlook& outlook, std::span<std::uint64_t, 257> before) const override {
    Weights weights{};
    if (has_low_) {
      weigh_high(outlook, weights);
    } else {
      weigh_low(outlook, weights);
    }
    double sum = 0;
    for (const double weight : weights) sum += weight;
    constexpr std::uint64_t kFloor = 2;
    constexpr double kSpread = static_cast<double>(kTotal - 256 * kFloor);
    double so_far = 0;
    for (std::size_t r = 0; r < 256; ++r) {
      before[r] = static_cast<std::uint64_t>(std::min(so_far / sum, 1.0) * kSpread) + kFloor * r;
      so_far += weights[r];
    }
    before[256] = kTotal;
  }

  Part part(const Outlook& outlook, Byte rank) const override {
    std::array<std::uint64_t, 257> before;
    sums(outlook, before);
    return {before[rank], before[rank + std::size_t{1}] - before[rank]};
  }

  Byte find(const Outlook& outlook, std::uint64_t target) const override {
    std::array<std::uint64_t, 257> before;
    sums(outlook, before);
    return static_cast<Byte>(std::ranges::upper_bound(before, target) - before.begin() - 1);
  }

  bool append(Byte byte) override {
    if (has_low_) last_ = static_cast<std::int16_t>(byte << 8 | low_);
    low_ = byte;
    has_low_ = !has_low_;
    return !has_low_;
  }
  double value() const override { return last_ / kStep; }
  double share(const LogisticMixture& mixture) const override { return share_of(last_, mixture); }
  double value_count() const override { return 65536; }

  std::unique_ptr<SampleCoding> clone() const override {
    return std::make_unique<WideCoding>(*this);
  }

 private:
  static double share_of(int number, const LogisticMixture& mixture) {
    const double above = number == kHighest ? 1 : mixture.below((number + 0.5) / kStep);
    return above - (number == kLowest ? 0 : mixture.below((number - 0.5) / kStep));
  }

  static void weigh_low(const Outlook& outlook, Weights& weights) {
    const LogisticMixture& mixture = outlook.mixture;
    WaveSum waves(0);
    for (std::size_t k = 0; k < mixture.components; ++k) {
      const double weight = mixture.weight[k] * (1 - outlook.uniform);
      const double mean = std::clamp(mixture.mean[k] * kStep, -1e6, 1e6);
      const double scale = kStep / mixture.sharpness[k];
      if (scale < kMinWave) {
        add_bins(weight, mean, scale, weights);
        continue;
      }
      if (mean != waves.mean()) {  // components of one mean stand together
        waves.add_to(weights);
        waves = WaveSum(mean);
      }
      waves.add(weight, scale);
    }
    waves.add_to(weights);
    for (double& weight : weights) weight += outlook.uniform / 256;
  }

  // Of the high byte's ranks those that each component reaches.
  void weigh_high(const Outlook& outlook, Weights& weights) const {
    const LogisticMixture& mixture = outlook.mixture;
    for (std::size_t k = 0; k < mixture.components; ++k) {
      const double weight = mixture.weight[k] * (1 - outlook.uniform);
      const double mean = mixture.mean[k] * kStep;
      const double sharpness = mixture.sharpness[k] / kStep;
      const double middle = std::clamp(mean, kLowest, kHighest) - kLowest - low_;
      const double reach = kReach / sharpness;
      const auto first = static_cast<int>(std::clamp((middle - reach) / 256, 0.0, 255.0));
      const auto last = static_cast<int>(std::clamp((middle + reach) / 256 + 1, 0.0, 255.0));
      for (int r = first; r <= last; ++r) {
        const int number = (r - 128) * 256 + low_;
        const double above = number == kHighest ? 1 : logistic((number + 0.5 - mean) * sharpness);
        const double below = number == kLowest ? 0 : logistic((number - 0.5 - mean) * sharpness);
        weights[static_cast<std::size_t>(r)] += weight * (above - below);
      }
    }
    for (double& weight : weights) {
      weight = std::max(weight, 0.0) + outlook.uniform / 65536;
    }
  }

  bool has_low_ = false;
  Byte low_ = 0;
  int last_ = 0;
};

double width_of_8_bits(double /*value*/) { return 1; }
double width_of_16_bits(double /*value*/) { return 1 / kStep; }

// Within a segment, whose ends are powers of two less 132, steps are a 16th of the lower power.
double width_of_mulaw(double value) {
  const double size = std::min(std::abs(value) * kStep, 32635.0) + 132;
  const auto exponent = std::bit_width(static_cast<unsigned>(size)) - 1;
  return static_cast<double>(1U << (exponent - 4)) / kStep;
}

}  // namespace

std::unique_ptr<SampleCoding> make_sample_coding(SampleFormat format) {
  if (format == SampleFormat::kS16) return std::make_unique<WideCoding>();
  return std::make_unique<ByteCoding>(format);
}

BinWidth bin_width_of(SampleFormat format) {
  switch (format) {
    case SampleFormat::kU8:
      return width_of_8_bits;
    case SampleFormat::kS16:
      return width_of_16_bits;
    case SampleFormat::kMulaw:
      return width_of_mulaw;
  }
  return width_of_8_bits;
}

}  // namespace zipdream::audio
