// SPDX-License-Identifier: Apache-2.0
// Models of the residuals of pixels or samples.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "generator/score.h"
#include "models/residual/signal_predictor.h"
#include "tests/codecs/sample_bytes.h"
#include "tests/generator/distribution.h"
#include "tests/models/specs.h"
#include "zipdream/error.h"
#include "zipdream/registry.h"

namespace zipdream {
namespace {

std::vector<std::string> all_heads() {
  return {"left",
          "left,channels=3",
          "up,width=7",
          "average,width=5,channels=3",
          "paeth,width=1",
          "paeth,width=20,channels=3",
          "med,width=16",
          "line",
          "lpc",
          "lpc,channels=2",
          "left,format=mulaw",
          "lpc,format=mulaw",
          "lpc,format=s16",
          "line,channels=2,format=s16"};
}

class Residual : public testing::TestWithParam<std::string> {
 protected:
  [[nodiscard]] std::unique_ptr<SignalPredictor> signal() const {
    return make_signal_predictor(
        residual_options(Spec::parse("residual:" + GetParam() + ":stored")));
  }
};

TEST_P(Residual, NamesEachByteOnceWhateverCameBefore) {
  const auto signal = this->signal();
  for (const Byte byte : random_bytes(300)) {
    std::vector<bool> named(256);
    for (int b = 0; b < 256; ++b) {
      const Byte residual = signal->residual(static_cast<Byte>(b));
      EXPECT_FALSE(named[residual]);
      named[residual] = true;
      EXPECT_EQ(signal->byte(residual), b);
    }
    signal->append(byte);
  }
}

TEST_P(Residual, IsLossless) {
  const auto codec = make_codec("residual:" + GetParam() + ":gzip:9");
  for (const Bytes& data : {Bytes{}, Bytes{7}, text_like(501), random_bytes(2000), runs(1000)}) {
    EXPECT_EQ(codec->decompress(codec->compress(data), data.size()), data);
  }
}

TEST_P(Residual, GivesAByteWhatTheModelGivesItsResidual) {
  const Bytes context = text_like(400);
  const auto signal = this->signal();
  const auto within = make_predictor("ppm:3", {});
  within->observe(take_residuals(*signal, context));
  const auto model = make_predictor("residual:" + GetParam() + ":ppm:3", {});
  model->observe(context);
  const std::vector<double> expected = within->log2_probs();
  const std::vector<double> actual = model->log2_probs();
  for (int b = 0; b < 256; ++b) {
    EXPECT_EQ(actual[b], expected[signal->residual(static_cast<Byte>(b))]);
  }
}

TEST_P(Residual, ScoresByFollowingAsByUpdating) {
  const Bytes context = text_like(100);
  const Bytes bytes = random_bytes(40);
  const auto followed = make_predictor("residual:" + GetParam() + ":cm", {});
  followed->observe(context);
  const auto updated = followed->clone();
  const std::vector<double> bits = score(*followed, bytes, [](double /*bits*/) {});
  ASSERT_EQ(bits.size(), bytes.size());
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    EXPECT_EQ(bits[i], -updated->log2_probs()[bytes[i]]);
    updated->update(bytes[i]);
  }
}

INSTANTIATE_TEST_SUITE_P(Of, Residual, testing::ValuesIn(all_heads()), spec_test_name);

TEST(ResidualModel, KnowsOnlyItsAlphabet) {
  PredictorOptions options;
  options.alphabet = to_bytes("abc");
  const auto model = make_predictor("residual:left:ppm:2", options);
  model->observe(as_bytes("abcabcab"));
  double sum = 0;
  for (const double log2_p : model->log2_probs()) sum += std::exp2(log2_p);
  EXPECT_NEAR(sum, 1, 1e-9);
}

TEST(ResidualModel, SeesTheTailOfResidualsBehindASignalPredictorThatSawAll) {
  PredictorOptions options;
  options.context_window = 5;
  const auto model = make_predictor("residual:left:ppm:2", options);
  const auto within = make_predictor("ppm:2", {});
  const Bytes bytes = text_like(50);
  model->observe(bytes);
  const auto signal = make_signal_predictor({.kind = SignalPredictorKind::kLeft});
  within->observe(ByteView(take_residuals(*signal, bytes)).last(5));
  EXPECT_EQ(model->log2_probs()['x'], within->log2_probs()[signal->residual('x')]);
}

TEST(ResidualModel, IsPrimedWithTheResidualsOfItsCorpus) {
  PredictorOptions options;
  options.corpus = text_like(300);
  const auto primed = make_predictor("residual:lpc:gzip:9", options);
  const auto shown = make_predictor("residual:lpc:gzip:9", {});
  shown->observe(options.corpus);
  EXPECT_EQ(primed->log2_probs(), shown->log2_probs());
}

// Its decisions are those of the model within: a predictor without its own coder would take 255 a
// byte instead of cm's 8.
TEST(ResidualModel, CodesAsTheModelWithin) {
  for (const char* head : {"med,width=20", "lpc,format=s16", "left"}) {
    const std::string spec = "residual:" + std::string(head) + ":cm";
    EXPECT_NE(make_predictor(spec)->symbol_coder(), nullptr) << spec;
    const auto codec = make_codec("arith:" + spec);
    for (const Bytes& data : {Bytes{}, Bytes{7}, text_like(1501), random_bytes(700), runs(1000)}) {
      EXPECT_EQ(codec->decompress(codec->compress(data), data.size()), data) << spec;
    }
  }
  EXPECT_EQ(make_predictor("residual:med,width=20:gzip:9")->symbol_coder(), nullptr);
}

// The stream is that of the residuals under the model within, to the byte.
TEST(ResidualModel, WritesTheStreamOfItsResiduals) {
  const Bytes data = text_like(2000);
  const auto signal = make_signal_predictor({.kind = SignalPredictorKind::kMed, .width = 20});
  EXPECT_EQ(make_codec("arith:residual:med,width=20:cm")->compress(data),
            make_codec("arith:cm")->compress(take_residuals(*signal, data)));
}

// Where the image falls in one direction and rises in the other, it is a plane; where it rises in
// both, what follows is no less than either neighbour.
TEST(SignalPredictor, MedFollowsAPlaneBetweenItsNeighbours) {
  for (const auto& [down, left_over] : {std::pair{-4, 0}, std::pair{4, 3}}) {
    const auto signal = make_signal_predictor({.kind = SignalPredictorKind::kMed, .width = 10});
    for (int y = 0; y < 10; ++y) {
      for (int x = 0; x < 10; ++x) {
        const auto byte = static_cast<Byte>(100 + 3 * x + down * y);
        const Byte expected = static_cast<Byte>(left_over);
        EXPECT_TRUE(x == 0 || y == 0 || signal->residual(byte) == expected);
        signal->append(byte);
      }
    }
  }
}

TEST(SignalPredictor, LinearPredictionLearnsATone) {
  const auto signal =
      make_signal_predictor({.kind = SignalPredictorKind::kLpc, .format = SampleFormat::kS16});
  int large = 0;
  for (int i = 0; i < 2000; ++i) {
    const auto sample = static_cast<int>(std::lround(8000 * std::sin(0.3 * i)));
    const auto low = static_cast<Byte>(sample & 0xff);
    const auto high = static_cast<Byte>(sample >> 8 & 0xff);
    const auto off = static_cast<signed char>(signal->residual(low));
    signal->append(low);
    if (i > 1000 && (std::abs(off) > 4 || signal->residual(high) != 0)) ++large;
    signal->append(high);
  }
  EXPECT_EQ(large, 0);
}

// Silence, then the loudest noise: nothing may overflow.
TEST(SignalPredictor, LinearPredictionBearsAnything) {
  const auto signal =
      make_signal_predictor({.kind = SignalPredictorKind::kLpc, .format = SampleFormat::kS16});
  Bytes bytes(3000);
  const Bytes noise = random_bytes(3000);
  bytes.insert(bytes.end(), noise.begin(), noise.end());
  for (int i = 0; i < 500; ++i) bytes.insert(bytes.end(), {0xff, 0x7f, 0x00, 0x80});
  bytes.resize(bytes.size() + 3000);
  const Bytes residuals = take_residuals(*signal, bytes);
  EXPECT_EQ(std::count(residuals.end() - 1000, residuals.end(), Byte{0}), 1000);
}

TEST(ResidualSpec, ThatMakesNoSenseIsRefusedInOneLine) {
  for (const char* text :
       {"", "med", "med:", "mid:gzip", "med,width=0:gzip", "med,width=x:gzip", "left,height=3:gzip",
        "left,channels=9:gzip", "lpc,format=u16:gzip", "med:gzip", "left:gzap", "left:gzip:12"}) {
    try {
      (void)make_predictor("residual:" + std::string(text), {});
      ADD_FAILURE() << text;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), Error::Kind::kUsage);
      EXPECT_THAT(error.what(), testing::Not(testing::HasSubstr("\n")));
    }
  }
}

}  // namespace
}  // namespace zipdream
