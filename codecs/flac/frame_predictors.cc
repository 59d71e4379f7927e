// SPDX-License-Identifier: Apache-2.0
#include "codecs/flac/frame_predictors.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cassert>
#include <cstdint>
#include <limits>
#include <utility>

#include "base/portable_math.h"

namespace zipdream::flac {
namespace {

constexpr std::size_t kMinWindow = 128;
constexpr std::size_t kMaxWindow = 4096;
constexpr std::size_t kReadingsPerWindow = 16;
constexpr std::size_t kCostWindow = 128;  // samples by which predictors are weighed
constexpr double kFading = 15.0 / 16;
constexpr double kUnseenShare = 1.0 / 8;  // of a partition, for every Rice parameter
constexpr int kImpossibleBits = 64;       // bits for what an escaped partition can't hold

constexpr std::size_t kMaxRecent = 2 * kMaxWindow;
static_assert(kMaxRecent >= kMaxWindow + kMaxWindow / kReadingsPerWindow);
static_assert(kMaxRecent >= kCostWindow + kMaxOrder);

int cost_of(const Partition& coding, int residual) {
  if (!coding.escaped) return static_cast<int>(coding.bits(residual));
  return fold(residual) >> coding.parameter == 0 ? coding.parameter : kImpossibleBits;
}

// After how many of n samples a window is read; see the header.
std::size_t reading_time(std::size_t n, std::size_t window) {
  const std::size_t step = std::max<std::size_t>(1, std::min(n, window) / kReadingsPerWindow);
  return n - n % std::bit_floor(step);
}

// As the codec wants them.
Bytes as_bytes(std::span<const int> samples, int bits_per_sample) {
  Bytes bytes;
  bytes.reserve(samples.size() * 2);
  for (const int sample : samples) {
    if (bits_per_sample == 8) {
      bytes.push_back(to_byte(sample));
    } else {
      bytes.push_back(static_cast<Byte>(sample & 255));
      bytes.push_back(static_cast<Byte>(sample >> 8 & 255));
    }
  }
  return bytes;
}

// The last of `samples` without their wasted bits; before the first there was silence.
std::vector<int> last_samples(std::span<const int> samples, std::size_t count, int wasted_bits) {
  std::vector<int> last(count);
  const std::size_t known = std::min(count, samples.size());
  std::transform(samples.end() - static_cast<std::ptrdiff_t>(known), samples.end(),
                 last.end() - static_cast<std::ptrdiff_t>(known),
                 [&](int sample) { return sample >> wasted_bits; });
  return last;
}

// Turns costs in bits into weights.
void weigh(std::vector<SignalPredictor>& predictors) {
  double least = std::numeric_limits<double>::infinity();
  for (const SignalPredictor& predictor : predictors) least = std::min(least, predictor.weight);
  double sum = 0;
  for (SignalPredictor& predictor : predictors) {
    predictor.weight = portable_exp2(least - predictor.weight);
    sum += predictor.weight;
  }
  for (SignalPredictor& predictor : predictors) predictor.weight /= sum;
}

// ---- distributions ----

// 2^-bits. A folded residual of two samples of 8 bits is 510 at most.
constexpr auto kPowers = [] {
  std::array<double, 512> powers{1};
  for (std::size_t i = 1; i < powers.size(); ++i) powers[i] = powers[i - 1] / 2;
  return powers;
}();

// Samples of 16 bits, without their wasted bits, that one predictor makes equally probable: the
// bits of a residual are the same for 2^(k-1) neighbours on either side of the prediction.
struct Level {
  int first;
  int last;
  double term;  // of each
};

// Terms of the 65536 samples below 2^-kMaxDepth of the first are left out.
constexpr int kMaxDepth = 64;

class Levels {
 public:
  explicit Levels(const SignalPredictor& predictor)
      : signal_(predictor),
        lowest_(lowest(16) >> predictor.wasted_bits),
        highest_(highest(16) >> predictor.wasted_bits) {}

