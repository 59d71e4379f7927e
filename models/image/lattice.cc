// SPDX-License-Identifier: Apache-2.0
#include "models/image/lattice.h"

#include <algorithm>
#include <cmath>

#include "models/common/fixed_math.h"

namespace zipdream::image {
namespace {

using Basis = std::array<std::array<double, kSide>, kSide>;

// The orthonormal DCT: (frequency, place).
const Basis& dct() {
  static const Basis basis = [] {
    Basis made;
    for (int v = 0; v < kSide; ++v) {
      for (int i = 0; i < kSide; ++i) {
        const double turns = (2 * i + 1) * v / 32.0;
        const double cosine = sine_of_turns(turns + 0.25);
        made[v][i] = v == 0 ? std::sqrt(0.125) : 0.5 * cosine;
      }
    }
    return made;
  }();
  return basis;
}

// Table K.1 of the JPEG standard, row by row.
constexpr std::array<std::array<int, kSide>, kSide> kLuminance = {
    {{16, 11, 10, 16, 24, 40, 51, 61},
     {12, 12, 14, 19, 26, 58, 60, 55},
     {14, 13, 16, 24, 40, 57, 69, 56},
     {14, 17, 22, 29, 51, 87, 80, 62},
     {18, 22, 37, 56, 68, 109, 103, 77},
     {24, 35, 55, 64, 81, 104, 113, 92},
     {49, 64, 78, 87, 103, 121, 120, 101},
     {72, 92, 95, 98, 112, 100, 103, 99}}};

constexpr int kLeastQuality = 50;
constexpr int kLikeliestQuality = 96;

// The step of C[u][v] in a file that libjpeg wrote with a quality of 50 or more.
constexpr int step_of(std::size_t quality, int u, int v) {
  const int scale = 200 - 2 * (kLeastQuality + static_cast<int>(quality));
  return std::max(1, (kLuminance[u][v] * scale + 50) / 100);
}

using Steps = std::array<std::array<std::array<int, kSide>, kSide>, 50>;
constexpr Steps kSteps = [] {
  Steps steps{};
  for (std::size_t quality = 0; quality < steps.size(); ++quality) {
    for (int u = 0; u < kSide; ++u) {
      for (int v = 0; v < kSide; ++v) steps[quality][u][v] = step_of(quality, u, v);
    }
  }
  return steps;
}();

constexpr double kMiddle = 128 * 2.82842712474619;  // R[0] of a row of the level 128
constexpr int kLeastStep = 2;                       // smaller ones tell nothing of a pixel
constexpr int kLeastScored = 3;                     // nor of a table
constexpr double kForget = 0.999;                   // of scores, a block
constexpr double kConvincing = 30;                  // of a score
constexpr int kTellingStep = 5;                     // of which deviations are kept

// How much likelier a deviation from the nearest multiple of a step is with the lattice than
// without, as a logarithm, by step and deviation in sixteenths.
class Evidence {
 public:
  static const Evidence& table() {
    static const Evidence made;
    return made;
  }
  [[nodiscard]] double of(int step, double deviation) const {
    const auto at = static_cast<std::size_t>(std::abs(deviation) * kParts);
    return values_[step][std::min(at, kMaxParts - 1)];
  }

 private:
  static constexpr std::size_t kParts = 16;
  static constexpr std::size_t kMaxParts = 64;
  static constexpr std::size_t kSizes = 128;

  Evidence() {
    constexpr double kSigma = 0.5;
    constexpr double kOutliers = 0.15;
    for (std::size_t step = 1; step < kSizes; ++step) {
      for (std::size_t at = 0; at < kMaxParts; ++at) {
        const double z = (static_cast<double>(at) + 0.5) / kParts / kSigma;
        const double density = 0.3989422804 / kSigma * fast_exp(-0.5 * z * z);
        const double ratio = (1 - kOutliers) * density * static_cast<double>(step) + kOutliers;
        values_[step][at] = fast_log(ratio);
      }
    }
  }

