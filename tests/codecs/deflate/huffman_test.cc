// SPDX-License-Identifier: Apache-2.0
// Code lengths against those in streams that zlib wrote: a block of literals without matches, its
// lengths read back from its header.
#include "codecs/deflate/huffman.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <vector>

#include "tests/codecs/deflate/stream_reader.h"
#include "zipdream/random.h"
#include "zipdream/registry.h"

namespace zipdream::deflate {
namespace {

Header header_of(ByteView stream) {
  BitReader reader(stream);
  reader.bits(1);
  EXPECT_EQ(reader.bits(2), 2U) << "not a block of dynamic codes";
  return read_header(reader);
}

void expect_lengths_of_zlib(ByteView data, const std::string& what) {
  std::vector<Leaf> leaves;
  for (int symbol = 0; symbol <= kEndOfBlock; ++symbol) {
    const auto count =
        symbol == kEndOfBlock ? 1 : std::ranges::count(data, static_cast<Byte>(symbol));
    if (count > 0) {
      leaves.push_back({static_cast<std::uint16_t>(symbol), static_cast<std::uint16_t>(count)});
    }
  }
  const Header header = header_of(make_codec("deflate:9")->compress(data));
  ASSERT_EQ(header.literals.size(), 257U) << what << " has matches";
  HuffmanCode code;
  code.build(leaves, 15);
  for (std::size_t i = 0; i < leaves.size(); ++i) {
    EXPECT_EQ(code.lengths()[i], header.literals[leaves[i].symbol])
        << what << ", symbol " << leaves[i].symbol;
  }
  LengthCounts counts{};
  count_lengths(leaves, code.lengths(), counts);
  const std::vector<Leaf> no_distances = {{0, 1}, {1, 1}};
  const std::vector<std::uint8_t> ones = {1, 1};
  LengthCounts both = counts;
  count_lengths(no_distances, ones, both);
  EXPECT_EQ(header_bits(both), header.bits) << what;
}

std::uint64_t below(Rng& rng, std::uint64_t count) { return rng.next() % count; }

// Bytes of which some are frequent and most are rare, no three in a row twice.
Bytes skewed_without_matches(std::size_t size, Rng& rng) {
  std::set<std::array<Byte, 3>> seen;
  Bytes bytes;
  while (bytes.size() < size) {
    const auto next = static_cast<Byte>(below(rng, 1 + below(rng, 1 + below(rng, 256))));
    if (bytes.size() < 2 || seen.insert({bytes.end()[-2], bytes.back(), next}).second) {
      bytes.push_back(next);
    }
  }
  return bytes;
}

TEST(HuffmanCode, HasTheLengthsAndTheHeaderThatZlibWrites) {
  Rng rng(1);
  for (int round = 0; round < 100; ++round) {
    const Bytes data = skewed_without_matches(600 + rng.next() % 4000, rng);
    expect_lengths_of_zlib(data, "round " + std::to_string(round));
  }
}

// Counts like 1, 1, 2, 3, 5, 8 make the deepest trees: past 15 bits lengths must be mended.
TEST(HuffmanCode, KeepsToTheLongestLengthAndStaysComplete) {
  std::vector<Leaf> leaves = {{0, 1}, {1, 1}};
  for (std::uint16_t i = 2; i < 20; ++i) {
    leaves.push_back({i, static_cast<std::uint16_t>(leaves[i - 1].count + leaves[i - 2].count)});
  }
  for (const int longest : {7, 15}) {
    HuffmanCode code;
    code.build(leaves, longest);
    int sum = 0;  // Kraft's, in units of the longest code
    std::uint32_t bits = 0;
    for (std::size_t i = 0; i < leaves.size(); ++i) {
      EXPECT_LE(code.lengths()[i], longest);
      sum += 1 << (longest - code.lengths()[i]);
      bits += static_cast<std::uint32_t>(leaves[i].count * code.lengths()[i]);
    }
    EXPECT_EQ(sum, 1 << longest);
    EXPECT_EQ(code.bits(), bits);
  }
}

TEST(HuffmanCode, KeepsItsLengthsAfterOneMoreWhereItSaysSo) {
  Rng rng(2);
  int promised = 0;
  int kept = 0;
  for (int round = 0; round < 3000; ++round) {
    std::vector<Leaf> leaves;
    const std::size_t size = 2 + rng.next() % 90;
    const std::uint64_t most = 1 + below(rng, 1 + below(rng, 1000));
    for (std::uint16_t i = 0; i < size; ++i) {
      leaves.push_back({i, static_cast<std::uint16_t>(1 + below(rng, 1 + below(rng, most)))});
    }
    const int longest = rng.next() % 4 == 0 ? 7 : 15;
    HuffmanCode base;
    base.build_and_look_ahead(leaves, longest);
    for (std::size_t i = 0; i < leaves.size(); ++i) {
      ++leaves[i].count;
      HuffmanCode code;
      code.build(leaves, longest);
      --leaves[i].count;
      const bool stays = std::ranges::equal(code.lengths(), base.lengths());
      kept += stays;
      promised += base.stays_after(i);
      ASSERT_TRUE(stays || !base.stays_after(i)) << round << ", leaf " << i;
    }
  }
  EXPECT_GE(2 * promised, kept);
}

}  // namespace
}  // namespace zipdream::deflate
