// SPDX-License-Identifier: Apache-2.0
#include "tests/codecs/deflate/stream_reader.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace zipdream::deflate {
namespace {

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
  return kEndOfBlock;
}

void read_match(BitReader& reader, int symbol, const std::vector<int>& distances, Block& block) {
  int length = kShortestMatch;
  while (length_symbol(length).symbol != symbol) ++length;
  length += static_cast<int>(reader.bits(length_symbol(length).extra));
  const int of_distance = read_symbol(reader, distances);
  Position distance = 1;
  while (distance_symbol(distance).symbol != of_distance) ++distance;
  distance += reader.bits(distance_symbol(distance).extra);
  block.add_match(length, distance);
}

void read_symbols(BitReader& reader, const Header& header, Block& block) {
  for (;;) {
    const int symbol = read_symbol(reader, header.literals);
    if (symbol == kEndOfBlock) return;
    if (symbol < kEndOfBlock) {
      block.add_literal(static_cast<Byte>(symbol));
    } else {
      read_match(reader, symbol, header.distances, block);
    }
  }
}

Header fixed_header() {
  Header header;
  for (int symbol = 0; symbol < 288; ++symbol)
    header.literals.push_back(fixed_literal_bits(symbol));
  header.distances.assign(32, kFixedDistanceBits);
  return header;
}

}  // namespace

unsigned BitReader::bits(int count) {
  unsigned value = 0;
  for (int i = 0; i < count; ++i, ++at_) {
    if (at_ / 8 < bytes_.size()) value |= (bytes_[at_ / 8] >> at_ % 8 & 1U) << i;
  }
  return value;
}

Header read_header(BitReader& reader) {
  constexpr int kOrder[] = {16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15};
  const std::size_t begin = reader.at();
  const std::size_t literals = 257 + reader.bits(5);
  const std::size_t all = literals + 1 + reader.bits(5);
  const int listed = 4 + static_cast<int>(reader.bits(4));
  std::vector<int> code(19);
  for (int i = 0; i < listed; ++i) code[kOrder[i]] = static_cast<int>(reader.bits(3));
  std::vector<int> lengths;
  while (lengths.size() < all) {
    const int symbol = read_symbol(reader, code);
    const int value = symbol == 16 ? lengths.back() : symbol < 16 ? symbol : 0;
    const unsigned count = symbol < 16    ? 1
                           : symbol == 16 ? 3 + reader.bits(2)
                           : symbol == 17 ? 3 + reader.bits(3)
                                          : 11 + reader.bits(7);
    lengths.insert(lengths.end(), count, value);
  }
  const auto middle = lengths.begin() + static_cast<std::ptrdiff_t>(literals);
  return {{lengths.begin(), middle}, {middle, lengths.end()}, reader.at() - begin};
}

std::vector<StreamBlock> read_blocks(ByteView stream) {
  BitReader reader(stream);
  std::vector<StreamBlock> blocks;
  for (bool is_last = false; !is_last;) {
    is_last = reader.bits(1) != 0;
    StreamBlock& block = blocks.emplace_back();
    block.form = static_cast<BlockForm>(reader.bits(2));
    if (block.form == BlockForm::kStored) {
      reader.skip_to_byte();
      const unsigned size = reader.bits(16);
      reader.bits(16);
      for (unsigned i = 0; i < size; ++i) reader.bits(8);
      continue;
    }
    const bool is_dynamic = block.form == BlockForm::kDynamic;
    block.header = is_dynamic ? read_header(reader) : fixed_header();
    read_symbols(reader, block.header, block.symbols);
  }
  return blocks;
}

}  // namespace zipdream::deflate
