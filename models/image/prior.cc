// SPDX-License-Identifier: Apache-2.0
#include "models/image/prior.h"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace zipdream::image {
namespace {

constexpr float kWeightUnit = 1.0F / 4096;     // of linear weights
constexpr float kCovarianceUnit = 1.0F / 256;  // of covariances

// Calls visit(number, unit) for each in the order in which they are kept.
template <typename Fixed, typename Visit>
void visit_fixed(Fixed& fixed, Visit visit) {
  for (auto& weights : fixed) {
    for (std::size_t size = 0; size < kFixedSizes; ++size) {
      for (int i = 0; i < kFixedRegressors[size]; ++i) visit(weights[i][size], kWeightUnit);
    }
  }
}

// The lower triangles of covariances alone.
template <typename Rows, typename Visit>
void visit_rows(Rows& rows, Visit visit) {
  for (int r = 0; r < kSide; ++r) {
    for (int v = 0; v < kSide; ++v) {
      for (int i = 0; i < kSide - r; ++i) {
        for (auto& weight : rows.means[r][v][i]) visit(weight, kWeightUnit);
        for (int j = 0; j <= i; ++j) visit(rows.covariances[r][v][i][j], kCovarianceUnit);
      }
    }
  }
}

class Writer {
 public:
  void operator()(float number, float unit) {
    const double whole = std::round(static_cast<double>(number) / static_cast<double>(unit));
    numbers.push_back(static_cast<std::int16_t>(std::clamp(whole, -32767.0, 32767.0)));
  }
  std::vector<std::int16_t> numbers;
};

class Reader {
 public:
  explicit Reader(std::string_view numbers) : rest_(numbers) {}

  void operator()(float& number, float unit) {
    const auto low = static_cast<unsigned char>(rest_[0]);
    const auto high = static_cast<unsigned char>(rest_[1]);
    number = static_cast<float>(static_cast<std::int16_t>(high << 8 | low)) * unit;
    rest_.remove_prefix(2);
  }
  [[nodiscard]] std::string_view rest() const { return rest_; }

 private:
  std::string_view rest_;
};

}  // namespace

std::vector<std::int16_t> numbers_of(const FixedWeights& fixed) {
  Writer writer;
  visit_fixed(fixed, [&](float number, float unit) { writer(number, unit); });
  return writer.numbers;
}

std::vector<std::int16_t> numbers_of(const RowPrior& rows) {
  Writer writer;
  visit_rows(rows, [&](float number, float unit) { writer(number, unit); });
  return writer.numbers;
}

GrayPrior GrayPrior::read(std::string_view numbers) {
  Reader reader(numbers);
  std::array<FixedWeights, 1> fixed{};
  visit_fixed(fixed[0], [&](float& number, float unit) { reader(number, unit); });
  RowPrior rows{};
  visit_rows(rows, [&](float& number, float unit) { reader(number, unit); });
  for (auto& of_row : rows.covariances) {
    for (auto& covariance : of_row) {
      for (int i = 0; i < kSide; ++i) {
        for (int j = i + 1; j < kSide; ++j) covariance[i][j] = covariance[j][i];
      }
    }
  }
  return {fixed, rows, SmallNet(kGrayNet, reader.rest())};
}

RgbPrior RgbPrior::read(std::string_view numbers) {
  Reader reader(numbers);
  std::array<FixedWeights, 3> fixed{};
  for (FixedWeights& of_channel : fixed) {
    visit_fixed(of_channel, [&](float& number, float unit) { reader(number, unit); });
  }
  return {fixed, SmallNet(kRgbNet, reader.rest())};
}

std::size_t gray_prior_size() {
  return numbers_of(FixedWeights{}).size() + numbers_of(RowPrior{}).size() +
         kGrayNet.parameter_count();
}

std::size_t rgb_prior_size() {
  return 3 * numbers_of(FixedWeights{}).size() + kRgbNet.parameter_count();
}

const GrayPrior& gray_prior() {
  static const GrayPrior learnt =
      GrayPrior::read(kImagePriorNumbers.substr(0, 2 * gray_prior_size()));
  return learnt;
}

const RgbPrior& rgb_prior() {
  static const RgbPrior learnt = RgbPrior::read(kImagePriorNumbers.substr(2 * gray_prior_size()));
  return learnt;
}

std::span<const FixedWeights> neutral_rgb_weights() {
  static const std::array<FixedWeights, 3> made = [] {
    constexpr float kShare = 0.8F;
    std::array<FixedWeights, 3> weights{};
    for (std::size_t channel = 1; channel < weights.size(); ++channel) {
      for (auto& position : weights[channel]) position[0].fill(kShare);
    }
    return weights;
  }();
  return made;
}

}  // namespace zipdream::image
