// SPDX-License-Identifier: Apache-2.0
// The model of sound: right for whatever bytes, and good where they are a sound.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <string>
#include <utility>
#include <vector>

#include "models/audio/components.h"
#include "tests/codecs/sample_bytes.h"
#include "tests/generator/distribution.h"
#include "tests/models/specs.h"
#include "zipdream/error.h"
#include "zipdream/generate.h"
#include "zipdream/random.h"

namespace zipdream {
namespace {

std::vector<std::string> audio_specs() {
  return {"audio",
          "audio:off",
          "audio:channels=2",
          "audio:format=mulaw",
          "audio:format=s16",
          "audio:channels=2,format=s16",
          "audio:steady=on"};
}

Bytes sixteen_bits(const std::vector<double>& samples) {
  Bytes bytes;
  for (const double sample : samples) {
    const auto number = static_cast<int>(std::lrint(std::clamp(sample, -32768.0, 32767.0)));
    bytes.push_back(static_cast<Byte>(number & 255));
    bytes.push_back(static_cast<Byte>(number >> 8 & 255));
  }
  return bytes;
}

Bytes eight_bits(const std::vector<double>& samples) {
  Bytes bytes;
  for (const double sample : samples) {
    bytes.push_back(static_cast<Byte>(std::clamp(std::floor(sample / 256) + 128, 0.0, 255.0)));
  }
  return bytes;
}

// Something like a voice: pulses and noise through two resonances, of 16 bits.
std::vector<double> voice(std::size_t count, std::uint64_t seed, double loudness = 1) {
  Rng rng(seed, 0);
  std::vector<double> samples;
  std::vector<double> past(4);
  for (std::size_t i = 0; i < count; ++i) {
    const double pulse = i % 131 == 0 ? 1500 : 0;
    const double noise = 200 * (rng.uniform() + rng.uniform() - 1);
    double sample = pulse + noise;
    constexpr double kWeights[] = {2.6, -3.1, 2.0, -0.65};
    for (std::size_t k = 0; k < past.size(); ++k) sample += kWeights[k] * past[k];
    std::ranges::copy_backward(past.begin(), past.end() - 1, past.end());
    past[0] = sample;
    samples.push_back(loudness * sample);
  }
  return samples;
}

double bits_per_byte(const std::string& model, ByteView data) {
  return make_codec(is_codec(Spec::parse(model)) ? model : "arith:" + model)
             ->bits(data, Units::kBits) /
         static_cast<double>(data.size());
}

struct Sound {
  std::string name;
  Bytes bytes;
};

// Of 8 bits or whatever a model takes the bytes for.
std::vector<Sound> hard_sounds() {
  Bytes square, saw, steps;
  for (std::size_t i = 0; i < 6000; ++i) {
    square.push_back(i / 37 % 2 == 0 ? 255 : 0);
    saw.push_back(static_cast<Byte>(5 * i));
    steps.push_back(i < 3000 ? 128 : static_cast<Byte>(200 + i % 2));
  }
  std::vector<double> clipped = voice(6000, 1, 40);
  Bytes noise_then_silence = concat(random_bytes(3000), Bytes(3001, 128));
  return {{"nothing", {}},
          {"one sample", {7}},
          {"two bytes", {255, 0}},
          {"silence", Bytes(5001, 128)},
          {"zeros", Bytes(5001, 0)},
          {"a constant", Bytes(5000, 201)},
          {"full scale noise", random_bytes(8192)},
          {"a square wave", square},
          {"a saw", saw},
          {"a step", steps},
          {"clipped sound", eight_bits(clipped)},
          {"clipped sound of 16 bits", sixteen_bits(clipped)},
          {"noise and then silence", noise_then_silence},
          {"silence and then noise", concat(Bytes(3001, 128), random_bytes(3000, 3))},
          {"text", text_like(3001)}};
}

class AudioModel : public testing::TestWithParam<std::string> {};

TEST_P(AudioModel, IsLosslessAndNeverMuchAboveTheBytesThemselves) {
  const auto codec = make_codec("arith:" + GetParam());
  for (const Sound& sound : hard_sounds()) {
    const Bytes stream = codec->compress(sound.bytes);
    EXPECT_EQ(codec->decompress(stream, sound.bytes.size()), sound.bytes) << sound.name;
    const double size = static_cast<double>(sound.bytes.size());
    EXPECT_LE(static_cast<double>(stream.size()), 1.002 * size + 8) << sound.name;
  }
}

TEST_P(AudioModel, KnowsNothingOfWhatIsToCome) {
  const Bytes known = eight_bits(voice(1501, 2));
  std::vector<std::vector<double>> seen[2];
  for (int future = 0; future < 2; ++future) {
    const Bytes all = concat(known, random_bytes(700, future));
    const auto model = make_predictor(GetParam(), {});
    model->teacher_force(std::vector<Symbol>(all.begin(), all.end()),
                         [&](std::span<const double> log2_probs) {
                           seen[future].emplace_back(log2_probs.begin(), log2_probs.end());
                         });
  }
  for (std::size_t i = 0; i <= known.size(); ++i) ASSERT_EQ(seen[0][i], seen[1][i]) << i;
  EXPECT_NE(seen[0], seen[1]);
}

TEST_P(AudioModel, StaysADistributionThroughWhateverComes) {
  const auto model = make_predictor(GetParam(), {});
  for (const Sound& sound : hard_sounds()) {
    for (std::size_t i = 0; i < sound.bytes.size(); ++i) {
      if (i % 97 == 0) expect_distribution(model->log2_probs());
      model->update(sound.bytes[i]);
    }
  }
}

TEST_P(AudioModel, TakesSilenceForNextToNothing) {
  const Byte zero = GetParam().find("s16") == std::string::npos ? 128 : 0;
  EXPECT_LT(bits_per_byte(GetParam(), Bytes(20'000, zero)), 0.03);
}

INSTANTIATE_TEST_SUITE_P(Of, AudioModel, testing::ValuesIn(audio_specs()), spec_test_name);

TEST(Audio, PredictsSoundBetterThanModelsOfBytes) {
  const std::vector<double> sound = voice(20'000, 3);
  for (const std::string model : {"flac:8", "cm:1", "residual:left:cm:1"}) {
    EXPECT_LT(bits_per_byte("audio", eight_bits(sound)),
              0.97 * bits_per_byte(model, eight_bits(sound)))
        << model;
  }
  for (const std::string model : {"cm:1", "residual:left,format=s16:cm:1"}) {
    EXPECT_LT(bits_per_byte("audio:format=s16", sixteen_bits(sound)),
              0.8 * bits_per_byte(model, sixteen_bits(sound)))
        << model;
  }
}

TEST(Audio, SpendsOn16BitsWhatTheNoiseInThemIsWorth) {
  Rng rng(5, 0);
  std::vector<double> samples;
  double before = 0;
  for (int i = 0; i < 20'000; ++i) {  // uniform noise of 12 bits, in an offset that drifts
    before = 0.999 * before + 100 * (rng.uniform() - 0.5);
    samples.push_back(before + 4096 * (rng.uniform() - 0.5));
  }
  const double bits = bits_per_byte("audio:format=s16", sixteen_bits(samples));
  EXPECT_GT(bits, 12.0 / 2);
  EXPECT_LT(bits, 12.5 / 2);
}

TEST(Audio, SeesTheOtherChannel) {
  const std::vector<double> left = voice(15'000, 6);
  const std::vector<double> noise = voice(15'000, 7);
  std::vector<double> both;
  for (std::size_t i = 0; i < left.size(); ++i) {
    both.push_back(left[i]);
    both.push_back(0.7 * left[i] + 0.05 * noise[i]);
  }
  const std::string spec = "audio:format=s16,channels=2";
  const double alone = bits_per_byte("audio:format=s16", sixteen_bits(left));
  EXPECT_LT(bits_per_byte(spec, sixteen_bits(both)), 0.85 * alone);
}

TEST(Audio, DividesMulawsTwoZerosAsTheyComeUp) {
  for (const Byte zero : {Byte{0x7F}, Byte{0xFF}}) {
    EXPECT_LT(bits_per_byte("audio:format=mulaw", Bytes(20'000, zero)), 0.01);
  }
  EXPECT_LT(bits_per_byte("audio:format=mulaw", few_symbols(2000)), 8);
}

double loudness(ByteView eight) {
  double sum = 0;
  for (const Byte byte : eight) sum += std::abs(byte - 127.5);
  return sum / static_cast<double>(eight.size());
}

TEST(Audio, GoesOnAsLoudAsItsPromptWhereItIsToBeSteady) {
  const Bytes prompt = eight_bits(voice(8000, 8));
  for (const int seed : {1, 2, 3}) {
    const auto model = make_predictor("audio:steady=on", {});
    model->observe(prompt);
    Rng rng(static_cast<std::uint64_t>(seed), 0);
    Bytes sampled;
    for (int i = 0; i < 16'000; ++i) {
      double left = rng.uniform();
      Symbol symbol = 0;
      const std::vector<double> log2_probs = model->log2_probs();
      while (symbol < 255 && (left -= std::exp2(log2_probs[symbol])) > 0) ++symbol;
      model->update(symbol);
      sampled.push_back(static_cast<Byte>(symbol));
    }
    const double end = loudness(ByteView(sampled).last(4000));
    EXPECT_GT(end, loudness(prompt) / 3) << seed;
    EXPECT_LT(end, loudness(prompt) * 3) << seed;
  }
}

// The best correlation of the last part of it with what stood a pitch period before.
double periodicity(ByteView eight) {
  constexpr std::size_t kPart = 2000;
  double best = 0;
  for (std::size_t lag = 40; lag < 400; ++lag) {
    double both = 0;
    double now = 1;
    double then = 1;
    for (std::size_t i = eight.size() - kPart; i < eight.size(); ++i) {
      const double a = eight[i] - 127.5;
      const double b = eight[i - lag] - 127.5;
      both += a * b;
      now += a * a;
      then += b * b;
    }
    best = std::max(best, both / std::sqrt(now * then));
  }
  return best;
}

// Pulses, each of which rings, and some noise.
Bytes pulses() {
  const Bytes noise = random_bytes(16'000, 3);
  Bytes bytes;
  double ring = 0;
  double before = 0;
  for (std::size_t i = 0; i < noise.size(); ++i) {
    const double pulse = (i % 130 == 0 ? 30.0 : 0.0) + (noise[i] - 127.5) / 64;
    const double next = 1.7 * ring - 0.8 * before + pulse;
    before = std::exchange(ring, next);
    bytes.push_back(static_cast<Byte>(std::clamp(128 + next, 0.0, 255.0)));
  }
  return bytes;
}

TEST(Audio, KeepsThePitchWhereItIsToBeSteadyAndGivesNoiseNone) {
  const auto continued = [](const Bytes& prompt) {
    GenerateRequest request{.model = {.spec = Spec::parse("audio:steady=on")},
                            .method = {},
                            .prompt = prompt,
                            .count = 8000,
                            .seed = 1};
    return generate(request).bytes;
  };
  EXPECT_GT(periodicity(continued(pulses())), 0.5);
  EXPECT_LT(periodicity(continued(random_bytes(16'000, 8))), 0.3);
}

TEST(Audio, RefusesOptionsThatItHasNot) {
  for (const char* const spec : {"audio:maybe", "audio:channels=9", "audio:format=s24"}) {
    EXPECT_THROW(static_cast<void>(make_predictor(spec, {})), Error) << spec;
  }
}

double share_of_bin(const LogisticMixture& mixture, double value) {
  return mixture.below(value + 0.5) - mixture.below(value - 0.5);
}

TEST(TaughtMixture, GoesOnLearningFromWhatComes) {
  const SmallNet knows_nothing(audio::kNetShape,
                               std::string(2 * audio::kNetShape.parameter_count(), '\0'));
  audio::TaughtMixture taught;
  const audio::Expected expected{.means = {10, 10}, .unit = 2};
  constexpr double kValue = 14;  // always off by as much
  taught.predict(knows_nothing, {}, expected);
  const double first = share_of_bin(taught.mixture(), kValue);
  for (int i = 0; i < 20000; ++i) {
    taught.learn(kValue, 1);
    taught.predict(knows_nothing, {}, expected);
  }
  EXPECT_GT(share_of_bin(taught.mixture(), kValue), 1.5 * first);
}

TEST(TaughtMixture, StaysAMixtureWhateverComes) {
  const audio::Prior& prior = audio::Prior::of_speech();
  audio::TaughtMixture taught;
  audio::Widths widths;
  audio::JoinedMixture joined;
  Rng rng(3, 0);
  for (int i = 0; i < 3000; ++i) {
    audio::NetInputs inputs;
    for (auto& input : inputs) {
      input = static_cast<std::int16_t>((2 * rng.uniform() - 1) * SmallNet::kMaxInput);
    }
    const double far = i % 3 == 0 ? 1e9 : 1;
    const audio::Expected expected{.means = {far * rng.uniform(), -far * rng.uniform()},
                                   .unit = i % 5 == 0 ? 90 : 0.03};
    taught.predict(*prior.net(), inputs, expected);
    widths.predict(expected);
    joined.join(taught.mixture(), widths.mixture());
    double sum = 0;
    for (std::size_t k = 0; k < joined.mixture().components; ++k) {
      ASSERT_TRUE(std::isfinite(joined.mixture().mean[k])) << i;
      ASSERT_GT(joined.mixture().sharpness[k], 0) << i;
      sum += joined.mixture().weight[k];
    }
    ASSERT_NEAR(sum, 1, 1e-9) << i;
    const double value = std::floor(256 * rng.uniform());
    joined.learn(value, 1, taught.mixture(), widths.mixture());
    taught.learn(value, 1);
    widths.learn(value, 1);
  }
}

TEST(JoinedMixture, TrustsWhoWasRight) {
  LogisticMixture right{.components = 1, .weight = {1}, .mean = {5}, .sharpness = {2}};
  LogisticMixture wrong{.components = 1, .weight = {1}, .mean = {50}, .sharpness = {2}};
  audio::JoinedMixture joined;
  for (int i = 0; i < 100; ++i) joined.learn(5, 1, wrong, right);
  joined.join(wrong, right);
  EXPECT_LT(joined.mixture().weight[0], 0.01);
  for (int i = 0; i < 100; ++i) joined.learn(5, 1, right, wrong);
  joined.join(right, wrong);
  EXPECT_GT(joined.mixture().weight[0], 0.99);
}

}  // namespace
}  // namespace zipdream
