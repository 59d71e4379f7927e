// SPDX-License-Identifier: Apache-2.0
#include "codecs/common/decoder_sampler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "tests/codecs/names.h"
#include "zipdream/error.h"
#include "zipdream/registry.h"

namespace zipdream {
namespace {

using testing::HasSubstr;

// Words of letters in random order, often repeated: something to dream of.
Bytes words(std::size_t size) {
  Rng rng(7);
  std::vector<std::string> vocabulary(300);
  for (std::string& word : vocabulary) {
    for (std::size_t i = 0, length = 2 + rng.next() % 7; i < length; ++i) {
      word += static_cast<char>('a' + rng.next() % 5 * (rng.next() % 5));
    }
    word += ' ';
  }
  std::string text;
  while (text.size() < size) text += vocabulary[rng.next() % 300 * (rng.next() % 300) / 300];
  text.resize(size);
  return to_bytes(text);
}

std::set<std::string_view> four_grams(ByteView text) {
  std::set<std::string_view> grams;
  for (std::size_t i = 0; i + 4 <= text.size(); ++i) grams.insert(as_chars(text.subspan(i, 4)));
  return grams;
}

class EveryDecoderSampler : public testing::TestWithParam<std::string> {
 protected:
  Bytes dream(ByteView context, std::size_t count, std::uint64_t seed) const {
    Rng rng(seed);
    return sampler_->sample(context, count, rng);
  }
  std::unique_ptr<DecoderSampler> sampler_ = make_decoder_sampler(GetParam());
};

TEST_P(EveryDecoderSampler, GivesAsManyBytesAsAskedAfterAnyContext) {
  const Bytes text = words(200'000);
  for (const std::size_t context : {0, 1, 2, 50, 5000, 40'000, 200'000}) {
    for (const std::size_t count : {0, 1, 1000}) {
      EXPECT_EQ(dream(ByteView(text).first(context), count, 1).size(), count) << context;
    }
  }
}

TEST_P(EveryDecoderSampler, GivesTheSameBytesForTheSameSeedAndOthersForAnother) {
  const Bytes text = words(20'000);
  EXPECT_EQ(dream(text, 500, 3), dream(text, 500, 3));
  EXPECT_NE(dream(text, 500, 3), dream(text, 500, 4));
}

TEST_P(EveryDecoderSampler, BeginsALongDreamAsAShortOne) {
  const Bytes text = words(20'000);
  const Bytes longer = dream(text, 3000, 5);
  const Bytes shorter = dream(text, 100, 5);
  EXPECT_TRUE(std::equal(shorter.begin(), shorter.end(), longer.begin()));
}

TEST_P(EveryDecoderSampler, StandsContextsThatAreNoise) {
  const Bytes noise = [] {
    Rng rng(11);
    return random_bytes(100'000, rng);
  }();
  for (std::uint64_t seed = 0; seed < 3; ++seed) EXPECT_EQ(dream(noise, 2000, seed).size(), 2000U);
}

TEST_P(EveryDecoderSampler, GoesOnForLongerThanOneRunOfRandomBits) {
  EXPECT_EQ(dream(words(3000), 600'000, 1).size(), 600'000U);
}

std::vector<std::string> decoder_sampler_specs() {
  std::vector<std::string> specs = names_of_models([](const ModelInfo& info) {
    return info.is_codec() && info.make_decoder_sampler != nullptr;
  });
  std::ranges::replace(specs, "zopfli", cheap_spec("zopfli"));
  return specs;
}

INSTANTIATE_TEST_SUITE_P(Registry, EveryDecoderSampler, testing::ValuesIn(decoder_sampler_specs()),
                         [](const auto& test) {
                           return test.param.substr(0, test.param.find(':'));
                         });

class EveryTextDecoderSampler : public testing::TestWithParam<std::string> {};

TEST_P(EveryTextDecoderSampler, DreamsInTheWordsOfItsContext) {
  const Bytes text = words(100'000);
  Rng rng(1);
  const Bytes dream = make_decoder_sampler(GetParam())->sample(text, 10'000, rng);
  const auto known = four_grams(text);
  const auto dreamt = four_grams(dream);
  const auto count = std::ranges::count_if(dreamt, [&](auto gram) { return known.contains(gram); });
  // Of random bytes not one in ten thousand is known.
  EXPECT_GT(4 * count, static_cast<std::ptrdiff_t>(dreamt.size()));
}

INSTANTIATE_TEST_SUITE_P(Of, EveryTextDecoderSampler,
                         testing::Values("gzip:1", "gzip:6", "zlib:9", "xz:0", "xz:6", "lzma:9e",
                                         "zstd:1", "zstd:19", "brotli:2", "brotli:5"));

TEST(DecoderSamplers, AreMissingForAReason) {
  for (const ModelInfo* info : model_list()) {
    if (!info->is_codec()) continue;
    EXPECT_NE(info->make_decoder_sampler == nullptr, info->no_decoder_sampler.empty())
        << info->name;
  }
}

TEST(DecoderSamplers, SayWhyACodecCannotDreamAndWhoCan) {
  try {
    static_cast<void>(make_decoder_sampler("bzip2:9"));
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), Error::Kind::kUsage);
    EXPECT_THAT(error.what(), HasSubstr("bzip2 can't dream: its decoder"));
    EXPECT_THAT(error.what(), HasSubstr("gzip"));
  }
}

TEST(DecoderSamplers, RefuseOptionsThatTheirCodecRefuses) {
  for (const char* spec :
       {"gzip:0", "gzip:12", "xz:6x", "lzma:10", "zstd:23", "brotli:12", "gzzip"}) {
    EXPECT_THROW(static_cast<void>(make_decoder_sampler(spec)), Error) << spec;
  }
}

}  // namespace
}  // namespace zipdream
