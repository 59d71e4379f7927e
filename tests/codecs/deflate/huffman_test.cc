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

#include "base/rng.h"
#include "codecs/deflate/code_header.h"
#include "codecs/registry.h"
#include "tests/codecs/sample_bytes.h"

namespace zipdream::deflate {
namespace {

// Reads bits from low to high, as RFC 1951 packs them.
class BitReader {
 public:
  explicit BitReader(ByteView bytes) : bytes_(bytes) {}
  unsigned bits(int count) {
    unsigned value = 0;
    for (int i = 0; i < count; ++i, ++at_) value |= (bytes_[at_ / 8] >> at_ % 8 & 1U) << i;
    return value;
  }
  [[nodiscard]] std::size_t at() const { return at_; }

 private:
  ByteView bytes_;
  std::size_t at_ = 0;
};

// Decodes one symbol of the code with these lengths (RFC 1951, section 3.2.2).
int read_symbol(BitReader& reader, const std::vector<int>& lengths) {
  int code = 0;
  int first = 0;
  for (int length = 1; length <= 15; ++length) {
    code = code << 1 | static_cast<int>(reader.bits(1));
    const int count = static_cast<int>(std::ranges::count(lengths, length));
    if (code - first < count) {
      int left = code - first;
      for (std::size_t symbol = 0; symbol < lengths.size(); ++symbol) {
        if (lengths[symbol] == length && left-- == 0) return static_cast<int>(symbol);
      }
    }
    first = (first + count) << 1;
  }
  ADD_FAILURE() << "no such code";
  return 0;
}

struct Header {
  std::vector<int> lengths;  // of literals, then distances
  std::size_t literals = 0;
  std::size_t bits = 0;  // without the three of the block's kind
};

// REQUIRES: the stream begins with a block of dynamic codes.
Header read_header(ByteView stream) {
  constexpr int kOrder[] = {16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15};
  BitReader reader(stream);
  reader.bits(1);
  Header header;
  if (reader.bits(2) != 2) {
    ADD_FAILURE() << "not a block of dynamic codes";
    return header;
  }
  header.literals = 257 + reader.bits(5);
  const std::size_t all = header.literals + 1 + reader.bits(5);
  const int listed = 4 + static_cast<int>(reader.bits(4));
  std::vector<int> code(19);
  for (int i = 0; i < listed; ++i) code[kOrder[i]] = static_cast<int>(reader.bits(3));
  while (header.lengths.size() < all) {
    const int symbol = read_symbol(reader, code);
    const int value = symbol == 16 ? header.lengths.back() : symbol < 16 ? symbol : 0;
    const unsigned count = symbol < 16    ? 1
                           : symbol == 16 ? 3 + reader.bits(2)
                           : symbol == 17 ? 3 + reader.bits(3)
                                          : 11 + reader.bits(7);
    header.lengths.insert(header.lengths.end(), count, value);
  }
  header.bits = reader.at() - 3;
  return header;
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
  const Header header = read_header(make_codec("deflate:9")->compress(data));
  ASSERT_EQ(header.literals, 257U) << what << " has matches";
  HuffmanCode code;
  code.build(leaves, 15);
  for (std::size_t i = 0; i < leaves.size(); ++i) {
    EXPECT_EQ(code.lengths()[i], header.lengths[leaves[i].symbol])
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
