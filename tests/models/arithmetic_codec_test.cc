// SPDX-License-Identifier: Apache-2.0
// Codecs made of models keep what zipdream/codec.h promises.
#include "generator/arithmetic_codec.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/parallel.h"
#include "tests/codecs/refusals.h"
#include "tests/codecs/sample_bytes.h"
#include "tests/models/specs.h"
#include "zipdream/error.h"
#include "zipdream/random.h"

namespace zipdream {
namespace {

class ArithmeticCodec : public testing::TestWithParam<std::string> {
 protected:
  // One thread: gzip's candidates are not worth waking others for.
  void SetUp() override { set_thread_count(1); }
  void TearDown() override { set_thread_count(0); }

  [[nodiscard]] bool is_slow() const { return GetParam().starts_with("arith:gzip"); }
  // What is decoded hundreds of times.
  [[nodiscard]] std::size_t decoded_bytes() const { return is_slow() ? 60 : 300; }

  void expect_round_trip(ByteView data, std::string_view what) const {
    const Bytes stream = codec_->compress(data);
    EXPECT_EQ(codec_->compress(data), stream) << what;
    EXPECT_EQ(codec_->decompress(stream, data.size()), Bytes(data.begin(), data.end())) << what;
  }

  void expect_error(ByteView stream, std::size_t max_size, const std::string& what) const {
    expect_refusal(*codec_, GetParam() + ": ", stream, max_size, what);
  }

  void expect_total(ByteView stream, std::size_t max_size) const {
    try {
      EXPECT_LE(codec_->decompress(stream, max_size).size(), max_size);
    } catch (const Error& error) {
      expect_one_line(error, GetParam() + ": ");
    }
  }

  std::unique_ptr<Codec> codec_ = make_codec(GetParam());
};

TEST_P(ArithmeticCodec, RoundTripsNothingSingleBytesAndAllBytes) {
  expect_round_trip({}, "nothing");
  EXPECT_EQ(codec_->compress({}), Bytes{0});
  expect_round_trip(full_alphabet(), "all bytes");
  for (const Byte& byte : full_alphabet()) {
    if (!is_slow() || byte % 16 == 0) expect_round_trip({&byte, 1}, "a byte");
  }
}

TEST_P(ArithmeticCodec, RoundTripsBytesOfEveryCharacter) {
  for (const SampleKind& kind : sample_kinds()) {
    for (const std::size_t size : {2, 31, is_slow() ? 150 : 10'000}) {
      expect_round_trip(kind.make(size, 5), kind.name);
    }
  }
}

// ceil(-log2 P) + 1 bits, as the paper counts, the number of bytes before and zeros after.
TEST_P(ArithmeticCodec, CostsWhatItsModelSaysAndTwoBitsAtMost) {
  const auto model = make_predictor(GetParam().substr(6), {});
  const Bytes data = text_like(300);
  std::vector<double> log2_probs(256);
  double cross_entropy = 0;
  for (const Byte byte : data) {
    model->log2_probs(log2_probs);
    cross_entropy -= log2_probs[byte];
    model->update(byte);
  }
  const double bits = codec_->bits(data, Units::kBits);
  EXPECT_LT(bits, 16 + cross_entropy + 0.01);
  EXPECT_GT(bits, 16 + cross_entropy - 1) << "bytes below 2^-28 get that much";
  const double stream_bits = 8.0 * static_cast<double>(codec_->compress(data).size());
  EXPECT_GE(stream_bits, bits);
  EXPECT_LT(stream_bits, bits + 2 + 7);
  EXPECT_EQ(codec_->bits(data, Units::kBytes), stream_bits);
}

TEST_P(ArithmeticCodec, MeasuresInItsSessionsWhatItWrites) {
  const Bytes context = text_like(130);
  const std::vector<Bytes> candidates = {{}, {'e'}, {0}, {255}, text_like(9, 2), random_bytes(20)};
  const std::vector<ByteView> views(candidates.begin(), candidates.end());
  for (const Units units : {Units::kBits, Units::kBytes}) {
    const auto session = codec_->start(units);
    EXPECT_EQ(session->bits(), 8);
    session->append(ByteView(context).first(77));
    session->append({});
    session->append(ByteView(context).subspan(77));
    std::vector<double> lengths(views.size());
    session->bits_after(views, lengths);
    const auto second = session->clone();
    for (std::size_t i = 0; i < views.size(); ++i) {
      const auto clone = session->clone();
      clone->append(candidates[i]);
      EXPECT_EQ(clone->bits(), lengths[i]) << i;
      EXPECT_EQ(codec_->bits(concat(context, candidates[i]), units), lengths[i]) << i;
    }
    EXPECT_EQ(session->bits(), lengths[0]) << "asking changed it";
    std::vector<double> again(views.size());
    set_thread_count(3);
    second->bits_after(views, again);
    set_thread_count(1);
    EXPECT_EQ(again, lengths);
  }
}

TEST_P(ArithmeticCodec, FindsEveryEarlyEndAndEveryByteTooMany) {
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, decoded_bytes()}) {
    const Bytes stream = codec_->compress(text_like(size));
    for (std::size_t cut = 0; cut < stream.size(); ++cut) {
      expect_error(ByteView(stream).first(cut), 2000, "a start of " + std::to_string(cut));
    }
    for (const std::size_t count : {1, 2, 100}) {
      expect_error(concat(stream, random_bytes(count)), 2000, "bytes more");
      expect_error(concat(stream, Bytes(count)), 2000, "zeros more");
    }
  }
}

TEST_P(ArithmeticCodec, DecodesOrRefusesAnyBytes) {
  const std::size_t limit = decoded_bytes();
  Bytes stream = codec_->compress(text_like(limit / 2));
  for (std::size_t bit = 0; bit < 8 * stream.size(); bit += 3) {
    const Byte mask = static_cast<Byte>(1 << bit % 8);
    stream[bit / 8] ^= mask;
    expect_total(stream, limit);
    stream[bit / 8] ^= mask;
  }
  for (int seed = 1; seed <= 60; ++seed) {
    expect_total(random_bytes(static_cast<std::size_t>(seed), seed), limit);
  }
}

TEST_P(ArithmeticCodec, KeepsToTheLimitAndToWhatTheStreamReallyHolds) {
  const Bytes data = text_like(is_slow() ? 50 : 500);
  const Bytes stream = codec_->compress(data);
  expect_error(stream, data.size() - 1, "one byte too many");
  EXPECT_EQ(codec_->decompress(stream, SIZE_MAX), data);
  // Claims 2^62 bytes and holds a few.
  const Bytes huge = {0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x40, 0x12, 0x34, 0x56};
  if (!is_slow()) expect_error(huge, SIZE_MAX, "a huge claim");
  expect_error(huge, 1000, "a huge claim");
}

INSTANTIATE_TEST_SUITE_P(Of, ArithmeticCodec, testing::ValuesIn(arith_specs()), spec_test_name);

}  // namespace
}  // namespace zipdream
