// SPDX-License-Identifier: Apache-2.0
#include "codecs/deflate/tokens.h"

#include <array>
#include <span>

#include "codecs/common/coding_loop.h"
#include "codecs/deflate/block_headers.h"

namespace zipdream::deflate {
namespace {

constexpr std::string_view kName = "deflate";
constexpr int kLongestCode = 15;

// Bits of a stream from anywhere on, the lowest of each byte first; there are zeros after its end.
class BitReader {
 public:
  BitReader(ByteView stream, std::size_t at) : stream_(stream), at_(at) {}

  unsigned take(int count) {
    unsigned value = 0;
    for (int i = 0; i < count; ++i, ++at_) {
      if (at_ / 8 < stream_.size()) value |= (stream_[at_ / 8] >> at_ % 8 & 1U) << i;
    }
    return value;
  }

 private:
  ByteView stream_;
  std::size_t at_;
};

// The canonical prefix code of some lengths (section 3.2.2). The code words of one length are
// consecutive numbers in the order of their symbols, and follow the shorter ones.
class PrefixCode {
 public:
  explicit PrefixCode(std::span<const std::uint8_t> lengths) {
    for (const std::uint8_t length : lengths) counts_[length] += length > 0 ? 1 : 0;
    for (int length = 1; length <= kLongestCode; ++length) {
      for (std::size_t symbol = 0; symbol < lengths.size(); ++symbol) {
        if (lengths[symbol] == length) symbols_.push_back(static_cast<std::uint16_t>(symbol));
      }
    }
  }

  [[nodiscard]] int take(BitReader& reader) const {
    unsigned code = 0;
    unsigned first = 0;      // code word of this length
    std::size_t before = 0;  // symbols with shorter ones
    for (int length = 1; length <= kLongestCode; ++length) {
      code = code << 1 | reader.take(1);
      first <<= 1;
      if (code < first + counts_[length]) return symbols_[before + (code - first)];
      first += counts_[length];
      before += counts_[length];
    }
    throw damaged(kName, "no symbol has such a code");
  }

 private:
  std::array<unsigned, kLongestCode + 1> counts_{};
  std::vector<std::uint16_t> symbols_;  // by code word
};

// What a symbol's extra bits are added to.
template <std::size_t kSymbols>
struct Bases {
  std::array<std::uint16_t, kSymbols> base{};
  std::array<std::uint8_t, kSymbols> extra{};
};

const Bases<kLengthSymbols>& length_bases() {
  static const Bases<kLengthSymbols> bases = [] {
    Bases<kLengthSymbols> result;
    for (int length = kLongestMatch; length >= kShortestMatch; --length) {
      const Symbol symbol = length_symbol(length);
      result.base[symbol.symbol - kEndOfBlock - 1] = static_cast<std::uint16_t>(length);
      result.extra[symbol.symbol - kEndOfBlock - 1] = symbol.extra;
    }
    return result;
  }();
  return bases;
}

const Bases<kDistances>& distance_bases() {
  static const Bases<kDistances> bases = [] {
    Bases<kDistances> result;
    for (Position distance = 32768; distance >= 1; --distance) {
      const Symbol symbol = distance_symbol(distance);
      result.base[symbol.symbol] = static_cast<std::uint16_t>(distance);
      result.extra[symbol.symbol] = symbol.extra;
    }
    return result;
  }();
  return bases;
}

// From a base and what the next bits add to it.
template <std::size_t kSymbols>
std::uint16_t take_value(const Bases<kSymbols>& bases, int symbol, BitReader& reader) {
  return static_cast<std::uint16_t>(bases.base[symbol] + reader.take(bases.extra[symbol]));
}

bool is_stored(const std::vector<bool>& header) { return !header[1] && !header[2]; }
bool has_fixed_codes(const std::vector<bool>& header) { return header[1] && !header[2]; }

PrefixCode literal_code(const std::vector<bool>& header) {
  const CodeLengths codes = read_code_lengths(header);
  std::vector<std::uint8_t> lengths(codes.literals.begin(), codes.literals.end());
  if (has_fixed_codes(header)) lengths.insert(lengths.end(), 2, 8);  // that never occur
  return PrefixCode(lengths);
}

// The tokens of a block that isn't stored and gives `text`. The reader stands behind its header.
void take_block(ByteView text, const std::vector<bool>& header, BitReader reader,
                std::vector<Token>& tokens) {
  const PrefixCode literals = literal_code(header);
  const PrefixCode distances(read_code_lengths(header).distances);
  std::size_t at = 0;
  for (int symbol = literals.take(reader); symbol != kEndOfBlock; symbol = literals.take(reader)) {
    Token token{.length = 0, .distance = static_cast<std::uint16_t>(symbol)};
    if (symbol >= kLiterals) throw damaged(kName, "a length that there isn't");
    if (symbol > kEndOfBlock) {
      token.length = take_value(length_bases(), symbol - kEndOfBlock - 1, reader);
      token.distance = take_value(distance_bases(), distances.take(reader), reader);
    }
    at += token.is_literal() ? 1 : token.length;
    if (at > text.size()) throw damaged(kName, "a block is longer than its text");
    tokens.push_back(token);
  }
}

}  // namespace

std::vector<Token> read_tokens(ByteView stream, std::size_t text_size) {
  const Blocks blocks = find_blocks(stream, text_size);
  std::vector<Token> tokens;
  for (std::size_t i = 0; i < blocks.headers.size(); ++i) {
    const BlockHeader& header = blocks.headers[i];
    const std::size_t end = i + 1 < blocks.headers.size() ? blocks.headers[i + 1].text : text_size;
    const ByteView text = ByteView(blocks.text).subspan(header.text, end - header.text);
    const std::vector<bool> bits = header_bits(stream, header);
    if (is_stored(bits)) {
      for (const Byte byte : text) tokens.push_back({.length = 0, .distance = byte});
    } else {
      take_block(text, bits, BitReader(stream, header.end), tokens);
    }
  }
  return tokens;
}

}  // namespace zipdream::deflate
