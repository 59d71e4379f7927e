// SPDX-License-Identifier: Apache-2.0
#include "models/mix/average.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <cstddef>
#include <span>
#include <utility>

#include "base/portable_math.h"
#include "base/process.h"
#include "codecs/common/predictors.h"
#include "models/mix/members.h"

namespace zipdream {
namespace {

class Average final : public BytePredictor {
 public:
  Average(Members members, double handed_out)
      : members_(std::move(members)),
        handed_out_(handed_out),
        log2_shares_(members_.size(), -portable_log2(static_cast<double>(members_.size()))) {}

  void observe(ByteView bytes) override {
    score_symbols(std::vector<Symbol>(bytes.begin(), bytes.end()), [](double /*log2_prob*/) {});
  }

  void log2_probs_among(std::span<const Symbol> among, std::span<double> out) const override {
    std::vector<double> log2_probs(members_.size() * 256);
    for (std::size_t m = 0; m < members_.size(); ++m) {
      members_[m].log2_probs(std::span(log2_probs).subspan(256 * m, 256));
    }
    average(log2_probs, among, out);
  }

  void teacher_force_among(std::span<const Symbol> symbols, std::span<const Symbol> among,
                           const OnLog2Probs& visit) override {
    const std::span<const Symbol> asked = among.empty() ? all_bytes() : among;
    if (!visit) return score_symbols(symbols, [](double /*log2_prob*/) {});
    std::vector<double> out(asked.size());
    std::vector<double> own(members_.size());  // what each says of the byte that comes
    members_.teacher_force(symbols, [&](Symbol symbol, std::span<const double> log2_probs) {
      average(log2_probs, asked, out);
      visit(out);
      for (std::size_t m = 0; m < own.size(); ++m) own[m] = log2_probs[256 * m + symbol];
      learn(own);
    });
  }

  void score_symbols(std::span<const Symbol> symbols, const OnLog2Prob& visit) override {
    members_.score_symbols(symbols, [&](Symbol /*symbol*/, std::span<const double> log2_probs) {
      double probability = 0;
      for (std::size_t m = 0; m < members_.size(); ++m) {
        probability += portable_exp2(log2_shares_[m]) * portable_exp2(log2_probs[m]);
      }
      visit(log2_of(probability));
      learn(log2_probs);
    });
  }

  [[nodiscard]] std::span<const double> member_weights() const override { return shares_; }

  [[nodiscard]] std::uint64_t parameter_count() const override {
    return members_.parameter_count();
  }

  [[nodiscard]] std::unique_ptr<Predictor> clone() const override {
    return std::make_unique<Average>(*this);
  }

  [[nodiscard]] std::string describe() const override { return members_.describe(); }

 private:
  // `log2_probs`: (members, 256).
  void average(std::span<const double> log2_probs, std::span<const Symbol> among,
               std::span<double> out) const {
    std::array<double, 256> sums{};
    std::array<double, 256> probs;
    for (std::size_t m = 0; m < members_.size(); ++m) {
      std::ranges::copy(log2_probs.subspan(256 * m, 256), probs.begin());
      portable_exp2(probs);
      const double share = portable_exp2(log2_shares_[m]);
      for (std::size_t i = 0; i < sums.size(); ++i) sums[i] += share * probs[i];
    }
    if (among.size() < sums.size()) {
      for (double& sum : sums) sum = std::max(sum, kLeast);
      return normalize(sums, among, out);
    }
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = log2_of(sums[i]);
  }

  // The shares sum to 1, and so do the averages but for rounding: each is known by itself.
  static double log2_of(double average) {
    return std::min(portable_log2(std::max(average, kLeast)), 0.0);
  }

  // From what each member said of the byte that came. In logarithms, so that by Bayes' rule alone a
  // share may become as small as it deserves and grow again.
  void learn(std::span<const double> log2_probs) {
    shares_.resize(members_.size());
    for (std::size_t m = 0; m < members_.size(); ++m) {
      shares_[m] = portable_exp2(log2_shares_[m]);
      log2_shares_[m] += log2_probs[m];
    }
    const double most = std::ranges::max(log2_shares_);
    double sum = 0;
    for (const double log2_share : log2_shares_) sum += portable_exp2(log2_share - most);
    const double log2_sum = most + portable_log2(sum);
    const double to_each = handed_out_ / static_cast<double>(members_.size());
    for (double& log2_share : log2_shares_) {
      log2_share -= log2_sum;
      if (handed_out_ == 0) continue;
      log2_share = portable_log2((1 - handed_out_) * portable_exp2(log2_share) + to_each);
    }
  }

  static constexpr double kLeast = 1e-290;

  Members members_;
  double handed_out_;
  std::vector<double> log2_shares_;  // sum to 1
  std::vector<double> shares_;       // before the last byte
};

}  // namespace

std::unique_ptr<Predictor> make_average(std::vector<std::unique_ptr<Predictor>> members,
                                        double handed_out) {
  assert(members.size() > 1);
  return std::make_unique<Average>(Members(std::move(members)), handed_out);
}

}  // namespace zipdream
