// SPDX-License-Identifier: Apache-2.0
#include "models/image/colour.h"

#include <algorithm>
#include <cmath>

#include "models/common/fixed_math.h"

namespace zipdream::image {
namespace {

constexpr std::int32_t kUnit = 1 << ColourSpace::kUnitBits;

// Swaps the bytes of the ends: red first becomes blue first.
ColourSpace::Form reversed(const ColourSpace::Form& form) {
  return {form.brightness,      form.of_third,        form.of_first,
          form.second_of_third, form.second_of_first, form.rarity};
}

// ITU-R BT.601 of full range, as libjpeg computes it: tables in units of 2^-16, rounded.
ColourSpace::Form jpeg() {
  constexpr std::int32_t kScale = kUnit >> 16;
  ColourSpace::Form form{.brightness = kUnit,
                         .of_first = {},
                         .of_third = {},
                         .second_of_first = {},
                         .second_of_third = {},
                         .rarity = 4.2};
  for (int i = 0; i < 256; ++i) {
    const int x = i - 128;
    form.of_first[i] = (91881 * x + 32768) * kScale;
    form.of_third[i] = (116130 * x + 32768) * kScale;
    form.second_of_first[i] = -46802 * x * kScale;
    form.second_of_third[i] = (-22554 * x + 32768) * kScale;
  }
  return form;
}

// Photo CD, as the pictures of Kodak's test set were made: in units of 1/10000, where the second
// byte counts with whole numbers of the first's and the third's.
ColourSpace::Form photo_cd() {
  const auto units = [](int ten_thousandths) {
    return static_cast<std::int32_t>((static_cast<std::int64_t>(ten_thousandths) * kUnit +
                                      (ten_thousandths < 0 ? -5000 : 5000)) /
                                     10000);
  };
  const auto whole = [](int ten_thousandths) {
    return ten_thousandths >= 0 ? ten_thousandths / 10000 : -((9999 - ten_thousandths) / 10000);
  };
  constexpr std::int32_t kRounding = kUnit / 20000;  // sums of whole units stay what they are
  ColourSpace::Form form{.brightness = units(13584),
                         .of_first = {},
                         .of_third = {},
                         .second_of_first = {},
                         .second_of_third = {},
                         .rarity = 9.3};
  for (int i = 0; i < 256; ++i) {
    const int red = 18215 * (i - 137);
    const int blue = 22179 * (i - 156);
    form.of_first[i] = units(red) + kRounding;
    form.of_third[i] = units(blue) + kRounding;
    form.second_of_first[i] = units(-5090 * whole(red)) + kRounding;
    form.second_of_third[i] = units(-1940 * whole(blue));
  }
  return form;
}

// The difference for which `target` comes nearest, if steps are alike.
int nearest(const std::array<std::int32_t, 256>& of, double target) {
  const double step = static_cast<double>(of[255] - of[0]) / 255;
  const double at = (target - static_cast<double>(of[0])) / step;
  return static_cast<int>(std::clamp(std::floor(at + 0.5), 0.0, 255.0));
}

}  // namespace

std::span<const ColourSpace> ColourSpace::all() {
  static const std::array<ColourSpace, 4> spaces = {ColourSpace(jpeg()), ColourSpace(photo_cd()),
                                                    ColourSpace(reversed(jpeg())),
                                                    ColourSpace(reversed(photo_cd()))};
  return spaces;
}

// Brightness is a mean of the bytes, whose weights are those that make the differences vanish.
Ycc ColourSpace::near(const std::array<Byte, 3>& pixel) const {
  const auto slope = [](const std::array<std::int32_t, 256>& of) {
    return static_cast<double>(of[255] - of[0]);
  };
  const double by_first = -slope(form_.second_of_first) / slope(form_.of_first);
  const double by_third = -slope(form_.second_of_third) / slope(form_.of_third);
  const auto middle = [](Byte byte) { return (byte + 0.5) * kUnit; };
  // Where the differences are nothing, each table has what belongs to no brightness.
  const double first = middle(pixel[0]) - static_cast<double>(form_.of_first[0]);
  const double third = middle(pixel[2]) - static_cast<double>(form_.of_third[0]);
  const double second = middle(pixel[1]) - static_cast<double>(form_.second_of_first[0]) -
                        static_cast<double>(form_.second_of_third[0]);
  const double y =
      (second + by_first * first + by_third * third) / (1 + by_first + by_third) / form_.brightness;
  Ycc ycc;
  ycc.y = static_cast<int>(std::clamp(std::floor(y + 0.5), 0.0, 255.0));
  const double light = static_cast<double>(ycc.y) * form_.brightness;
  ycc.first = nearest(form_.of_first, middle(pixel[0]) - light);
  ycc.third = nearest(form_.of_third, middle(pixel[2]) - light);
  return ycc;
}

Ycc ColourSpace::find(const std::array<Byte, 3>& pixel, bool& is_exact) const {
  const Ycc start = near(pixel);
  const auto middle = [](Byte byte) { return (byte + 0.5) * kUnit; };
  is_exact = true;
  for (const int step : {0, -1, 1, -2, 2}) {
    const int y = start.y + step;
    if (y < 0 || y > 255) continue;
    const double light = static_cast<double>(y) * form_.brightness;
    const int of_first = nearest(form_.of_first, middle(pixel[0]) - light);
    const int of_third = nearest(form_.of_third, middle(pixel[2]) - light);
    for (int i = std::max(of_first - 1, 0); i <= std::min(of_first + 1, 255); ++i) {
      if (first(y, i) != pixel[0]) continue;
      for (int k = std::max(of_third - 1, 0); k <= std::min(of_third + 1, 255); ++k) {
        if (third(y, k) == pixel[2] && second({y, i, k}) == pixel[1]) return {y, i, k};
      }
    }
  }
  is_exact = false;
  return start;
}

// ---- DifferencePlane ----

namespace {

constexpr int kStart = 128;
constexpr double kWeightRate = 0.005;
constexpr double kMinWeight = 1e-3;
constexpr std::size_t kLevels = 4;  // of how much was counted
constexpr double kPriorCount = 0.6;
constexpr std::uint32_t kMaxCount = 400;

// Before anything was counted, by the distance from what is expected.
constexpr std::array<double, 9> kPriorShares = {0.5,   0.15,  0.05,  0.02, 0.01,
                                                0.005, 0.003, 0.002, 0.001};

int clipped(int difference) { return std::clamp(difference, -9, 9) + 10; }

}  // namespace

DifferencePlane::DifferencePlane(std::size_t width)
    : width_(static_cast<int>(width)),
      rows_(3 * width),
      counts_(kContexts * kSlots),
      weights_(4 * kLevels),
      errors_(2 * width, 1) {
  for (Weights& weights : weights_) weights.fill(1.0 / (kContexts + 1));
  look_ahead();
}

// Beyond the edges is the nearest place that is known.
int DifferencePlane::at(int dx, int dy) const {
  const int y = std::max(y_ + dy, 0);
  int x = std::clamp(x_ + dx, 0, width_ - 1);
  if (y == y_ && x >= x_) x = x_ - 1;
  if (x < 0) return y_ > 0 ? rows_[static_cast<std::size_t>((y_ - 1) % 3) * width_] : kStart;
  return rows_[static_cast<std::size_t>(y % 3) * width_ + x];
}

void DifferencePlane::set_contexts() {
  const int w = at(-1, 0), n = at(0, -1), nw = at(-1, -1), ne = at(1, -1), ww = at(-2, 0);
  const int nn = at(0, -2), nnw = at(-1, -2);
  expected_ = w + n - nw;
  const int along = clipped(2 * w - ww - expected_);  // what goes on from the left,
  const int down = clipped(2 * n - nn - expected_);   // and from above
  const int right = clipped(ne - n);
  const int left = clipped(nw - n);
  const auto phase = static_cast<std::uint32_t>((x_ & 1) | (y_ & 1) << 1);
  const auto key = [&](std::initializer_list<int> parts) {
    std::uint32_t number = phase;
    for (const int part : parts) number = number * 20 + static_cast<std::uint32_t>(part);
    return number;
  };
  const std::array<std::uint32_t, kContexts> keys = {
      key({along, down}),
      key({along, right}),
      key({down, left, clipped(ww - w)}),
      key({along, down, right, left}),
      key({clipped(2 * nw - nnw - expected_), clipped(w - nw - (nw - nnw)), down}),
      key({clipped(ne - n - (n - nw)), clipped(nn - n), clipped(n - nw), along})};
  for (std::size_t k = 0; k < kContexts; ++k) {
    slots_[k] = k * kSlots + ((keys[k] * 2654435761U) >> 21);
  }
  const std::uint32_t counted = counts_[slots_[3]].sum;
  const std::size_t level = counted < 1 ? 0 : counted < 4 ? 1 : counted < 20 ? 2 : 3;
  weights_at_ = phase * kLevels + level;
}

void DifferencePlane::look_ahead() {
  set_contexts();
  const auto error = [&](int row, int x) -> double {
    return errors_[static_cast<std::size_t>(row) * width_ + std::clamp(x, 0, width_ - 1)];
  };
  const int above = (y_ + 1) % 2;
  const double mean = (2 * error(y_ % 2, x_ - 1) + error(above, x_ - 1) + 2 * error(above, x_) +
                       error(above, x_ + 1)) /
                      6;
  scale_ = 0.2 + 0.7 * mean;
  const Weights& weights = weights_[weights_at_];
  const int reach = kReach + static_cast<int>(std::min(6 * scale_, 100.0));
  candidates_.clear();
  const auto below = [&](double off) { return logistic(off / scale_); };
  double low = below(-reach - 0.5);
  for (int off = -reach; off <= reach; ++off) {
    const double high = below(off + 0.5);
    double probability = weights[kContexts] * (high - low);
    low = high;
    if (std::abs(off) <= kReach) {
      const double prior = kPriorCount * kPriorShares[std::abs(off)];
      for (std::size_t k = 0; k < kContexts; ++k) {
        const Counts& counts = counts_[slots_[k]];
        probability += weights[k] * (counts.of[off + kReach] + prior) / (counts.sum + kPriorCount);
      }
    }
    const int value = expected_ + off;
    if (value >= 0 && value <= 255 && probability > 1e-5)
      candidates_.push_back({value, probability});
  }
}

void DifferencePlane::learn(int value) {
  const int off = value - expected_;
  Weights& weights = weights_[weights_at_];
  Weights parts;
  const auto below = [&](double edge) { return logistic(edge / scale_); };
  parts[kContexts] = weights[kContexts] * (below(off + 0.5) - below(off - 0.5));
  double sum = parts[kContexts] + 1e-12;
  const bool is_counted = std::abs(off) <= kReach;
  for (std::size_t k = 0; k < kContexts; ++k) {
    Counts& counts = counts_[slots_[k]];
    parts[k] = 0;
    if (is_counted) {
      const double prior = kPriorCount * kPriorShares[std::abs(off)];
      parts[k] = weights[k] * (counts.of[off + kReach] + prior) / (counts.sum + kPriorCount);
      ++counts.of[off + kReach];
      if (++counts.sum > kMaxCount) {
        counts.sum = 0;
        for (std::uint16_t& count : counts.of) counts.sum += count /= 2;
      }
    }
    sum += parts[k];
  }
  double total = 0;
  for (std::size_t k = 0; k < weights.size(); ++k) {
    weights[k] = std::max(weights[k] + kWeightRate * (parts[k] / sum - weights[k]), kMinWeight);
    total += weights[k];
  }
  for (double& weight : weights) weight /= total;
}

void DifferencePlane::append(int value) {
  learn(value);
  const std::size_t row = static_cast<std::size_t>(y_ % 2) * width_;
  errors_[row + x_] = static_cast<float>(std::abs(value - expected_));
  rows_[static_cast<std::size_t>(y_ % 3) * width_ + x_] = static_cast<Byte>(value);
  if (++x_ == width_) {
    x_ = 0;
    ++y_;
  }
  look_ahead();
}

// ---- ColourModel ----

namespace {

constexpr double kEnoughEvidence = 14;         // of a space, a natural logarithm
constexpr std::size_t kMaxWatched = 3 * 4096;  // bytes
constexpr double kMinBrightness = 1e-6;        // probabilities that are looked at

ImageOptions brightness_options(const ImageOptions& options) {
  ImageOptions of = options;
  of.channels = 1;
  return of;
}

}  // namespace

ColourModel::Planes::Planes(const ImageOptions& options, const ColourSpace& of)
    : space(&of),
      brightness(brightness_options(options), options.width),
      first(options.width),
      third(options.width) {}

void ColourModel::Planes::append(const Ycc& ycc) {
  brightness.append(static_cast<Byte>(ycc.y));
  first.append(ycc.first);
  third.append(ycc.third);
}

ColourModel::ColourModel(const ImageOptions& options) : options_(options) {}

void ColourModel::watch() {
  constexpr double kMiss = 3;
  const std::size_t at = seen_.size();
  const bool is_repeated = at >= 6 && std::equal(seen_.end() - 3, seen_.end(), seen_.end() - 6);
  if (!is_repeated) {
    for (std::size_t i = 0; i < evidence_.size(); ++i) {
      const ColourSpace& space = ColourSpace::all()[i];
      bool is_exact = false;
      static_cast<void>(space.find(pixel_, is_exact));
      evidence_[i] += is_exact ? fast_log(space.rarity()) : -kMiss;
    }
  }
  const auto best = std::max_element(evidence_.begin(), evidence_.end());
  if (*best > kEnoughEvidence) return begin(ColourSpace::all()[best - evidence_.begin()]);
  is_watching_ = at<kMaxWatched&& * best> - 200;
  if (!is_watching_) Bytes().swap(seen_);
}

void ColourModel::begin(const ColourSpace& space) {
  is_watching_ = false;
  planes_.emplace(options_, space);
  for (std::size_t i = 0; i + 3 <= seen_.size(); i += 3) {
    bool is_exact = false;
    planes_->append(space.find({seen_[i], seen_[i + 1], seen_[i + 2]}, is_exact));
  }
  Bytes().swap(seen_);
  look_ahead();
}

// Of a pixel of which nothing is known yet.
void ColourModel::look_ahead() {
  constexpr auto kTotal = static_cast<double>(MixtureFrequencies::kTotal);
  std::array<std::uint64_t, 257> before;
  planes_->brightness.frequencies().all_before(before);
  hypotheses_.clear();
  weights_.fill(0);
  sum_ = 0;
  for (int y = 0; y < 256; ++y) {
    const double light = static_cast<double>(before[y + 1] - before[y]) / kTotal;
    if (light < kMinBrightness) continue;
    for (const auto& of_first : planes_->first.candidates()) {
      const double probability = light * of_first.probability;
      hypotheses_.push_back({{y, of_first.value, 0}, probability});
      weights_[planes_->space->first(y, of_first.value)] += probability;
      sum_ += probability;
    }
  }
}

// Of the hypotheses those that make this byte, and what they say of the next one.
void ColourModel::keep_those_with(Byte byte) {
  const ColourSpace& space = *planes_->space;
  std::vector<Hypothesis> kept;
  const auto keep = [&](const Hypothesis& hypothesis, Byte next) {
    kept.push_back(hypothesis);
    weights_[next] += hypothesis.probability;
    sum_ += hypothesis.probability;
  };
  weights_.fill(0);
  sum_ = 0;
  for (const Hypothesis& hypothesis : hypotheses_) {
    Hypothesis next = hypothesis;
    if (channel_ == 0 && space.first(next.ycc.y, next.ycc.first) == byte) {
      for (const auto& of_third : planes_->third.candidates()) {
        next.ycc.third = of_third.value;
        next.probability = hypothesis.probability * of_third.probability;
        keep(next, space.second(next.ycc));
      }
    }
    if (channel_ == 1 && space.second(next.ycc) == byte) {
      keep(next, space.third(next.ycc.y, next.ycc.third));
    }
  }
  hypotheses_.swap(kept);
}

double ColourModel::probability_of(Byte byte) const { return sum_ > 0 ? weights_[byte] / sum_ : 0; }

void ColourModel::mix(std::span<const std::uint64_t> other, std::span<std::uint64_t> out) const {
  constexpr auto kTotal = static_cast<double>(MixtureFrequencies::kTotal);
  constexpr double kSpread = kTotal - 256.0 * MixtureFrequencies::kMinFloor;
  const double own = share_ * kSpread / sum_;
  const double others = (1 - share_) * kSpread / kTotal;
  double below = 0;
  out[0] = 0;
  for (std::size_t b = 0; b < 255; ++b) {
    below += own * weights_[b] + others * static_cast<double>(other[b + 1] - other[b]);
    out[b + 1] = static_cast<std::uint64_t>(std::min(below, kSpread)) +
                 (b + 1) * MixtureFrequencies::kMinFloor;
  }
  out[256] = MixtureFrequencies::kTotal;
}

void ColourModel::append(Byte byte, double other) {
  constexpr double kMinShare = 0x1p-12;
  constexpr double kMaxShare = 1 - 0x1p-9;
  pixel_[channel_] = byte;
  if (is_watching_) seen_.push_back(byte);
  if (planes_) {
    pixel_odds_ *= (probability_of(byte) + 1e-7) / (other + 1e-7);
    if (channel_ < 2) keep_those_with(byte);
  }
  if (++channel_ < 3) return;
  channel_ = 0;
  if (is_watching_) return watch();
  if (!planes_) return;
  const double odds = share_ / (1 - share_) * std::clamp(pixel_odds_, 1.0 / 64, 4.0);
  share_ = std::clamp(odds / (1 + odds), kMinShare, kMaxShare);
  pixel_odds_ = 1;
  // Where bytes were cut to 255 several triples make them: the likeliest.
  const Hypothesis* best = nullptr;
  for (const Hypothesis& hypothesis : hypotheses_) {
    if (planes_->space->third(hypothesis.ycc.y, hypothesis.ycc.third) != byte) continue;
    if (best == nullptr || hypothesis.probability > best->probability) best = &hypothesis;
  }
  bool is_exact = false;
  planes_->append(best != nullptr ? best->ycc : planes_->space->find(pixel_, is_exact));
  look_ahead();
}

}  // namespace zipdream::image