  std::array<std::array<double, kMaxParts>, kSizes> values_{};
};

double rounded(double value) { return (value + fixed_math::kRounder) - fixed_math::kRounder; }

double deviation_from(double coefficient, double step) {
  return coefficient - step * rounded(coefficient / step);
}

// Whether a coefficient near 0 would be there with a lattice or without.
bool tells_nothing(double coefficient, double step) {
  const double size = std::abs(coefficient);
  return size < 2 && 2 * size < step;
}

// How much likelier the coefficients of a block are with the table of that quality.
double score_of(const Basis& coefficients, std::size_t quality) {
  const Evidence& evidence = Evidence::table();
  double sum = 0;
  for (int u = 0; u < kSide; ++u) {
    for (int v = 0; v < kSide; ++v) {
      const int step = kSteps[quality][u][v];
      const double coefficient = coefficients[u][v];
      if (step < kLeastScored || tells_nothing(coefficient, step)) continue;
      sum += evidence.of(step, deviation_from(coefficient, step));
    }
  }
  return sum;
}

// R of eight pixels of a row.
std::array<double, kSide> row_dct(const Byte* pixels) {
  const Basis& basis = dct();
  std::array<double, kSide> out{};
  for (int i = 0; i < kSide; ++i) {
    for (int v = 0; v < kSide; ++v) out[v] += basis[v][i] * pixels[i];
  }
  return out;
}

// C of a block whose last row is y; the mean level of JPEG's samples taken off.
void block_dct(const PixelRows& rows, int x, int y, Basis& out) {
  const Basis& basis = dct();
  for (auto& row : out) row.fill(0);
  for (int i = 0; i < kSide; ++i) {
    std::array<double, kSide> along = row_dct(rows.row(0, y - kSide + 1 + i) + x);
    along[0] -= kMiddle;
    for (int u = 0; u < kSide; ++u) {
      for (int v = 0; v < kSide; ++v) out[u][v] += basis[u][i] * along[v];
    }
  }
}

}  // namespace

const RowPrior& RowPrior::neutral() {
  static const RowPrior made = [] {
    constexpr std::array<float, kSide> kStrength = {2.2F, 1.6F, 1.2F, 0.9F, 0.7F, 0.5F, 0.4F, 0.3F};
    RowPrior prior{};
    for (int r = 0; r < kSide; ++r) {
      for (int v = 0; v < kSide; ++v) {
        for (int i = 0; i < kSide - r; ++i) {
          for (int j = 0; j < kSide - r; ++j) {
            prior.covariances[r][v][i][j] =
                kStrength[v] * (static_cast<float>(std::min({i, j, 3})) + 1 + (i == j ? 0.2F : 0));
          }
        }
      }
    }
    return prior;
  }();
  return made;
}

Lattice::Lattice(std::size_t width, const RowPrior& prior)
    : width_(static_cast<int>(width)),
      prior_(&prior),
      quality_(kLikeliestQuality - kLeastQuality),
      above_(width / kSide + 3),
      here_(width / kSide + 3) {
  scores_.fill(0);
}

RowFeatures Lattice::features(const PixelRows& rows, int x, int y, float scale) {
  RowFeatures features;
  features.scale = scale;
  std::array<std::array<double, kSide>, 4> above;
  for (int up = 0; up < 4; ++up) above[up] = row_dct(rows.row(0, std::max(y - 1 - up, 0)) + x);
  std::array<float, 4> sides{};
  if (x > 0) {
    const Byte* row = rows.row(0, y) + x;
    const Byte* last = rows.row(0, y - 1) + x;
    const auto fall = [&](int dx) { return static_cast<float>(row[dx] - last[dx]); };
    sides = {fall(-1), fall(-2), 0.5F * (fall(-3) + fall(-4)),
             static_cast<float>(row[-1] - last[0])};
    if (x < 4) sides[2] = 0;
  }
  for (int v = 0; v < kSide; ++v) {
    auto& out = features.values[v];
    const double before = above[0][v];
    features.before[v] = static_cast<float>(before);
    out[0] = 1;
    out[1] = static_cast<float>(v == 0 ? before - kMiddle : before);
    for (int up = 1; up < 4; ++up) out[1 + up] = static_cast<float>(above[up][v] - before);
    for (int k = 0; k < 4; ++k) out[5 + k] = sides[k];
  }
  return features;
}

double Lattice::noise(std::size_t block) const {
  const double everywhere = (3.6 + all_.squares) / (20 + all_.count);
  double squares = 8 * everywhere;
  double count = 8;
  const auto add = [&](const Deviations& part) {
    squares += part.squares;
    count += part.count;
  };
  for (std::size_t near = block > 0 ? block - 1 : 0; near <= block + 1; ++near) add(above_[near]);
  if (outlook_.row == kSide - 1 && block > 0) add(here_[block - 1]);
  return std::clamp(squares / count, 0.06, 3.0);
}

const LatticeOutlook& Lattice::look(const Picture& picture) {
  const Outlook& outlook = picture.outlook();
  const int x = outlook.x;
  const int y = outlook.y;
  const int column = (x - phase_x_) & (kSide - 1);
  const int row = (y - phase_y_) & (kSide - 1);
  const bool is_whole = x >= column && x - column + kSide <= width_;
  outlook_.is_on = y > 0 && y >= row && is_whole;
  if (!outlook_.is_on) return outlook_;
  outlook_.column = column;
  outlook_.row = row;
  if (column == 0) begin_row(picture);
  predict(outlook);
  return outlook_;
}

void Lattice::begin_row(const Picture& picture) {
  const PixelRows& rows = picture.rows();
  const int x = rows.x();
  const int y = rows.y();
  const int row = outlook_.row;
  const RowFeatures features = Lattice::features(rows, x, y, picture.error_around());
  const auto& means = prior_->means[row];
  const auto& covariances = prior_->covariances[row];
  row_scale_ = static_cast<double>(features.scale) * static_cast<double>(features.scale);
  for (int v = 0; v < kSide; ++v) {
    for (int i = 0; i < kSide - row; ++i) {
      double mean = static_cast<double>(features.before[v]);
      for (std::size_t k = 0; k < RowPrior::kFeatures; ++k) {
        mean += static_cast<double>(means[v][i][k]) * static_cast<double>(features.values[v][k]);
      }
      ahead_[v][i] = mean;
    }
    row_.mean[v] = ahead_[v][0];
    row_.covariance[v].fill(0);
    row_.covariance[v][v] = static_cast<double>(covariances[v][0][0]) * row_scale_ + 1e-3;
  }
  inflation_ = 1;
  surprise_ = 0;
  outlook_.last_error.fill(0);
  outlook_.last_offset = 0;
  for (auto& known : known_) known.fill(0);
  for (int i = 0; i < row; ++i) {
    Vector8 along = row_dct(rows.row(0, y - row + i) + x);
    along[0] -= kMiddle;
    for (int u = 0; u < kSide; ++u) {
      for (int v = 0; v < kSide; ++v) known_[u][v] += dct()[u][i] * along[v];
    }
  }
  noise_ = noise(block_at(x));
}

void Lattice::predict(const Outlook& outlook) {
  constexpr double kPseudoDeviation = 1.4;
  const Basis& basis = dct();
  const int c = outlook_.column;
  Gaussian row = row_;
  for (auto& line : row.covariance) {
    for (double& value : line) value *= inflation_;
  }
  Vector8 along;
  const auto project = [&](const Gaussian& of, double& mean, double& variance) {
    mean = 0;
    variance = 0;
    for (int v = 0; v < kSide; ++v) {
      along[v] = 0;
      for (int w = 0; w < kSide; ++w) along[v] += of.covariance[v][w] * basis[w][c];
      mean += basis[v][c] * of.mean[v];
    }
    for (int v = 0; v < kSide; ++v) variance += basis[v][c] * along[v];
    variance = std::max(variance, 1e-4);
  };
  double mean = 0;
  double variance = 0;
  if (outlook_.row >= 2) {
    project(row, mean, variance);
    const double deviation =
        kPseudoDeviation * (0.75 * static_cast<double>(outlook.near_error[kEstimates]) + 0.2);
    const double all = variance + deviation * deviation;
    const double off = static_cast<double>(outlook.estimates.mean) - mean;
    for (int v = 0; v < kSide; ++v) row.mean[v] += along[v] * off / all;
    for (int v = 0; v < kSide; ++v) {
      for (int w = 0; w < kSide; ++w) row.covariance[v][w] -= along[v] * along[w] / all;
    }
    apply_steps(row, inflation_ * row_scale_);
  }
  project(row, mean, variance);
  outlook_.mean = static_cast<float>(std::clamp(mean, -20.0, 275.0));
  outlook_.deviation = static_cast<float>(std::sqrt(std::max(variance, 0.002)));
  outlook_.log_noise = static_cast<float>(0.5 * fixed_math::kLog2E * fast_log(noise_));
}

namespace {

// The rows to come of one coefficient along them: a normal distribution.
struct Column {
  int count;
  std::array<double, kSide> mean;
  std::array<std::array<double, kSide>, kSide> covariance;

