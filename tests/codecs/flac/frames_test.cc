// SPDX-License-Identifier: Apache-2.0
#include "codecs/flac/frames.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>

#include "codecs/flac/stream.h"
#include "media/audio/audio.h"
#include "tests/codecs/sample_bytes.h"
#include "zipdream/error.h"
#include "zipdream/random.h"
#include "zipdream/registry.h"

namespace zipdream::flac {
namespace {

Bytes humming(std::size_t size, double loudness = 2) {
  return hum(size, {.by_last = 1.8, .by_before = 0.9, .loudness = loudness});
}

std::vector<int> samples_of(ByteView bytes) {
  std::vector<int> samples;
  std::transform(bytes.begin(), bytes.end(), std::back_inserter(samples), to_sample);
  return samples;
}

std::vector<Frame> frames_of(ByteView bytes, const std::string& spec = "flac:8") {
  return read_frames(make_codec(spec)->compress(bytes));
}

class FlacFramesAtLevel : public testing::TestWithParam<int> {
 protected:
  std::string spec_ = "flac:" + std::to_string(GetParam());
};
INSTANTIATE_TEST_SUITE_P(Each, FlacFramesAtLevel, testing::Range(0, 9));

TEST_P(FlacFramesAtLevel, HoldAllSamples) {
  for (const auto& [name, make] : sample_kinds()) {
    for (const std::size_t size : {0, 1, 15, 16, 1000, 10'000}) {
      std::size_t sum = 0;
      for (const Frame& frame : frames_of(make(size, 1), spec_)) {
        sum += frame.samples;
        EXPECT_FALSE(frame.partitions.empty());
      }
      EXPECT_EQ(sum, size) << name;
    }
  }
}

// Predictor and parameters are right if they account for every bit of the stream.
TEST_P(FlacFramesAtLevel, SpendTheBitsThatTheirPartitionsSay) {
  const Bytes bytes = humming(4000);
  const Bytes stream = make_codec(spec_)->compress(bytes);
  const std::vector<int> samples = samples_of(bytes);
  const std::vector<Frame> frames = read_frames(stream);
  std::uint64_t bits = 0;
  std::size_t begin = 0;
  for (const Frame& frame : frames) {
    const std::size_t size = frame.samples / frame.partitions.size();
    for (auto i = static_cast<std::size_t>(frame.predictor.order); i < frame.samples; ++i) {
      const auto before = std::span(samples).subspan(begin, i);
      bits += frame.partitions[i / size].bits(samples[begin + i] - frame.predictor.predict(before));
    }
    begin += frame.samples;
  }
  const std::uint64_t all = 8 * stream.size();
  constexpr std::uint64_t kMetadata = 8 * 8192;  // libsndfile's padding and comments
  EXPECT_LT(bits, all);
  EXPECT_GT(bits + kMetadata + 700 * frames.size(), all);
  EXPECT_LT(bits, 5 * bytes.size()) << "prediction must have helped";
}

TEST(FlacFrames, TellHowAFrameIsCoded) {
  const Frame silence = frames_of(Bytes(1000, 128)).front();
  EXPECT_EQ(silence.predictor.order, 1);
  EXPECT_EQ(silence.partitions, (std::vector<Partition>{{.escaped = true, .parameter = 0}}));

  const Frame noise = frames_of(random_bytes(1000)).front();
  EXPECT_EQ(noise.predictor.order, 0);
  EXPECT_EQ(noise.partitions, (std::vector<Partition>{{.escaped = true, .parameter = 8}}));

  const Frame hum = frames_of(humming(4096)).front();
  EXPECT_GE(hum.predictor.order, 2);
  EXPECT_GT(hum.predictor.shift, 0);
  EXPECT_GT(hum.partitions.size(), 0U);

  Bytes coarse = humming(1000, 8);
  for (Byte& byte : coarse) byte &= 0xfc;
  EXPECT_EQ(frames_of(coarse).front().predictor.wasted_bits, 2);
}

TEST(FlacFrames, FixedPredictorsContinuePolynomials) {
  const std::vector<int> squares = {1, 4, 9, 16, 25};
  EXPECT_EQ(fixed_predictor(0).predict(squares), 0);
  EXPECT_EQ(fixed_predictor(1).predict(squares), 25);
  EXPECT_EQ(fixed_predictor(2).predict(squares), 34);
  EXPECT_EQ(fixed_predictor(3).predict(squares), 36);
  EXPECT_EQ(fixed_predictor(4).predict(squares), 36);
}

TEST(FlacFrames, FoldResidualsThereAndBack) {
  EXPECT_EQ(fold(0), 0U);
  EXPECT_EQ(fold(-1), 1U);
  EXPECT_EQ(fold(1), 2U);
  for (int residual = -600; residual <= 600; ++residual)
    EXPECT_EQ(unfold(fold(residual)), residual);
}

std::optional<std::size_t> try_read(ByteView stream) {
  try {
    return read_frames(stream).size();
  } catch (const Error&) {
    return std::nullopt;
  }
}

TEST(FlacFrames, AreReadOrRefusedWhateverIsDamaged) {
  const Bytes whole = make_codec("flac:8")->compress(humming(1500));
  // Past most of the metadata's padding.
  for (std::size_t i = 0; i<whole.size(); i += i> 60 && i < whole.size() - 900 ? 97 : 1) {
    for (const unsigned flip : {0x01U, 0x10U, 0x80U, 0xffU}) {
      Bytes damaged = whole;
      damaged[i] = static_cast<Byte>(damaged[i] ^ flip);
      (void)try_read(damaged);
    }
    (void)try_read(ByteView(whole).first(i));
  }
  EXPECT_EQ(try_read({}), std::nullopt);
  EXPECT_EQ(try_read(random_bytes(5000)), std::nullopt);
  EXPECT_EQ(try_read(ByteView(whole).first(whole.size() - 1)), std::nullopt);
}

TEST(FlacFrames, OfNoiseBehindAGoodStartAreReadOrRefused) {
  const StreamWriter empty;
  Rng rng(5);
  for (int i = 0; i < 3000; ++i) {
    Bytes stream(empty.stream().begin(), empty.stream().end());
    const Bytes header = {0xff, 0xf8, 0x70, 0x02, 0x00, 0x0f, 0xff, 0x00};
    stream.insert(stream.end(), header.begin(), header.end());
    for (int j = 0; j < 300; ++j) stream.push_back(static_cast<Byte>(rng.next()));
    (void)try_read(stream);
  }
}

TEST(FlacStream, IsDecodedToPredictionsPlusResiduals) {
  StreamWriter writer;
  const Predictor ramp{.order = 2, .coefficients = {4, -2}, .precision = 5, .shift = 1};
  // Residuals 0, 1, -1 with k = 1: 0 -> "1 0", 2 -> "01 0", 1 -> "1 1".
  const std::vector<bool> bits = {true, false, false, true, false, true, true};
  writer.add_frame(ramp, std::vector<int>{10, 12}, {.escaped = false, .parameter = 1}, bits, 3);
  const Bytes expected = {138, 140, 142, 145, 147};  // 10, 12, 14, 17, 19
  EXPECT_EQ(decode_stream(writer.stream(), 100), expected);
  EXPECT_EQ(to_pcm(decode_audio(writer.stream(), 100), SampleFormat::kU8), expected);
  const std::vector<Frame> frames = read_frames(writer.stream());
  ASSERT_EQ(frames.size(), 1U);
  EXPECT_EQ(frames[0].samples, 5U);
  EXPECT_EQ(frames[0].predictor.coefficients, ramp.coefficients);
  EXPECT_EQ(frames[0].partitions, (std::vector<Partition>{{.escaped = false, .parameter = 1}}));
}

TEST(FlacStream, HoldsFramesOfAllKindsAndManySamples) {
  StreamWriter writer;
  Bytes expected;
  const std::vector<bool> raw = {false, true, true, false};  // 1 and -2 in two bits each
  for (int i = 0; i < 50'000; ++i) {                         // frame numbers of one to three bytes
    writer.add_frame({}, {}, {.escaped = true, .parameter = 2}, raw, 2);
    expected.insert(expected.end(), {129, 126});
  }
  Predictor coarse = fixed_predictor(1);
  coarse.wasted_bits = 3;
  writer.add_frame(coarse, std::vector<int>{-4}, {.escaped = true, .parameter = 0}, {}, 2);
  expected.insert(expected.end(), {96, 96, 96});
  EXPECT_EQ(decode_stream(writer.stream(), expected.size()), expected);
}

TEST(FlacStream, IsRefusedWhenASampleLeavesItsRange) {
  StreamWriter writer;
  const std::vector<bool> residual = {false, false, true};  // 1
  writer.add_frame(fixed_predictor(1), std::vector<int>{127}, {.escaped = false, .parameter = 0},
                   residual, 1);
  EXPECT_THROW((void)decode_stream(writer.stream(), 100), Error);
}

}  // namespace
}  // namespace zipdream::flac
