// SPDX-License-Identifier: Apache-2.0
// The sessions of PNG and FLAC against what they save: compressing all of it again.
#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "codecs/common/code_lengths.h"
#include "codecs/flac/flac.h"
#include "tests/codecs/sample_bytes.h"
#include "zipdream/random.h"
#include "zipdream/registry.h"

namespace zipdream {
namespace {

// Slopes with some noise, as pixels and as samples of 8 or 16 bits have them.
Bytes slopes(std::size_t size, Rng& rng) {
  Bytes bytes(size);
  double at = 100;
  for (Byte& byte : bytes) {
    at += 8 * rng.uniform() - 4 + (128 - at) / 50;
    byte = static_cast<Byte>(at);
  }
  return bytes;
}

std::vector<Bytes> candidates_for(std::size_t row, Rng& rng) {
  std::vector<Bytes> candidates = {{}};
  for (int byte = 0; byte < 256; byte += 17) candidates.push_back({static_cast<Byte>(byte)});
  for (const std::size_t size : {std::size_t{2}, std::size_t{3}, row - 1, row, row + 1, 2 * row}) {
    candidates.push_back(slopes(size, rng));
  }
  return candidates;
}

std::vector<double> ask(const Session& session, const std::vector<Bytes>& candidates) {
  const std::vector<ByteView> views(candidates.begin(), candidates.end());
  std::vector<double> bits(views.size());
  session.bits_after(views, bits);
  return bits;
}

struct Case {
  std::string spec;
  std::size_t row;                 // where the stream takes a turn: a row of pixels, a frame
  std::vector<std::size_t> sizes;  // of the contexts
};

class MediaSession : public testing::TestWithParam<Case> {};

TEST_P(MediaSession, MeasuresInBytesWhatCompressingAgainGives) {
  const auto& [spec, row, sizes] = GetParam();
  const auto codec = make_codec(spec);
  Rng rng(1, 0);
  for (const std::size_t size : sizes) {
    const Bytes context = slopes(size, rng);
    const auto session = codec->start(Units::kBytes);
    const auto again = start_recompressing_session(*codec, Units::kBytes);
    session->append(context);
    again->append(context);
    const std::vector<Bytes> candidates = candidates_for(row, rng);
    EXPECT_EQ(ask(*session, candidates), ask(*again, candidates)) << size;
    EXPECT_EQ(session->bits(), 8.0 * static_cast<double>(codec->compress(context).size())) << size;
  }
}

TEST_P(MediaSession, MeasuresInBitsWhatTheCodecDoes) {
  const auto& [spec, row, sizes] = GetParam();
  const auto codec = make_codec(spec);
  Rng rng(2, 0);
  for (const std::size_t size : sizes) {
    const Bytes context = slopes(size, rng);
    const auto session = codec->start(Units::kBits);
    const auto again = start_recompressing_session(*codec, Units::kBits);
    session->append(context);
    again->append(context);
    const std::vector<Bytes> candidates = candidates_for(row, rng);
    EXPECT_EQ(ask(*session, candidates), ask(*again, candidates)) << size;
    const double bytes = 8.0 * static_cast<double>(codec->compress(context).size());
    EXPECT_LE(session->bits(), bytes);
    EXPECT_GT(session->bits(), bytes - 8);
  }
}

TEST_P(MediaSession, GrowsByteByByteAsInOnePiece) {
  const auto& [spec, row, sizes] = GetParam();
  const auto codec = make_codec(spec);
  Rng rng(3, 0);
  const Bytes context = slopes(sizes.back(), rng);
  const auto grown = codec->start();
  const auto whole = codec->start();
  for (const Byte& byte : context) grown->append({&byte, 1});
  whole->append(context);
  const std::vector<Bytes> candidates = candidates_for(row, rng);
  EXPECT_EQ(ask(*grown, candidates), ask(*whole, candidates));
  EXPECT_EQ(ask(*grown->clone(), candidates), ask(*whole, candidates));
}

INSTANTIATE_TEST_SUITE_P(
    Of, MediaSession,
    testing::Values(Case{"png:9,width=20", 20, {0, 1, 19, 20, 21, 405}},
                    Case{"png:1,width=50", 50, {77, 3333}},
                    Case{"png:6,width=7,channels=3", 21, {0, 2, 22, 1000}},
                    Case{"png:9,width=300,channels=3", 900, {70000}},
                    Case{"flac:0", 1152, {0, 1, 40, 1151, 1152, 1153, 3000}},
                    Case{"flac:8", 40, {2048, 4096, 5000}},
                    Case{"flac:0,format=s16", 40, {0, 1, 2, 3, 2303, 2304, 2305, 5001}},
                    Case{"flac:8,format=s16", 40, {7, 9001}},
                    Case{"flac:5,format=s16,channels=2", 40, {1, 2, 3, 4, 4099}},
                    Case{"flac:4,channels=2", 40, {2500}}, Case{"flac:2,channels=2", 40, {2501}}),
    [](const auto& test) {
      std::string name = test.param.spec;
      std::erase_if(name, [](unsigned char c) { return std::isalnum(c) == 0; });
      return name;
    });

// From 128 frames on a frame's number takes two bytes.
TEST(FlacSession, CountsFramesAsTheirHeadersDo) {
  const auto codec = make_codec("flac:0");
  const Bytes context = text_like(std::size_t{130} * 1152 + 5);
  const auto session = codec->start(Units::kBytes);
  session->append(context);
  EXPECT_EQ(session->bits(), 8.0 * static_cast<double>(codec->compress(context).size()));
}

// A codec that counts how often it is asked to compress.
class CountingCodec final : public Codec {
 public:
  explicit CountingCodec(std::unique_ptr<Codec> codec) : codec_(std::move(codec)) {}

  [[nodiscard]] Bytes compress(ByteView data) const override {
    ++count_;
    return codec_->compress(data);
  }
  [[nodiscard]] Bytes decompress(ByteView stream, std::size_t max_size) const override {
    return codec_->decompress(stream, max_size);
  }
  [[nodiscard]] int count() const { return count_; }

 private:
  std::unique_ptr<Codec> codec_;
  mutable std::atomic<int> count_ = 0;
};

TEST(FlacSession, CompressesTheOpenBlockOnceForEachCandidate) {
  const CountingCodec codec(make_codec("flac:0"));
  const auto session = start_flac_session(codec, 1, Units::kBits);
  session->append(text_like(std::size_t{3} * 1152 + 5));
  const int before = codec.count();
  const Bytes candidates = {1, 2, 3};
  const std::vector<ByteView> views = {
      {&candidates[0], 1}, {&candidates[1], 1}, {&candidates[2], 1}};
  std::vector<double> bits(views.size());
  session->bits_after(views, bits);
  EXPECT_EQ(codec.count() - before, 3);
}

TEST(FlacCodec, TakesTheHighByteThatBringsASampleNearest) {
  const auto codec = make_codec("flac:8,format=s16");
  Bytes near = {0xfe, 0x01};  // 510
  near.push_back(0x03);       // 515 is nearer than 259
  const Bytes full = {0xfe, 0x01, 0x03, 0x02};
  EXPECT_EQ(codec->compress(near).size(), codec->compress(full).size() + 9) << "the added byte's";
  EXPECT_EQ(codec->decompress(codec->compress(near), 3), near);
}

}  // namespace
}  // namespace zipdream
