// SPDX-License-Identifier: Apache-2.0
// The predictors and decoder samplers of PNG and FLAC, on pictures and sounds.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <string>
#include <vector>

#include "codecs/flac/frame_predictors.h"
#include "tests/codecs/sample_bytes.h"
#include "zipdream/random.h"
#include "zipdream/registry.h"

namespace zipdream {
namespace {

constexpr std::size_t kWidth = 60;

// A rough surface lit from the left, each channel a little different.
Bytes surface(std::size_t rows, std::size_t channels) {
  Rng rng(2);
  const std::size_t row = kWidth * channels;
  Bytes image;
  for (std::size_t i = 0; i < rows * row; ++i) {
    const int left = i % row >= channels ? image[i - channels] : 128;
    const int above = i >= row ? image[i - row] : 128;
    const int noise = static_cast<int>(rng.next() % 9 + rng.next() % 9) - 8;
    image.push_back(static_cast<Byte>(std::clamp((left + above) / 2 + noise, 0, 255)));
  }
  return image;
}

constexpr Resonance kVoice = {.by_last = 1.7, .by_before = 0.8, .loudness = 6};

struct Score {
  double loss = 0;     // of the predictor on what came, bits per byte
  double entropy = 0;  // of its distributions, likewise
};

Score score(std::string_view spec, ByteView context, ByteView next) {
  const auto predictor = make_predictor(spec, {});
  predictor->observe(context);
  std::vector<double> log2_probs(256);
  Score sum;
  for (const Byte byte : next) {
    predictor->log2_probs(log2_probs);
    sum.loss -= log2_probs[byte];
    for (const double log2_p : log2_probs) sum.entropy -= std::exp2(log2_p) * log2_p;
    predictor->update(byte);
  }
  const auto count = static_cast<double>(next.size());
  return {sum.loss / count, sum.entropy / count};
}

double own_rate(std::string_view spec, ByteView bytes) {
  return 8.0 * static_cast<double>(make_codec(spec)->compress(bytes).size()) /
         static_cast<double>(bytes.size());
}

TEST(PngPredictor, PredictsAnImageAtLeastAsWellAsPngCompressesIt) {
  for (const std::size_t channels : {1, 3}) {
    const std::string spec = "png:9,width=60,channels=" + std::to_string(channels);
    const Bytes image = surface(100, channels);
    const ByteView all = image;
    const double loss = score(spec, all.first(all.size() - 1000), all.last(1000)).loss;
    EXPECT_LT(loss, own_rate(spec, image));
  }
}

TEST(PngPredictor, SeesAnImageBetterThanItsFold) {
  const Bytes image = surface(100, 1);
  const ByteView all = image;
  EXPECT_LT(score("png:9,width=60", all.first(5000), all.subspan(5000)).loss,
            score("png:9", all.first(5000), all.subspan(5000)).loss);
}

TEST(PngPredictor, KnowsColumnsOnceItKnowsTheWidth) {
  Bytes bars;  // each row the same, without any order in itself
  const Bytes row = random_bytes(kWidth);
  for (int i = 0; i < 40; ++i) bars.insert(bars.end(), row.begin(), row.end());
  const ByteView all = bars;
  EXPECT_LT(score("png:9,width=60", all.first(2000), all.subspan(2000)).loss, 0.5);
}

TEST(FlacPredictor, PredictsASoundAboutAsWellAsFlacCompressesIt) {
  for (const char* spec : {"flac:0", "flac:8"}) {
    const Bytes sound = hum(6000, kVoice);
    const ByteView all = sound;
    const double frames = own_rate(spec, all) - own_rate(spec, all.first(1)) / 6000;
    EXPECT_LT(score(spec, all.first(5000), all.last(1000)).loss, frames + 0.1) << spec;
  }
}

TEST(FlacPredictor, ExpectsSilenceToGoOn) {
  const Bytes silence(700, 128);
  EXPECT_LT(score("flac:8", silence, Bytes(300, 128)).loss, 0.01);
}

TEST(FlacPredictor, KnowsSamplesWhoseLowBitsAreWasted) {
  Bytes coarse = hum(4000, kVoice);
  for (Byte& byte : coarse) byte &= 0xf8;
  const ByteView all = coarse;
  const Bytes fine = hum(4000, kVoice);
  EXPECT_LT(score("flac:8", all.first(3500), all.last(500)).loss,
            score("flac:8", ByteView(fine).first(3500), ByteView(fine).last(500)).loss - 1);
}

// Samples of 16 bits, low byte first: a resonance, and a noise below its 8 bits.
Bytes fine_hum(std::size_t samples) {
  Rng rng(5);
  Bytes bytes;
  for (const Byte byte : hum(samples, kVoice)) {
    const int sample = (int{byte} - 128) * 64 + static_cast<int>(rng.next() % 32);
    bytes.push_back(static_cast<Byte>(sample & 255));
    bytes.push_back(static_cast<Byte>(sample >> 8 & 255));
  }
  return bytes;
}

TEST(FlacPredictor, PredictsSamplesOf16BitsAboutAsWellAsFlacCompressesThem) {
  const std::string spec = "flac:8,format=s16";
  const Bytes sound = fine_hum(6000);
  const ByteView all = sound;
  const double frames = own_rate(spec, all) - own_rate(spec, all.first(2)) / 6000;
  EXPECT_LT(score(spec, all.first(10'000), all.last(2000)).loss, frames + 0.1);
}

TEST(FlacPredictor, PredictsEachOfTwoChannelsFromItsOwnPast) {
  const Bytes hummed = fine_hum(4000);
  Bytes both;  // the right channel is silent
  for (std::size_t i = 0; i < hummed.size(); i += 2) {
    both.insert(both.end(), {hummed[i], hummed[i + 1], 0, 0});
  }
  const ByteView all = both;
  const double pair = score("flac:8,format=s16,channels=2", all.first(14'000), all.last(2000)).loss;
  const double alone =
      score("flac:8,format=s16", ByteView(hummed).first(7000), ByteView(hummed).last(1000)).loss;
  EXPECT_NEAR(pair, alone / 2, 0.01);
}

TEST(FlacSampleDistribution, OfALowByteIsTheSumOfItsSamples) {
  Rng rng(3);
  for (int round = 0; round < 40; ++round) {
    flac::SignalPredictor forecast;
    forecast.wasted_bits = round % 3 == 0 ? static_cast<int>(rng.next() % 11) : 0;
    forecast.coding.escaped = round % 5 == 0;
    forecast.coding.parameter = static_cast<int>(rng.next() % 16);
    forecast.prediction = (static_cast<int>(rng.next() % 65536) - 32768) >> forecast.wasted_bits;
    std::array<double, 256> low_probs{};
    flac::add_low_byte_distribution(forecast, 0.5, low_probs);
    double all = 0;
    for (int low = 0; low < 256; ++low) {
      std::array<double, 256> high_probs{};
      flac::add_high_byte_distribution(forecast, 0.5, static_cast<Byte>(low), high_probs);
      const double sum = std::accumulate(high_probs.begin(), high_probs.end(), 0.0);
      EXPECT_NEAR(low_probs[low], sum, 1e-12) << low << " in round " << round;
      all += sum;
    }
    EXPECT_NEAR(all, 0.5, 1e-9) << round;
  }
}

TEST(FlacSampleDistribution, FallsWithTheBitsOfTheResidual) {
  flac::SignalPredictor forecast;
  forecast.prediction = 1000;
  forecast.coding.parameter = 4;
  std::array<double, 256> probs{};
  flac::add_high_byte_distribution(forecast, 1, 1000 & 255, probs);
  const double likeliest = probs[1000 >> 8];
  EXPECT_DOUBLE_EQ(probs[(1000 >> 8) + 1], likeliest * std::exp2(-32)) << "512 folded, by 16";
  EXPECT_EQ(probs[(1000 >> 8) + 2], 0);
}

void expect_one_distribution(std::string_view spec, ByteView context, std::size_t count,
                             double tolerance) {
  Score sum;
  constexpr int kSeeds = 4;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    Rng rng(seed);
    const Bytes dream = make_decoder_sampler(spec)->sample(context, count, rng);
    const Score one = score(spec, context, dream);
    sum.loss += one.loss / kSeeds;
    sum.entropy += one.entropy / kSeeds;
  }
  EXPECT_NEAR(sum.loss, sum.entropy, tolerance) << spec;
  EXPECT_GT(sum.entropy, 1) << spec;
}

TEST(PngSampler, IsASampleOfItsPredictor) {
  expect_one_distribution("png:9,width=60", surface(80, 1), 1200, 0.1);
  expect_one_distribution("png:9,width=60,channels=3", surface(80, 3), 1200, 0.1);
}

TEST(FlacSampler, IsASampleOfItsPredictor) {
  expect_one_distribution("flac:8", hum(4096, kVoice), 400, 0.2);
}

TEST(PngSampler, GoesOnInsideARowAsBelowIt) {
  const Bytes image = surface(50, 3);
  const auto decoder_sampler = make_decoder_sampler("png:9,width=60,channels=3");
  for (const std::size_t known : {0, 1, 2, 3, 100, 179, 180, 181, 9000}) {
    Rng rng(1);
    EXPECT_EQ(decoder_sampler->sample(ByteView(image).first(known), 777, rng).size(), 777U)
        << known;
  }
}

TEST(PngSampler, LooksLikeItsContextMoreThanNoiseDoes) {
  const Bytes image = surface(100, 1);
  Rng rng(1);
  const Bytes dream = make_decoder_sampler("png:9,width=60")->sample(image, 3000, rng);
  const auto roughness = [](ByteView pixels) {
    double sum = 0;
    for (std::size_t i = kWidth + 1; i < pixels.size(); ++i) {
      const auto step = static_cast<Byte>(pixels[i] - pixels[i - 1]);
      sum += step < 128 ? step : 256 - step;
    }
    return sum / static_cast<double>(pixels.size());
  };
  EXPECT_LT(roughness(dream), 4 * roughness(image));
  EXPECT_LT(4 * roughness(dream), roughness(random_bytes(3000)));
}

TEST(FlacSampler, KeepsTheColourOfItsContext) {
  const Bytes sound = hum(8192, kVoice);
  Rng rng(1);
  const Bytes dream = make_decoder_sampler("flac:8")->sample(sound, 8192, rng);
  const auto correlation = [](ByteView bytes, std::size_t lag) {
    double sum = 0;
    double squares = 0;
    for (std::size_t i = lag; i < bytes.size(); ++i) {
      sum += (bytes[i] - 128.0) * (bytes[i - lag] - 128.0);
      squares += (bytes[i] - 128.0) * (bytes[i] - 128.0);
    }
    return sum / squares;
  };
  for (const std::size_t lag : {1, 2, 5, 10}) {
    EXPECT_NEAR(correlation(dream, lag), correlation(sound, lag), 0.15) << lag;
  }
}

TEST(FlacSampler, ComesBackFromASoundThatIsTooLoud) {
  Bytes loud = hum(4000, kVoice);
  for (std::size_t i = 0; i < 40; ++i) loud.push_back(i / 2 % 2 == 0 ? 255 : 0);
  for (std::uint64_t seed = 0; seed < 5; ++seed) {
    Rng rng(seed);
    EXPECT_EQ(make_decoder_sampler("flac:8")->sample(loud, 3000, rng).size(), 3000U);
  }
}

}  // namespace
}  // namespace zipdream
