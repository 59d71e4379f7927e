// SPDX-License-Identifier: Apache-2.0
// Mixtures of models: mix and avg.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "codecs/common/predictors.h"
#include "models/mix/average.h"
#include "models/mix/logistic_mixture.h"
#include "models/mix/mixer.h"
#include "tests/codecs/sample_bytes.h"
#include "tests/generator/distribution.h"
#include "zipdream/error.h"
#include "zipdream/registry.h"
#include "zipdream/score.h"

namespace zipdream {
namespace {

using testing::AllOf;
using testing::DoubleNear;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

// Gives one byte a fixed probability and all others the same, whatever it sees.
class Fixed final : public BytePredictor {
 public:
  Fixed(Byte byte, double p) : byte_(byte), p_(p) {}
  void observe(ByteView /*bytes*/) override {}
  void log2_probs_among(std::span<const Symbol> among, std::span<double> out) const override {
    std::array<double, 256> weights;
    weights.fill((1 - p_) / 255);
    weights[byte_] = p_;
    normalize(weights, among, out);
  }
  [[nodiscard]] std::unique_ptr<Predictor> clone() const override {
    return std::make_unique<Fixed>(*this);
  }

 private:
  Byte byte_;
  double p_;
};

std::vector<std::unique_ptr<Predictor>> two(double first, double second) {
  std::vector<std::unique_ptr<Predictor>> members;
  members.push_back(std::make_unique<Fixed>('a', first));
  members.push_back(std::make_unique<Fixed>('a', second));
  return members;
}

std::vector<double> alone(double p) {
  const Fixed model('a', p);
  return static_cast<const Predictor&>(model).log2_probs();
}

double p_of(const Predictor& model, Byte byte) { return std::exp2(model.log2_probs()[byte]); }

// ---- avg ----

TEST(Average, WeighsItsMembersByWhatTheyPredicted) {
  const auto model = make_average(two(0.5, 0.25), 0);
  EXPECT_NEAR(p_of(*model, 'a'), 0.375, 1e-12);
  model->observe("a");
  EXPECT_NEAR(p_of(*model, 'a'), 2.0 / 3 * 0.5 + 1.0 / 3 * 0.25, 1e-12);
  EXPECT_THAT(std::vector(model->member_weights().begin(), model->member_weights().end()),
              ElementsAre(DoubleNear(0.5, 1e-12), DoubleNear(0.5, 1e-12)))
      << "of the byte that came";
  model->observe("b");  // 2/3 (1/2) to 1/3 (3/4)
  EXPECT_NEAR(p_of(*model, 'a'), 4.0 / 7 * 0.5 + 3.0 / 7 * 0.25, 1e-12);
  EXPECT_THAT(std::vector(model->member_weights().begin(), model->member_weights().end()),
              ElementsAre(DoubleNear(2.0 / 3, 1e-12), DoubleNear(1.0 / 3, 1e-12)));
}

TEST(Average, HandsOutAPartOfTheTrustToAllAlike) {
  const auto model = make_average(two(0.5, 0.25), 0.1);
  model->observe("a");
  const double first = 0.9 * 2 / 3 + 0.05;
  EXPECT_NEAR(p_of(*model, 'a'), first * 0.5 + (1 - first) * 0.25, 1e-12);
}

TEST(Average, TakesBackAMemberThatWasWrongForLong) {
  const Bytes as(3000, 'a');
  const auto never = make_average(two(0.999, 1e-9), 0);
  never->observe(as);
  EXPECT_NEAR(p_of(*never, 'a'), 0.999, 1e-9);
  const Bytes bs(9500, 'b');
  never->observe(bs);
  EXPECT_LT(p_of(*never, 'a'), 1e-6) << "a share far below what a double holds has come back";
}

TEST(Average, CostsAtMostABitMoreThanTheBetterOfTwoByBayesRuleAlone) {
  for (const SampleKind& kind : sample_kinds()) {
    const Bytes data = kind.make(4000, 5);
    const auto bits = [&](const std::string& spec) {
      double sum = 0;
      for (const double each : score(*make_predictor(spec), data)) sum += each;
      return sum;
    };
    const double best = std::min(bits("ppm:2"), bits("gzip:9"));
    EXPECT_LE(bits("avg:0:ppm:2+gzip:9"), best + 1 + 1e-6) << kind.name;
  }
}

// ---- mix ----

// Before it has learned anything each member has the same weight, and they sum to 1: at each
// decision the odds are the geometric mean of the members'.
TEST(LogisticMixture, BeginsWithTheGeometricMeanOfTheOdds) {
  const auto model = make_logistic_mixture(two(0.5, 0.9));
  const auto mixed = model->log2_probs();
  const auto odds = [](const std::vector<double>& log2_probs) {  // of the first bit
    double ones = 0;
    double zeros = 0;
    for (std::size_t i = 0; i < 256; ++i) (i < 128 ? zeros : ones) += std::exp2(log2_probs[i]);
    return std::log2(ones / zeros);
  };
  const double expected = (odds(alone(0.5)) + odds(alone(0.9))) / 2;
  EXPECT_NEAR(odds(mixed), expected, 1e-3);
  expect_distribution(mixed);
}

TEST(LogisticMixture, OfTheSameTwiceIsTheSame) {
  const auto mixed = make_logistic_mixture(two(0.7, 0.7))->log2_probs();
  const auto once = alone(0.7);
  for (std::size_t i = 0; i < 256; ++i) EXPECT_NEAR(mixed[i], once[i], 0.01);
}

TEST(LogisticMixture, LearnsWhomToTrust) {
  std::vector<std::unique_ptr<Predictor>> members;
  members.push_back(std::make_unique<Fixed>('a', 0.9));
  members.push_back(std::make_unique<Fixed>('b', 0.9));
  const auto model = make_logistic_mixture(std::move(members));
  model->observe(Bytes(500, 'b'));
  EXPECT_GT(p_of(*model, 'b'), 0.95);
  const auto weights = model->member_weights();
  EXPECT_GT(weights[1], weights[0] + 0.3);
}

TEST(LogisticMixture, HasALogitOfAnyCounts) {
  EXPECT_EQ(mix::logit(1, 1), 0);
  EXPECT_NEAR(mix::logit(3, 1), 4096 * std::log2(3.0), 2);
  EXPECT_NEAR(mix::logit(1, 3), -4096 * std::log2(3.0), 2);
  EXPECT_EQ(mix::logit(~std::uint64_t{0}, 1), -mix::logit(1, ~std::uint64_t{0}));
}

// Whatever the members say and however they turn out, no outcome of a decision is impossible.
TEST(Mixer, NeverGivesZero) {
  mix::Mixer mixer(2);
  std::vector<double> weights;
  for (int round = 0; round < 3000; ++round) {
    std::array<mix::Decision, 8> decisions;
    unsigned node = 1;
    const Byte byte = round < 2000 ? 0xFF : static_cast<Byte>(round);
    for (int i = 0; i < 8; ++i) {
      decisions[i].inputs = {mix::logit(1U << 30, 1), mix::logit(1U << 30, 1)};
      mixer.predict(node, decisions[i]);
      ASSERT_GT(decisions[i].p, 0U);
      ASSERT_LT(decisions[i].p, 1U << mix::Mixer::kProbabilityBits);
      node = 2 * node + (byte >> (7 - i) & 1);
    }
    mixer.learn(byte, decisions, weights);
  }
}

// ---- both, by their specs ----

const std::vector<std::string>& mixtures() {
  static const std::vector<std::string> specs = {"mix:ppm:3+gzip:9",
                                                 "mix:cm:1+ppm:2+gzip:1",
                                                 "mix:[avg:gzip:1+ppm:3]+ppm:2",
                                                 "avg:ppm:3+gzip:9",
                                                 "avg:0:cm:1+ppm:2",
                                                 "mix:residual:left:ppm:2+ppm:3",
                                                 "residual:med,width=9:mix:ppm:2+gzip:9"};
  return specs;
}

TEST(Mixtures, GiveADistributionWithoutAZeroAfterAnyContext) {
  for (const std::string& spec : mixtures()) {
    for (const Bytes& context : {Bytes{}, Bytes{'a'}, Bytes(3000, 'x'), full_alphabet(),
                                 text_like(2000), random_bytes(900)}) {
      const auto model = make_predictor(spec);
      model->observe(context);
      SCOPED_TRACE(spec);
      expect_distribution(model->log2_probs());
    }
  }
}

TEST(Mixtures, SeeNoDifferenceInHowTheContextIsCut) {
  const Bytes context = text_like(700, 3);
  for (const std::string& spec : mixtures()) {
    const auto whole = make_predictor(spec);
    whole->observe(context);
    const auto bytewise = make_predictor(spec);
    for (const Byte byte : context) {
      static_cast<void>(bytewise->log2_probs());
      bytewise->update(byte);
    }
    EXPECT_EQ(whole->log2_probs(), bytewise->log2_probs()) << spec;
  }
}

TEST(Mixtures, HaveIndependentClones) {
  for (const std::string& spec : mixtures()) {
    const auto model = make_predictor(spec);
    model->observe(text_like(800));
    const auto before = model->log2_probs();
    const auto clone = model->clone();
    clone->observe(random_bytes(300));
    EXPECT_EQ(model->log2_probs(), before) << spec;
    model->observe("and on");
    const auto again = make_predictor(spec);
    again->observe(concat(text_like(800), to_bytes("and on")));
    EXPECT_EQ(model->log2_probs(), again->log2_probs()) << spec;
  }
}

TEST(Mixtures, CodeWhatTheyScoreAndDecodeIt) {
  const Bytes data = concat(text_like(1500, 2), random_bytes(200));
  for (const std::string& spec : mixtures()) {
    ProofOptions options;
    const Proof proof = prove(*make_predictor(spec), data, options);
    EXPECT_NEAR(static_cast<double>(proof.code_bits), proof.bits_scored, 3) << spec;
    const auto codec = make_codec("arith:" + spec);
    EXPECT_EQ(codec->decompress(codec->compress(data), data.size()), data) << spec;
  }
}

TEST(Mixtures, AreNoWorseThanTheirBestMemberAndBetterWhereMembersDiffer) {
  const auto bits = [](const std::string& spec, const Bytes& data) {
    return make_codec("arith:" + spec)->bits(data, Units::kBits);
  };
  for (const SampleKind& kind : sample_kinds()) {
    const Bytes data = kind.make(8'000, 7);
    const double best = std::min(bits("ppm:3", data), bits("gzip:9", data));
    EXPECT_LE(bits("mix:ppm:3+gzip:9", data), 1.005 * best + 100) << kind.name;
  }
}

TEST(Mixtures, TellTheWeightsOfTheirMembers) {
  for (const std::string spec :
       {"mix:ppm:3+gzip:9+cm:1", "avg:ppm:3+gzip:9+cm:1", "residual:left:avg:ppm:3+gzip:9+cm:1"}) {
    EXPECT_THAT(member_names(Spec::parse(spec)), ElementsAre("ppm:3", "gzip:9", "cm:1"));
    const auto model = make_predictor(spec);
    EXPECT_TRUE(model->member_weights().empty());
    model->observe(text_like(100));
    EXPECT_EQ(model->member_weights().size(), 3U) << spec;
  }
  EXPECT_TRUE(make_predictor("ppm:3")->member_weights().empty());
  EXPECT_TRUE(member_names(Spec::parse("residual:left:ppm:3")).empty());
}

TEST(Mixtures, HandTheOptionsOfCodecsToTheirCodecs) {
  PredictorOptions options;
  options.probs = Probs::kLengths;
  options.units = Units::kBytes;
  EXPECT_EQ(probs_name(Spec::parse("mix:ppm:3+gzip:9"), {}), "learned + tables");
  EXPECT_EQ(probs_name(Spec::parse("mix:ppm:3+gzip:9"), options), "learned + lengths in bytes");
  const auto by_lengths = make_predictor("mix:ppm:3+gzip:9", options);
  const auto by_tables = make_predictor("mix:ppm:3+gzip:9");
  by_lengths->observe(text_like(60));
  by_tables->observe(text_like(60));
  EXPECT_NE(by_lengths->log2_probs(), by_tables->log2_probs());
  EXPECT_THROW(static_cast<void>(make_predictor("mix:ppm:3+cm:1", options)), Error);
}

TEST(Mixtures, HaveASmallerAlphabetACorpusAndAWindow) {
  for (const std::string& spec : mixtures()) {
    PredictorOptions options;
    options.alphabet = to_bytes("abc");
    options.corpus = to_bytes("abcabcabcabcabcabcabc");
    options.context_window = 5;
    const auto model = make_predictor(spec, options);
    model->observe("cccccabcab");
    ASSERT_EQ(model->alphabet_size(), 3U);
    expect_distribution(model->log2_probs());
  }
}

}  // namespace
}  // namespace zipdream
