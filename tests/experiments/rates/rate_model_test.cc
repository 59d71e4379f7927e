// SPDX-License-Identifier: Apache-2.0
#include "experiments/rates/rate_model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "generator/score.h"
#include "tests/models/lm/tiny_models.h"
#include "tests/temporary_folder.h"
#include "zipdream/registry.h"

namespace zipdream {
namespace {

using ::testing::ElementsAre;

Bytes some_text() {
  Bytes text;
  for (int i = 0; i < 30; ++i) {
    const Bytes more = to_bytes("line " + std::to_string(i * i) + " of the text\n");
    text.insert(text.end(), more.begin(), more.end());
  }
  return text;
}

double information(const std::string& spec, ByteView bytes) {
  const auto model = make_predictor(spec, {});
  double sum = 0;
  for (const double bits : score(*model, bytes, [](double /*bits*/) {})) sum += bits;
  return sum;
}

TEST(RateModel, OfACodecIsTheSizeOfItsStreams) {
  const RateModel model(Spec::parse("gzip:9"), 2048);
  const Bytes text = some_text();
  EXPECT_TRUE(model.is_codec());
  EXPECT_EQ(model.bits(text, Media::kText, Protocol::kSevenBits),
            8 * make_codec("gzip:9")->compress(text).size());
  EXPECT_EQ(model.header_bits(), 8 * make_codec("gzip:9")->compress(Bytes{0}).size());
}

TEST(RateModel, OfProbabilitiesIsTheLengthOfAnArithmeticCode) {
  const Bytes text = some_text();
  for (const std::string spec : {"ppm:4", "cm", "arith:stored"}) {
    const RateModel model(Spec::parse(spec), 2048);
    const std::string model_within = spec == "arith:stored" ? "stored" : spec;
    EXPECT_FALSE(model.is_codec());
    EXPECT_EQ(model.header_bits(), 0U);
    EXPECT_NEAR(static_cast<double>(model.bits(text, Media::kText, Protocol::kBytes)),
                std::ceil(information(model_within, text)) + 1, 1)
        << spec;
  }
}

TEST(RateModel, OfPixelsKnowsHowWidePatchesAre) {
  Bytes patch(2048);
  for (std::size_t i = 0; i < patch.size(); ++i) {
    patch[i] = static_cast<Byte>(i % 64 * 3 + i / 64 + (i * 2654435761U >> 30));
  }
  const RateModel told(Spec::parse("image:off"), 2048);
  const RateModel written(Spec::parse("image:off,width=64"), 2048);
  EXPECT_EQ(told.bits(patch, Media::kImage, Protocol::kBytes),
            written.bits(patch, Media::kImage, Protocol::kBytes));
}

// A codec by its streams, models by their code; a bit or a byte less can't be proven.
TEST(RateModel, ProvesItsFiguresAndNoBetterOnes) {
  const Bytes text = some_text();
  for (const char* spec : {"gzip:9", "ppm:4", "cm", "arith:stored"}) {
    const RateModel model(Spec::parse(spec), 2048);
    for (const Media media : {Media::kText, Media::kImage}) {
      for (const Protocol protocol : {Protocol::kBytes, Protocol::kSevenBits}) {
        const std::uint64_t bits = model.bits(text, media, protocol);
        EXPECT_NO_THROW(model.prove(text, bits, media, protocol)) << spec;
        EXPECT_THROW(model.prove(text, bits - 4, media, protocol), Error) << spec;
      }
    }
  }
}

TEST(RateModel, BeginsAnewWithEachChunk) {
  const RateModel model(Spec::parse("ppm:4"), 2048);
  const Bytes text = some_text();
  const auto once = model.bits(text, Media::kText, Protocol::kBytes);
  EXPECT_EQ(model.bits(text, Media::kText, Protocol::kBytes), once);
}

TEST(RateModel, StreamsAsItCodesAtOnce) {
  const Bytes text = some_text();
  for (const char* spec : {"gzip:9", "png", "ppm:4"}) {
    const RateModel model(Spec::parse(spec), 2048);
    std::size_t at = 0;
    const ByteSource source = [&](std::span<Byte> room) {
      const std::size_t count = std::min(room.size(), text.size() - at);
      std::copy_n(text.begin() + static_cast<std::ptrdiff_t>(at), count, room.begin());
      at += count;
      return count;
    };
    EXPECT_EQ(model.bits(source, text.size(), Media::kText, Protocol::kBytes),
              model.bits(text, Media::kText, Protocol::kBytes))
        << spec;
  }
}

TEST(RateModel, GivesTheStartsOfAChunk) {
  const Bytes text = some_text();
  for (const char* spec : {"gzip:9", "ppm:4"}) {
    const RateModel model(Spec::parse(spec), 2048);
    const std::vector<std::size_t> lengths = {1, 20, text.size()};
    const auto bits = model.bits_of_starts(text, lengths, Media::kText, Protocol::kBytes);
    ASSERT_EQ(bits.size(), 3U);
    for (std::size_t i = 0; i < 3; ++i) {
      const auto alone =
          model.bits(ByteView(text).first(lengths[i]), Media::kText, Protocol::kBytes);
      EXPECT_NEAR(static_cast<double>(bits[i]), static_cast<double>(alone), 2) << spec;
    }
  }
}

TEST(SevenBits, ClearTheTopBitOfTextsAndShiftTheRest) {
  const Bytes bytes = {0x41, 0xc3, 0xff, 0x00};
  const SevenBits text = to_seven_bits(bytes, Media::kText);
  EXPECT_THAT(text.bytes, ElementsAre(0x41, 0x43, 0x7f, 0x00));
  EXPECT_EQ(text.lost, 2U);
  const SevenBits image = to_seven_bits(bytes, Media::kImage);
  EXPECT_THAT(image.bytes, ElementsAre(0x20, 0x61, 0x7f, 0x00));
  EXPECT_EQ(image.lost, 4U);
}

TEST(SevenBits, AreCountedForModelsButNotForCodecs) {
  const Bytes noise = {200, 13, 77, 250, 1, 99, 130, 131};
  const RateModel model(Spec::parse("ppm:4"), 2048);
  const SevenBits seen = to_seven_bits(noise, Media::kAudio);
  EXPECT_EQ(model.bits(noise, Media::kAudio, Protocol::kSevenBits),
            model.bits(seen.bytes, Media::kAudio, Protocol::kBytes) + 8);
  const RateModel codec(Spec::parse("stored"), 2048);
  EXPECT_EQ(codec.bits(noise, Media::kAudio, Protocol::kSevenBits), 64U);
}

TEST(RateModel, KnowsTheParametersOfALanguageModel) {
  const TemporaryFolder folder;
  for (const TinyModel& tiny : {tiny_llama(), tiny_llama(true), tiny_gpt2(), tiny_paper()}) {
    std::uint64_t count = 0;
    for (const auto& [name, tensor] : tiny.tensors) count += tensor.values.size();
    tiny.write(folder.path());
    EXPECT_EQ(RateModel(Spec::parse("lm:" + folder.path()), 2048).parameter_count(), count)
        << tiny.config.dump();
  }
  EXPECT_EQ(RateModel(Spec::parse("ppm:4"), 2048).parameter_count(), 0U);
}

}  // namespace
}  // namespace zipdream
