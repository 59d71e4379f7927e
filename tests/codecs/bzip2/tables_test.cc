// SPDX-License-Identifier: Apache-2.0
#include "codecs/bzip2/tables.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "tests/codecs/sample_bytes.h"
#include "zipdream/error.h"
#include "zipdream/registry.h"

namespace zipdream {
namespace {

TEST(Bzip2Tables, AreNoneInTheStreamOfNothing) {
  EXPECT_FALSE(read_bzip2_tables(make_codec("bzip2:9")->compress({})));
}

TEST(Bzip2Tables, ListTheBytesThatOccurAndCompletePrefixCodes) {
  for (const SampleKind& kind : sample_kinds()) {
    for (const std::size_t size : {1, 2, 5, 1000, 20'000, 120'000}) {
      const Bytes data = kind.make(size, 1);
      const auto tables = read_bzip2_tables(make_codec("bzip2:1")->compress(data));
      ASSERT_TRUE(tables);
      if (size < 100'000) {
        for (const Byte byte : std::set<Byte>(data.begin(), data.end())) {
          EXPECT_TRUE(std::ranges::binary_search(tables->used, byte)) << kind.name << size;
        }
      }
      for (const auto& code : tables->codes) {
        double sum = 0;
        for (std::size_t symbol = 0; symbol < tables->used.size() + 2; ++symbol) {
          ASSERT_GE(code[symbol], 1);
          sum += 1.0 / (1 << code[symbol]);
        }
        EXPECT_LE(sum, 1) << kind.name << size;
      }
      for (const auto choice : tables->choices) EXPECT_LT(choice, tables->codes.size());
    }
  }
}

TEST(Bzip2Tables, OfADamagedStreamAreReadOrRefused) {
  const Bytes stream = make_codec("bzip2:9")->compress(text_like(3000));
  const std::size_t header = read_bzip2_tables(stream)->symbols_at;
  for (std::size_t size = 0; size < header / 8; ++size) {
    EXPECT_THROW((void)read_bzip2_tables(ByteView(stream).first(size)), Error) << size;
  }
  for (std::size_t bit = 0; bit < header; ++bit) {
    Bytes flipped = stream;
    flipped[bit / 8] = static_cast<Byte>(flipped[bit / 8] ^ (0x80 >> bit % 8));
    try {
      const auto tables = read_bzip2_tables(flipped);
      if (tables) {
        EXPECT_LE(tables->codes.size(), kBzip2MaxCodes);
      }
    } catch (const Error& error) {
      EXPECT_EQ(std::string(error.what()).find("bzip2"), 0U);
    }
  }
  EXPECT_THROW((void)read_bzip2_tables(random_bytes(1000)), Error);
}

}  // namespace
}  // namespace zipdream
