// SPDX-License-Identifier: Apache-2.0
// What codecs/deflate makes of an encoder that is not zlib's own, of which it knows streams alone.
#include <gtest/gtest.h>

#include "codecs/deflate/deflate.h"
#include "tests/codecs/sample_bytes.h"
#include "zipdream/registry.h"

namespace zipdream {
namespace {

GzipWriter writer_of(std::string_view spec) {
  std::shared_ptr<const Codec> codec = make_codec(spec);
  return [codec](ByteView text) { return codec->compress(text); };
}

double log_loss(Predictor& predictor, ByteView text) {
  double bits = 0;
  for (const Byte byte : text) {
    bits -= predictor.log2_probs()[byte];
    predictor.update(byte);
  }
  return bits / static_cast<double>(text.size());
}

TEST(GzipWriter, OfZlibHasTheLengthsOfGzip) {
  const auto gzip = make_codec("gzip:6");
  const auto written = make_gzip_codec("written", writer_of("gzip:6"));
  for (const SampleKind& kind : sample_kinds()) {
    for (const std::size_t size : {0, 1, 2, 100, 20'000, 70'000}) {
      const Bytes data = kind.make(size, 4);
      for (const Units units : {Units::kBits, Units::kBytes}) {
        EXPECT_EQ(written->bits(data, units), gzip->bits(data, units)) << kind.name << " " << size;
      }
    }
  }
}

TEST(GzipWriter, OfZlibPredictsNearlyAsGzip) {
  const Bytes text = text_like(40'000);
  for (const std::size_t context : {0, 1000, 30'000}) {
    const auto gzip = make_predictor("gzip:6");
    const auto written = make_gzip_predictor(writer_of("gzip:6"));
    gzip->observe(ByteView(text).first(context));
    written->observe(ByteView(text).first(context));
    const ByteView next = ByteView(text).subspan(context, 1500);
    EXPECT_NEAR(log_loss(*written, next), log_loss(*gzip, next), 0.03) << context;
  }
}

// A text of which the last 128 KB are another encoder's to write.
TEST(GzipWriter, PredictsAfterALongText) {
  const Bytes text = text_like(400'000);
  for (const char* spec : {"libdeflate:12", "zopfli:1"}) {
    const auto predictor = make_predictor(spec);
    predictor->observe(text);
    const auto pieces = make_predictor(spec);
    pieces->observe(ByteView(text).first(200'000));
    pieces->observe(ByteView(text).subspan(200'000));
    EXPECT_EQ(predictor->log2_probs(), pieces->log2_probs());
    EXPECT_LT(log_loss(*predictor, text_like(500, 9)), 3) << spec;
  }
}

TEST(GzipWriter, IsMeasuredToItsLastCodeWord) {
  for (const char* spec : {"libdeflate:1", "libdeflate:12", "zopfli:2"}) {
    const auto codec = make_codec(spec);
    for (const std::size_t size : {0, 1, 5, 77, 3000}) {
      const Bytes data = text_like(size, 5);
      const Bytes stream = codec->compress(data);
      const double filled = codec->bits(data, Units::kBytes) - codec->bits(data, Units::kBits);
      ASSERT_TRUE(filled >= 0 && filled < 8) << spec << " " << size;
      // Zeros alone fill the last byte, and one bit less is no whole stream.
      const std::size_t last = stream.size() - kGzipTrailerBytes - 1;
      EXPECT_EQ(stream[last] >> (8 - static_cast<int>(filled)), 0) << spec << " " << size;
    }
  }
}

TEST(GzipWriter, ParsesBetterThanZlib) {
  const Bytes text = text_like(60'000);
  const std::size_t zlib = make_codec("gzip:9")->compress(text).size();
  EXPECT_LT(make_codec("libdeflate:12")->compress(text).size(), zlib);
  EXPECT_LT(make_codec("zopfli:5")->compress(text).size(), zlib);
}

}  // namespace
}  // namespace zipdream
