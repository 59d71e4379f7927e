// SPDX-License-Identifier: Apache-2.0
#include "codecs/common/length_predictor.h"

#include <algorithm>
#include <cassert>
#include <utility>
#include <vector>

#include "base/portable_math.h"

namespace zipdream {
namespace {

// Turns lengths into log2 probabilities in place: p_i = 2^-L_i / sum_j 2^-L_j. Subtracting the
// shortest length first keeps the sum between 1 and the number of symbols.
void lengths_to_log2_probs(std::span<double> lengths) {
  const double shortest = *std::min_element(lengths.begin(), lengths.end());
  double sum = 0;
  for (const double length : lengths) sum += portable_exp2(shortest - length);
  const double log2_sum = portable_log2(sum);
  for (double& length : lengths) length = shortest - length - log2_sum;
}

class LengthPredictor final : public BytePredictor {
 public:
  LengthPredictor(std::shared_ptr<const Codec> codec, std::unique_ptr<Session> session)
      : codec_(std::move(codec)), session_(std::move(session)) {}

  void observe(ByteView bytes) override { session_->append(bytes); }

  void log2_probs_among(std::span<const Symbol> among, std::span<double> out) const override {
    assert(!among.empty());
    std::vector<ByteView> candidates;
    candidates.reserve(among.size());
    for (const Symbol symbol : among) candidates.push_back(symbol_bytes(symbol));
    session_->bits_after(candidates, out);
    lengths_to_log2_probs(out);
  }

  [[nodiscard]] std::unique_ptr<Predictor> clone() const override {
    return std::make_unique<LengthPredictor>(codec_, session_->clone());
  }

  [[nodiscard]] std::string describe() const override { return session_->describe(); }

 private:
  std::shared_ptr<const Codec> codec_;
  std::unique_ptr<Session> session_;
};

}  // namespace

std::unique_ptr<Predictor> make_length_predictor(std::shared_ptr<const Codec> codec, Units units) {
  std::unique_ptr<Session> session = codec->start(units);
  return std::make_unique<LengthPredictor>(std::move(codec), std::move(session));
}

}  // namespace zipdream
