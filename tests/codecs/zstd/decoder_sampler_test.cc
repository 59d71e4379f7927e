// SPDX-License-Identifier: Apache-2.0
#include "codecs/zstd/decoder_sampler.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "codecs/zstd/frame.h"
#include "codecs/zstd/tables.h"
#include "tests/codecs/sample_bytes.h"
#include "zipdream/registry.h"

namespace zipdream {
namespace {

// Bytes from 0 to 99, those from 50 on twice as often.
Bytes uneven_bytes(std::size_t size) {
  Bytes bytes = random_bytes(size);
  for (Byte& byte : bytes)
    byte = static_cast<Byte>(byte % 150 < 100 ? byte % 150 : byte % 150 - 50);
  return bytes;
}

Bytes dream(ByteView context, std::size_t count, std::uint64_t seed = 1) {
  Rng rng(seed);
  return make_decoder_sampler("zstd:3")->sample(context, count, rng);
}

// The codes that the last block of a text's frame leaves.
ZstdCodesInForce codes_after(ByteView text) {
  const ZstdTables last = read_zstd_tables(make_codec("zstd:19")->compress(text)).back();
  return {.literal_bits = last.literal_bits, .sequences = last.codes, .recent = last.recent};
}

TEST(ZstdDreams, AreBlocksThatRepeatAllCodes) {
  const Bytes text = text_like(50'000);
  const ZstdCodesInForce codes = codes_after(text);
  Rng rng(1);
  const SampledZstdBlock dreamt = sample_zstd_block(codes, text.size(), rng);
  const ZstdBlock block = read_zstd_block(dreamt.block);
  EXPECT_EQ(block.kind, ZstdBlockKind::kCompressed);
  EXPECT_FALSE(block.is_last);
  EXPECT_EQ(dreamt.block.size(), ZstdBlock::kHeaderSize + block.content.size());
  const ZstdLiterals literals = read_zstd_literals(block.content);
  EXPECT_EQ(literals.kind, ZstdLiteralsKind::kTreeless);
  const ZstdSequences sequences = read_zstd_sequences(block.content.subspan(literals.bytes));
  EXPECT_GT(sequences.count, 100U);
  for (const auto* table :
       {&sequences.literal_lengths, &sequences.offsets, &sequences.match_lengths}) {
    EXPECT_EQ(table->mode, ZstdTableMode::kRepeat);
  }
  EXPECT_GT(dreamt.text_size, literals.regenerated_size);
}

TEST(ZstdDreams, NeverReachBeyondTheBeginning) {
  const ZstdCodesInForce codes = codes_after(text_like(50'000));
  Rng rng(1);
  for (int i = 0; i < 1000; ++i) {
    const SampledZstdBlock dreamt = sample_zstd_block(codes, 0, rng);
    if (dreamt.text_size > 0) {
      EXPECT_LE(dreamt.recent[0], dreamt.text_size);
    }
  }
}

TEST(ZstdDreams, AreLiteralsAloneWhereTheCodecFoundNoMatches) {
  const Bytes context = uneven_bytes(3000);
  const ZstdTables only = read_zstd_tables(make_codec("zstd:3")->compress(context)).front();
  ASSERT_EQ(only.kind, ZstdLiteralsKind::kCompressed);
  ASSERT_TRUE(only.sequences.empty());
  const Bytes dreamt = dream(context, 10'000);
  std::array<double, 256> expected{};
  std::array<double, 256> seen{};
  for (std::size_t byte = 0; byte < 256; ++byte) {
    if (only.literal_bits[byte] > 0) expected[byte] = 10'000.0 / (1 << only.literal_bits[byte]);
  }
  for (const Byte byte : dreamt) ++seen[byte];
  for (std::size_t byte = 0; byte < 256; ++byte) {
    EXPECT_NEAR(seen[byte], expected[byte], 5 * std::sqrt(expected[byte])) << byte;
  }
}

TEST(ZstdDreams, OfOneByteOverAndOverGoOnWithIt) {
  EXPECT_EQ(dream(Bytes(300'000, 'x'), 3000), Bytes(3000, 'x'));
}

// The digits' own codes would dream of nothing else.
TEST(ZstdDreams, TakeTheCodesOfTheBlockBeforeAShortOne) {
  Bytes digits = random_bytes(2000);
  for (Byte& digit : digits) digit = static_cast<Byte>('0' + digit % 10);
  const Bytes dreamt = dream(concat(text_like(std::size_t{128} << 10), digits), 5000);
  EXPECT_LT(std::ranges::count_if(dreamt, [](Byte byte) { return '0' <= byte && byte <= '9'; }),
            2500);
}

}  // namespace
}  // namespace zipdream
