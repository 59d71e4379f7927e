// SPDX-License-Identifier: Apache-2.0
#include "codecs/zstd/tables.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "tests/codecs/sample_bytes.h"
#include "zipdream/error.h"
#include "zipdream/registry.h"

namespace zipdream {
namespace {

std::vector<ZstdTables> tables_of(const std::string& spec, ByteView data) {
  return read_zstd_tables(make_codec(spec)->compress(data));
}

int sum_of(const ZstdFseTable& table) {
  int sum = 0;
  for (const int probability : table.probabilities) sum += std::abs(probability);
  return sum;
}

void expect_sound(const ZstdTables& tables, const std::string& what) {
  if (!tables.sequences.empty()) {
    const ZstdSequenceCodes& codes = tables.codes;
    for (const auto* table : {&codes.literal_lengths, &codes.offsets, &codes.match_lengths}) {
      EXPECT_EQ(sum_of(*table), 1 << table->accuracy_log) << what;
    }
  }
  double sum = 0;
  for (const int bits : tables.literal_bits) sum += bits == 0 ? 0 : 1.0 / (1 << bits);
  EXPECT_EQ(sum, 1) << what;
}

// Reading a block checks itself: the sequences must end where their bits do.
TEST(ZstdTables, AreReadAtEveryLevelFromAnyKindOfData) {
  for (const int level : {1, 3, 9, 13, 19, 22}) {
    const std::string spec = "zstd:" + std::to_string(level);
    for (const SampleKind& kind : sample_kinds()) {
      for (const std::size_t size : {1, 10, 200, 5000, 70'000}) {
        const std::string what = spec + std::string(kind.name) + std::to_string(size);
        const auto blocks = tables_of(spec, kind.make(size, 1));
        ASSERT_FALSE(blocks.empty()) << what;
        for (const ZstdTables& tables : blocks) expect_sound(tables, what);
      }
    }
  }
}

TEST(ZstdTables, AreOnePerBlockBeyond128KiB) {
  constexpr std::size_t kBlock = 128 << 10;
  for (const std::size_t size : {kBlock - 1, kBlock, kBlock + 1, 3 * kBlock + 5}) {
    const auto blocks = tables_of("zstd:3", text_like(size));
    EXPECT_EQ(blocks.size(), (size + kBlock - 1) / kBlock);
    for (const ZstdTables& tables : blocks) expect_sound(tables, std::to_string(size));
  }
}

TEST(ZstdTables, OfBlocksThatAreNotCodedSaySo) {
  const auto raw = tables_of("zstd:3", random_bytes(5000));
  ASSERT_EQ(raw.size(), 1U);
  EXPECT_TRUE(raw[0].sequences.empty());
  EXPECT_EQ(raw[0].literals, 5000U);
  EXPECT_EQ(raw[0].literal_bits[0], 8);
  const auto same = tables_of("zstd:3", Bytes(5000, 'x'));
  ASSERT_EQ(same.size(), 1U);
  EXPECT_TRUE(same[0].kind == ZstdLiteralsKind::kRle || !same[0].sequences.empty());
  const auto nothing = tables_of("zstd:3", {});
  for (const ZstdTables& tables : nothing) EXPECT_EQ(tables.literals + tables.sequences.size(), 0U);
}

TEST(ZstdTables, ComeWithSequencesThatSayTheText) {
  for (const std::string spec : {"zstd:1", "zstd:9", "zstd:19"}) {
    const Bytes text = text_like(300'000);
    std::size_t at = 0;
    for (const ZstdTables& tables : tables_of(spec, text)) {
      std::size_t end = at + tables.literals;
      for (const ZstdSequence& sequence : tables.sequences) {
        end += sequence.match;
        at += sequence.literals;
        for (std::size_t i = 0; i < sequence.match; ++i, ++at) {
          ASSERT_GE(at, sequence.distance);
          ASSERT_EQ(text[at], text[at - sequence.distance]) << spec << " at " << at;
        }
      }
      at = end;  // after the literals that follow the last sequence
    }
    EXPECT_EQ(at, text.size());
  }
}

TEST(ZstdTables, RememberTheLastDistances) {
  const Bytes a = random_bytes(500, 1);
  const Bytes b = random_bytes(500, 2);
  const Bytes c = random_bytes(500, 3);
  Bytes data = concat(concat(concat(a, b), c), concat(a, to_bytes("!")));
  data = concat(concat(data, concat(b, to_bytes("!!"))), c);
  for (const std::string spec : {"zstd:3", "zstd:19"}) {
    EXPECT_EQ(tables_of(spec, data).back().recent, (ZstdRecent{1503, 1501, 1500}));
  }
}

TEST(ZstdTables, HaveThePublishedCodesOfLengths) {
  EXPECT_EQ(zstd_literal_lengths()[20].base, 24U);
  EXPECT_EQ(zstd_literal_lengths()[35].base, 65536U);
  EXPECT_EQ(zstd_match_lengths()[32].base, 35U);
  EXPECT_EQ(zstd_match_lengths()[43].base, 131U);
  EXPECT_EQ(zstd_match_lengths()[52].base, 65539U);
}

TEST(ZstdTables, RepeatDistancesByWhetherLiteralsCameBefore) {
  const ZstdRecent recent = {10, 20, 30};
  for (const unsigned value : {1U, 2U, 3U}) {
    EXPECT_EQ(zstd_repeated(recent, value, true), 10 * value);
  }
  EXPECT_EQ(zstd_repeated(recent, 1, false), 20U);
  EXPECT_EQ(zstd_repeated(recent, 2, false), 30U);
  EXPECT_EQ(zstd_repeated(recent, 3, false), 9U);
}

TEST(ZstdTables, OfADamagedFrameAreReadOrRefused) {
  for (const SampleKind& kind : sample_kinds()) {
    const Bytes frame = make_codec("zstd:19")->compress(kind.make(1500, 1));
    for (std::size_t size = 0; size + 4 < frame.size(); ++size) {  // the checksum isn't read
      EXPECT_THROW((void)read_zstd_tables(ByteView(frame).first(size)), Error) << size;
    }
    for (std::size_t bit = 0; bit < 8 * frame.size(); ++bit) {
      Bytes flipped = frame;
      flipped[bit / 8] = static_cast<Byte>(flipped[bit / 8] ^ (1 << bit % 8));
      try {
        (void)read_zstd_tables(flipped);
      } catch (const Error& error) {
        EXPECT_EQ(std::string(error.what()).find("zstd"), 0U);
      }
    }
  }
}

}  // namespace
}  // namespace zipdream
