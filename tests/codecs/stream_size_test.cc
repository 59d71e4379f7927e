// SPDX-License-Identifier: Apache-2.0
// Codec::stream_size(): a stream of what comes piece by piece.
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>

#include "tests/codecs/sample_bytes.h"
#include "tests/codecs/specs.h"

namespace zipdream {
namespace {

ByteSource source_of(const Bytes& data) {
  auto at = std::make_shared<std::size_t>(0);
  return [&data, at](std::span<Byte> room) {
    const std::size_t count = std::min(room.size(), data.size() - *at);
    std::copy_n(data.begin() + static_cast<std::ptrdiff_t>(*at), count, room.begin());
    *at += count;
    return count;
  };
}

class StreamSize : public testing::TestWithParam<std::string> {};

TEST_P(StreamSize, IsThatOfCompress) {
  const auto codec = make_codec(GetParam());
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{70'000}}) {
    const Bytes data = text_like(size);
    const std::size_t whole = codec->compress(data).size();
    EXPECT_EQ(codec->stream_size(source_of(data), size), whole) << size;
    EXPECT_EQ(codec->stream_size(source_of(data), std::nullopt), whole) << size;
  }
}

INSTANTIATE_TEST_SUITE_P(AllCodecs, StreamSize, testing::ValuesIn(specs_to_test()), test_name);

// Longer than a piece, and a piece exactly: the end is found where it is.
TEST(StreamSizeOfLongData, IsThatOfCompressOrNear) {
  for (const char* spec : {"gzip:1", "xz:0", "bzip2:1", "zstd:1"}) {
    const auto codec = make_codec(spec);
    for (const std::size_t size : {std::size_t{1} << 20, (std::size_t{1} << 21) + 12345}) {
      const Bytes data = copies(size);
      const auto whole = static_cast<double>(codec->compress(data).size());
      const auto streamed = static_cast<double>(codec->stream_size(source_of(data), size));
      EXPECT_NEAR(streamed / whole, 1, 0.001) << spec << " " << size;
    }
  }
}

}  // namespace
}  // namespace zipdream
