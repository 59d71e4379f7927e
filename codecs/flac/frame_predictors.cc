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

constexpr std::size_t kShortestWindow = 128;
constexpr std::size_t kLongestWindow = 4096;
constexpr std::size_t kReadingsPerWindow = 16;
constexpr std::size_t kMemory = 128;  // samples by which forecasts are judged
constexpr double kFading = 15.0 / 16;
constexpr double kUnseen = 1.0 / 8;  // of a partition, for every Rice parameter
constexpr int kImpossible = 64;      // bits for what an escaped partition can't hold

constexpr std::size_t kKept = 2 * kLongestWindow;
static_assert(kKept >= kLongestWindow + kLongestWindow / kReadingsPerWindow);
static_assert(kKept >= kMemory + kMaxOrder);

int cost_of(const Partition& coding, int residual) {
  if (!coding.escaped) return static_cast<int>(coding.bits(residual));
  return fold(residual) >> coding.parameter == 0 ? coding.parameter : kImpossible;
}

// When a window is read that has heard n samples: see the header.
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
  std::ranges::transform(samples.last(known), last.end() - static_cast<std::ptrdiff_t>(known),
                         [&](int sample) { return sample >> wasted_bits; });
  return last;
}

// Makes costs in bits the weights of them.
void weigh(std::vector<SignalPredictor>& forecasts) {
  double least = std::numeric_limits<double>::infinity();
  for (const SignalPredictor& forecast : forecasts) least = std::min(least, forecast.weight);
  double sum = 0;
  for (SignalPredictor& forecast : forecasts) {
    forecast.weight = portable_exp2(least - forecast.weight);
    sum += forecast.weight;
  }
  for (SignalPredictor& forecast : forecasts) forecast.weight /= sum;
}

}  // namespace

int SignalPredictor::bits(int residual) const { return cost_of(coding, residual); }

SignalForecaster::SignalForecaster(std::shared_ptr<const Codec> codec, int bits_per_sample)
    : codec_(std::move(codec)), bits_per_sample_(bits_per_sample) {
  assert(bits_per_sample == 8 || bits_per_sample == 16);
}

void SignalForecaster::append(std::span<const int> samples) {
  heard_ += samples.size();
  const auto kept = samples.last(std::min(samples.size(), kKept));
  recent_.insert(recent_.end(), kept.begin(), kept.end());
  if (recent_.size() > 2 * kKept) recent_.erase(recent_.begin(), recent_.end() - kKept);
  read_windows();
}

// Reads those windows whose time has come, and forgets those that the context doesn't fill to
// more than half, but for the shortest.
void SignalForecaster::read_windows() {
  std::size_t i = 0;
  for (std::size_t window = kShortestWindow; window <= kLongestWindow; window *= 2, ++i) {
    if (heard_ == 0 || (window > kShortestWindow && heard_ <= window / 2)) break;
    const std::size_t time = reading_time(heard_, window);
    if (readings_.size() == i) readings_.emplace_back();
    if (readings_[i].at != time) readings_[i] = read(window, time);
  }
}

// REQUIRES: time > 0.
SignalForecaster::Reading SignalForecaster::read(std::size_t window, std::size_t time) const {
  const auto known = std::span(recent_).first(recent_.size() - (heard_ - time));
  const auto heard = known.last(std::min(known.size(), window));
  const Bytes stream = codec_->compress(as_bytes(heard, bits_per_sample_));
  const Frame frame = read_frames(stream, bits_per_sample_).back();
  return {time, frame.predictor, count_codings(frame.partitions)};
}

std::vector<SignalForecaster::Coding> SignalForecaster::count_codings(
    std::span<const Partition> partitions) const {
  std::vector<Coding> codings;
  codings.reserve(static_cast<std::size_t>(bits_per_sample_) + 1);
  for (int k = 0; k < bits_per_sample_; ++k) codings.push_back({{.parameter = k}, kUnseen});
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

// With costs in bits for weights.
void SignalForecaster::add_forecasts(const Reading& reading,
                                     std::vector<SignalPredictor>& forecasts) const {
  const Predictor& predictor = reading.predictor;
  const std::vector<int> samples =
      last_samples(recent_, kMemory + kMaxOrder, predictor.wasted_bits);
  // What is predicted of a sample: nothing that there can't be.
  const auto predict = [&, low = std::int64_t{lowest(bits_per_sample_)} >> predictor.wasted_bits,
                        high = std::int64_t{highest(bits_per_sample_)} >>
                               predictor.wasted_bits](std::size_t i) {
    const auto before = std::span(samples).first(kMaxOrder + i);
    return static_cast<int>(std::clamp(predictor.predict(before), low, high));
  };
  const std::size_t first = kMemory - std::min(kMemory, recent_.size());
  std::array<int, kMemory> residuals{};
  for (std::size_t i = first; i < kMemory; ++i) {
    residuals[i] = samples[kMaxOrder + i] - predict(i);
  }
  const int prediction = predict(kMemory);
  for (const Coding& coding : reading.codings) {
    double cost = 0;
    for (std::size_t i = first; i < kMemory; ++i) {
      cost = cost * kFading + cost_of(coding.partition, residuals[i]);
    }
    forecasts.push_back(
        {prediction, predictor.wasted_bits, coding.partition, cost - portable_log2(coding.share)});
  }
}

std::vector<SignalPredictor> SignalForecaster::forecasts() const {
  std::vector<SignalPredictor> forecasts;
  for (const Reading& reading : readings_) add_forecasts(reading, forecasts);
  if (!forecasts.empty()) weigh(forecasts);
  return forecasts;
}

}  // namespace zipdream::flac
