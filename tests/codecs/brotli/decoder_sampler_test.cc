// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <string>

#include "codecs/brotli/brotli.h"
#include "codecs/brotli/stream.h"
#include "tests/codecs/sample_bytes.h"
#include "zipdream/registry.h"

namespace zipdream {
namespace {

Bytes dream(int quality, ByteView context, std::size_t count) {
  Rng rng(1);
  return make_decoder_sampler("brotli:" + std::to_string(quality))->sample(context, count, rng);
}

// That the stream says the context, up to its end, the decoder_sampler checks itself.
TEST(BrotliDreams, GoOnAfterTextsAtEveryQuality) {
  for (int quality = 0; quality <= static_cast<int>(kMaxBrotliQuality); ++quality) {
    for (const std::size_t size : {100, 5000, 66'000, 150'000}) {
      if (quality >= 10 && size > 5000) continue;  // slow
      const Bytes text = text_like(size);
      EXPECT_TRUE(size < 5000 || prime_brotli(text, quality)) << quality << " " << size;
      EXPECT_EQ(dream(quality, text, 3000).size(), 3000U) << quality << " " << size;
    }
  }
}

TEST(BrotliDreams, AreNoiseWhereTheContextIsStored) {
  const Bytes noise = random_bytes(20'000);
  for (const int quality : {0, 1, 2, 5, 9}) {
    EXPECT_FALSE(prime_brotli(noise, quality)) << quality;
    EXPECT_FALSE(prime_brotli({}, quality)) << quality;
    EXPECT_EQ(dream(quality, noise, 100).size(), 100U);
  }
}

// Its codes have one symbol each, and take no bits; a dream of 9 MB has two meta-blocks.
TEST(BrotliDreams, OfOneByteOverAndOverGoOnWithIt) {
  constexpr std::size_t kCount = 9'000'000;
  EXPECT_EQ(dream(5, Bytes(300'000, 'x'), kCount), Bytes(kCount, 'x'));
}

}  // namespace
}  // namespace zipdream