  // Calls `visit` with the levels, which don't overlap.
  template <typename Visit>
  void each(const Visit& visit) const {
    const Partition& coding = signal_.coding;
    const int max_depth = coding.escaped ? 1 : kMaxDepth;
    for (int depth = 0; depth < max_depth; ++depth) {
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
    return depth < (signal_.coding.escaped ? 1 : kMaxDepth) ? kPowers[depth] : 0;
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

int SignalPredictor::bits(int residual) const { return cost_of(coding, residual); }

ChannelPredictor::ChannelPredictor(std::shared_ptr<const Codec> codec, int bits_per_sample)
    : codec_(std::move(codec)), bits_per_sample_(bits_per_sample) {
  assert(bits_per_sample == 8 || bits_per_sample == 16);
}

void ChannelPredictor::append(std::span<const int> samples) {
  count_ += samples.size();
  const auto kept = samples.last(std::min(samples.size(), kMaxRecent));
  recent_.insert(recent_.end(), kept.begin(), kept.end());
  if (recent_.size() > 2 * kMaxRecent) recent_.erase(recent_.begin(), recent_.end() - kMaxRecent);
  read_windows();
}

// Reads those windows whose time has come, and forgets those that the context doesn't fill to
// more than half, but for the shortest.
void ChannelPredictor::read_windows() {
  std::size_t i = 0;
  for (std::size_t window = kMinWindow; window <= kMaxWindow; window *= 2, ++i) {
    if (count_ == 0 || (window > kMinWindow && count_ <= window / 2)) break;
    const std::size_t time = reading_time(count_, window);
    if (readings_.size() == i) readings_.emplace_back();
    if (readings_[i].at != time) readings_[i] = read(window, time);
  }
}

// REQUIRES: time > 0.
ChannelPredictor::Reading ChannelPredictor::read(std::size_t window, std::size_t time) const {
  const auto known = std::span(recent_).first(recent_.size() - (count_ - time));
  const auto end = known.last(std::min(known.size(), window));
  const Bytes stream = codec_->compress(as_bytes(end, bits_per_sample_));
  const Frame frame = read_frames(stream, bits_per_sample_).back();
  return {time, frame.predictor, count_codings(frame.partitions)};
}

std::vector<ChannelPredictor::Coding> ChannelPredictor::count_codings(
    std::span<const Partition> partitions) const {
  std::vector<Coding> codings;
  codings.reserve(static_cast<std::size_t>(bits_per_sample_) + 1);
  for (int k = 0; k < bits_per_sample_; ++k) codings.push_back({{.parameter = k}, kUnseenShare});
  for (const Partition& partition : partitions) {
    const auto same = std::ranges::find(codings, partition, &Coding::partition);
    if (same != codings.end()) {
      same->share += 1;
    } else if (partition.escaped && partition.parameter <= bits_per_sample_) {
      codings.push_back({partition, 1});
    }
  }
  double sum = 0;
  for (const Coding& coding : codings) sum += coding.share;
  for (Coding& coding : codings) coding.share /= sum;
  return codings;
}

// Their weights are costs in bits for now.
void ChannelPredictor::add_predictors(const Reading& reading,
                                      std::vector<SignalPredictor>& predictors) const {
  const Predictor& predictor = reading.predictor;
  const std::vector<int> samples =
      last_samples(recent_, kCostWindow + kMaxOrder, predictor.wasted_bits);
  // What is predicted of a sample: nothing that there can't be.
  const auto predict = [&, low = std::int64_t{lowest(bits_per_sample_)} >> predictor.wasted_bits,
                        high = std::int64_t{highest(bits_per_sample_)} >>
                               predictor.wasted_bits](std::size_t i) {
    const auto before = std::span(samples).first(kMaxOrder + i);
    return static_cast<int>(std::clamp(predictor.predict(before), low, high));
  };
  const std::size_t first = kCostWindow - std::min(kCostWindow, recent_.size());
  std::array<int, kCostWindow> residuals{};
  for (std::size_t i = first; i < kCostWindow; ++i) {
    residuals[i] = samples[kMaxOrder + i] - predict(i);
  }
  const int prediction = predict(kCostWindow);
  for (const Coding& coding : reading.codings) {
    double cost = 0;
    for (std::size_t i = first; i < kCostWindow; ++i) {
      cost = cost * kFading + cost_of(coding.partition, residuals[i]);
    }
    predictors.push_back(
        {prediction, predictor.wasted_bits, coding.partition, cost - portable_log2(coding.share)});
  }
}

std::vector<SignalPredictor> ChannelPredictor::predictors() const {
  std::vector<SignalPredictor> predictors;
  for (const Reading& reading : readings_) add_predictors(reading, predictors);
  if (!predictors.empty()) weigh(predictors);
  return predictors;
}

void add_byte_distribution(const SignalPredictor& predictor, double weight,
                           std::span<double, 256> out) {
  const int low = lowest(8) >> predictor.wasted_bits;
  const int high = highest(8) >> predictor.wasted_bits;
  std::array<double, 256> terms;
  double sum = 0;
  for (int sample = low; sample <= high; ++sample) {
    sum += terms[sample - low] = kPowers[predictor.bits(sample - predictor.prediction)];
  }
  for (int sample = low; sample <= high; ++sample) {
    out[to_byte(sample << predictor.wasted_bits)] += weight * terms[sample - low] / sum;
  }
}

void add_low_byte_distribution(const SignalPredictor& predictor, double weight,
                               std::span<double, 256> out) {
  const Levels levels(predictor);
  const int period = std::max(1, 256 >> predictor.wasted_bits);  // low bytes that there can be
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
    out[(i << predictor.wasted_bits) & 255] += scale * (every + std::max(rest, 0.0));
  }
}

void add_high_byte_distribution(const SignalPredictor& predictor, double weight, Byte low,
                                std::span<double, 256> out) {
  const Levels levels(predictor);
  const double scale = weight / levels.sum();
  for (int high = 0; high < 256; ++high) {
    const int sample = static_cast<std::int16_t>(high << 8 | low);
    if ((sample & ((1 << predictor.wasted_bits) - 1)) != 0) continue;
    out[high] += scale * levels.term(sample >> predictor.wasted_bits);
  }
}

}  // namespace zipdream::flac