  // Of weights' (values): its variance; `along` becomes covariance x weights.
  double project(const double* weights, std::array<double, kSide>& along, double& at) const {
    double variance = 0;
    at = 0;
    for (int i = 0; i < count; ++i) {
      double sum = 0;
      for (int j = 0; j < count; ++j) sum += covariance[i][j] * weights[j];
      along[i] = sum;
      variance += weights[i] * sum;
      at += weights[i] * mean[i];
    }
    return variance;
  }

  void change(const std::array<double, kSide>& along, double shift, double shrink) {
    for (int i = 0; i < count; ++i) {
      mean[i] += along[i] * shift;
      const double scaled = along[i] * shrink;
      for (int j = 0; j < count; ++j) covariance[i][j] -= scaled * along[j];
    }
  }
};

// A normal value that is known to lie near a multiple of a step, as a normal one again.
struct Stepped {
  double mean;
  double variance;
  bool is_told;  // false: any multiple is possible
};

Stepped near_multiples(double mean, double variance, double step, double noise) {
  constexpr double kWidest = 3.3;
  constexpr int kMaxMultiples = 9;
  const double all = variance + noise;
  const double reach = kWidest * std::sqrt(all);
  if (2 * reach > kMaxMultiples * step) return {mean, variance, false};
  const double nearest = rounded(mean / step);
  const double share = variance / all;
  const double precision = -0.5 / all;
  double sum = 0;
  double first = 0;
  double second = 0;
  const auto add = [&](double multiple) {
    const double off = multiple * step - mean;
    const double weight = fast_exp(precision * off * off);
    const double shift = share * off;
    sum += weight;
    first += weight * shift;
    second += weight * shift * shift;
  };
  add(nearest);
  for (int k = 1; k <= kMaxMultiples / 2; ++k) {
    const bool is_up = (nearest + k) * step - mean <= reach;
    const bool is_down = mean - (nearest - k) * step <= reach;
    if (is_up) add(nearest + k);
    if (is_down) add(nearest - k);
    if (!is_up && !is_down) break;
  }
  if (sum < 1e-200) return {mean, variance, false};
  const double shift = first / sum;
  const double spread = std::max(second / sum - shift * shift, 0.0);
  return {mean + shift, share * noise + spread, true};
}

}  // namespace

void Lattice::apply_steps(Gaussian& row, double scale) const {
  constexpr double kCertain = 0.02;
  const Basis& basis = dct();
  const int first = outlook_.row;
  Column column;
  column.count = kSide - first;
  std::array<double, kSide> along;
  for (int v = kSide - 1; v >= 0; --v) {
    const double before = row.covariance[v][v];
    if (before < kCertain) continue;
    const auto& prior = prior_->covariances[first][v];
    const double own = std::max(static_cast<double>(prior[0][0]), 1e-6);
    const double shift = row.mean[v] - ahead_[v][0];
    for (int i = 0; i < column.count; ++i) {
      const double gain = static_cast<double>(prior[i][0]) / own;
      column.mean[i] = ahead_[v][i] + gain * shift;
      for (int j = 0; j < column.count; ++j) {
        const double other = static_cast<double>(prior[j][0]);
        column.covariance[i][j] =
            (static_cast<double>(prior[i][j]) - gain * other) * scale + gain * other / own * before;
      }
    }
    const auto& steps = kSteps[quality_];
    for (int u = kSide - 1; u >= 0; --u) {
      const int step = steps[u][v];
      if (step < kLeastStep) continue;
      double at = 0;
      const double variance = column.project(basis[u].data() + first, along, at);
      if (variance < 1e-5) continue;
      const Stepped stepped = near_multiples(at + known_[u][v], variance, step, noise_);
      if (!stepped.is_told) continue;
      column.change(along, (stepped.mean - at - known_[u][v]) / variance,
                    (1 - stepped.variance / variance) / variance);
    }
    const double after = std::clamp(column.covariance[0][0], 1e-4, before * 4);
    const double gain = (column.mean[0] - row.mean[v]) / before;
    const double shrink = (1 - after / before) / before;
    const Vector8 of_v = row.covariance[v];
    for (int w = 0; w < kSide; ++w) {
      row.mean[w] += of_v[w] * gain;
      const double scaled = of_v[w] * shrink;
      for (int z = 0; z < kSide; ++z) row.covariance[w][z] -= scaled * of_v[z];
    }
  }
}

void Lattice::learn(const PixelRows& rows, int x, int y, Byte byte) {
  if (outlook_.is_on) {
    const double off = static_cast<double>(byte) - static_cast<double>(outlook_.mean);
    outlook_.last_error[1] = outlook_.last_error[0];
    outlook_.last_error[0] = static_cast<float>(off) / outlook_.deviation;
    outlook_.last_offset = static_cast<float>(off);
    condition(static_cast<double>(byte));
    if (outlook_.column == kSide - 1 && outlook_.row == kSide - 1) {
      finish_block(rows, x - kSide + 1, y);
    }
  }
  if (x == width_ - 1 && y >= kSide - 1) finish_row(rows, y);
}

// The row's distribution, now that the pixel is known.
void Lattice::condition(double pixel) {
  constexpr double kRounding = 0.02;
  const Basis& basis = dct();
  const int c = outlook_.column;
  Vector8 along;
  double mean = 0;
  double variance = kRounding;
  for (int v = 0; v < kSide; ++v) {
    along[v] = 0;
    for (int w = 0; w < kSide; ++w) along[v] += row_.covariance[v][w] * basis[w][c];
    mean += basis[v][c] * row_.mean[v];
  }
  for (int v = 0; v < kSide; ++v) variance += basis[v][c] * along[v];
  variance = std::max(variance, kRounding);
  const double off = pixel - mean;
  for (int v = 0; v < kSide; ++v) {
    row_.mean[v] += along[v] * off / variance;
    const double scaled = along[v] / variance;
    for (int w = 0; w < kSide; ++w) row_.covariance[v][w] -= scaled * along[w];
  }
  surprise_ += std::min(off * off / variance, 25.0);
  inflation_ = (4 + surprise_) / (4 + c + 1);
}

void Lattice::finish_block(const PixelRows& rows, int x, int y) {
  Basis coefficients;
  block_dct(rows, x, y, coefficients);
  for (std::size_t quality = 0; quality < kQualities; ++quality) {
    scores_[quality] = kForget * scores_[quality] + score_of(coefficients, quality);
  }
  Deviations& here = here_[block_at(x)];
  here = {};
  for (int u = 0; u < kSide; ++u) {
    for (int v = 0; v < kSide; ++v) {
      const double step = kSteps[quality_][u][v];
      if (step < kTellingStep) continue;
      if (tells_nothing(coefficients[u][v], step)) continue;
      const double off = deviation_from(coefficients[u][v], step);
      here.squares += off * off;
      here.count += 1;
    }
  }
  all_.squares += here.squares;
  all_.count += here.count;
  choose_quality();
}

void Lattice::choose_quality() {
  const auto best = std::max_element(scores_.begin(), scores_.end());
  const auto quality = static_cast<std::size_t>(best - scores_.begin());
  if (*best > 0 && quality != quality_ && *best > scores_[quality_] + 3) {
    quality_ = quality;
    all_ = {};
    std::ranges::fill(above_, Deviations{});
    std::ranges::fill(here_, Deviations{});
  }
  const double score = scores_[quality_];
  outlook_.evidence = static_cast<float>(score / (20 + std::abs(score)));
}

// At the end of a row of pixels: that of blocks may end with it, and another phase may fit better.
void Lattice::finish_row(const PixelRows& rows, int y) {
  if (((y - phase_y_) & (kSide - 1)) == kSide - 1) {
    above_ = here_;
    std::ranges::fill(here_, Deviations{});
  }
  const bool is_time = y >= 2 * kSide - 1 && ((y + 1) & y) == 0;
  if (is_time && *std::max_element(scores_.begin(), scores_.end()) < kConvincing) {
    find_phase(rows, y);
  }
}

// Looks at the last row of whole blocks of every phase.
void Lattice::find_phase(const PixelRows& rows, int y) {
  constexpr int kMaxBlocks = 8;
  double best = std::max(*std::max_element(scores_.begin(), scores_.end()), kConvincing);
  std::array<double, kQualities> found{};
  bool is_better = false;
  const int step = kSide * std::max(1, width_ / kSide / kMaxBlocks);
  for (int phase = 0; phase < kSide * kSide; ++phase) {
    const int last = y - phase / kSide;
    std::array<double, kQualities> scores{};
    for (int x = phase % kSide; x + kSide <= width_; x += step) {
      Basis coefficients;
      block_dct(rows, x, last, coefficients);
      for (std::size_t quality = 0; quality < kQualities; ++quality) {
        scores[quality] += score_of(coefficients, quality);
      }
    }
    const double score = *std::max_element(scores.begin(), scores.end());
    if (score <= best) continue;
    best = score;
    found = scores;
    is_better = true;
    phase_x_ = phase % kSide;
    phase_y_ = (last + 1) & (kSide - 1);
  }
  if (!is_better) return;
  scores_ = found;
  all_ = {};
  std::ranges::fill(above_, Deviations{});
  std::ranges::fill(here_, Deviations{});
  choose_quality();
}

}  // namespace zipdream::image
