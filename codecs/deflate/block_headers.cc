// SPDX-License-Identifier: Apache-2.0
#include "codecs/deflate/block_headers.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <limits>
#include <span>

#include "codecs/common/coding_loop.h"

namespace zipdream::deflate {
namespace {

constexpr std::string_view kName = "deflate";
constexpr std::size_t kMinRepresentativeText = 4096;

// inflate()'s data_type: bits of the last input byte that it has not used (and 64 in a last block),
// and why it stopped.
constexpr int kUnusedBits = 63;
constexpr int kBlockBoundary = 128;
constexpr int kHeaderEnd = 256;

// zlib's decoder of bare DEFLATE.
class Inflater {
 public:
  Inflater(ByteView input, std::span<Byte> output) {
    if (inflateInit2(&stream_, -MAX_WBITS) != Z_OK) throw std::bad_alloc();
    stream_.next_in = const_cast<Byte*>(input.data());
    stream_.avail_in = static_cast<uInt>(input.size());
    stream_.next_out = output.data();
    stream_.avail_out = static_cast<uInt>(output.size());
  }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
  ~Inflater() { inflateEnd(&stream_); }

  // To the next boundary of a block or the next end of a header. False at the end of the stream.
  bool go_on() {
    const int state = stream_.data_type;
    const int status = inflate(&stream_, Z_TREES);
    // A header that lies in bits that inflate had read before is no progress to it.
    const bool moved = status == Z_BUF_ERROR && stream_.data_type != state;
    if (status != Z_OK && status != Z_STREAM_END && !moved)
      throw damaged(kName, "inflate refuses it");
    return status != Z_STREAM_END;
  }

  [[nodiscard]] bool at(int boundary) const { return (stream_.data_type & boundary) != 0; }
  [[nodiscard]] std::size_t bit() const {
    return 8 * stream_.total_in - static_cast<std::size_t>(stream_.data_type & kUnusedBits);
  }
  [[nodiscard]] std::size_t produced() const { return stream_.total_out; }

 private:
  z_stream stream_{};
};

// Takes bits off a header, the lowest of a number first; there are zeros after its end.
class HeaderReader {
 public:
  explicit HeaderReader(const std::vector<bool>& bits) : bits_(bits) {}

  int take(int count) {
    int value = 0;
    for (int i = 0; i < count; ++i, ++at_) {
      if (at_ < bits_.size() && bits_[at_]) value |= 1 << i;
    }
    return value;
  }

  // A code word of the canonical prefix code of these lengths, 0 .. 7; symbol 0 if there is none.
  int take_symbol(std::span<const int> lengths) {
    int code = 0;
    int first = 0;  // the least code word of this length
    for (int length = 1; length <= 7; ++length) {
      code = code << 1 | take(1);
      first <<= 1;
      const auto count = static_cast<int>(std::count(lengths.begin(), lengths.end(), length));
      if (code - first < count) return nth_symbol(lengths, length, code - first);
      first += count;
    }
    return 0;
  }

 private:
  static int nth_symbol(std::span<const int> lengths, int length, int n) {
    int symbol = 0;
    while (lengths[symbol] != length || n-- > 0) ++symbol;
    return symbol;
  }

  const std::vector<bool>& bits_;
  std::size_t at_ = 0;
};

// The lengths of both alphabets in a row, run-length coded.
std::vector<std::uint8_t> take_lengths(HeaderReader& reader, std::span<const int> code,
                                       std::size_t count) {
  std::vector<std::uint8_t> lengths;
  while (lengths.size() < count) {
    const int symbol = reader.take_symbol(code);
    if (symbol < 16) {
      lengths.push_back(static_cast<std::uint8_t>(symbol));
      continue;
    }
    const std::uint8_t value = symbol == 16 && !lengths.empty() ? lengths.back() : 0;
    const int run = symbol == 18 ? 11 + reader.take(7) : 3 + reader.take(symbol == 16 ? 2 : 3);
    lengths.insert(lengths.end(), static_cast<std::size_t>(run), value);
  }
  lengths.resize(count);
  return lengths;
}

CodeLengths dynamic_lengths(HeaderReader& reader) {
  constexpr std::array<int, 19> kOrder = {16, 17, 18, 0, 8,  7, 9,  6, 10, 5,
                                          11, 4,  12, 3, 13, 2, 14, 1, 15};
  const auto literals = static_cast<std::size_t>(reader.take(5)) + 257;
  const auto distances = static_cast<std::size_t>(reader.take(5)) + 1;
  const int listed = reader.take(4) + 4;
  std::array<int, 19> code{};
  for (int i = 0; i < listed; ++i) code[kOrder[i]] = reader.take(3);
  const auto lengths = take_lengths(reader, code, literals + distances);
  CodeLengths result;
  const auto split = lengths.begin() + static_cast<std::ptrdiff_t>(literals);
  std::copy_n(lengths.begin(), std::min(literals, result.literals.size()), result.literals.begin());
  std::copy_n(split, std::min(distances, result.distances.size()), result.distances.begin());
  return result;
}

}  // namespace

Blocks find_blocks(ByteView stream, std::size_t text_size) {
  Blocks blocks{.text = Bytes(text_size + 1), .headers = {}, .end = 0};
  Inflater inflater(stream, blocks.text);
  BlockHeader current;
  while (inflater.go_on()) {
    if (inflater.at(kHeaderEnd)) {
      current.end = inflater.bit();
      blocks.headers.push_back(current);
    } else if (inflater.at(kBlockBoundary)) {
      current = {.begin = inflater.bit(), .end = 0, .text = inflater.produced()};
      blocks.end = current.begin;
    }
  }
  if (inflater.produced() != text_size) throw damaged(kName, "a text got lost");
  blocks.text.resize(text_size);
  return blocks;
}

const BlockHeader& representative_header(const Blocks& blocks) {
  const auto has_enough_text = [&](const BlockHeader& header) {
    return blocks.text.size() - header.text >= kMinRepresentativeText;
  };
  const auto found = std::find_if(blocks.headers.rbegin(), blocks.headers.rend(), has_enough_text);
  return found == blocks.headers.rend() ? blocks.headers.front() : *found;
}

std::vector<bool> header_bits(ByteView stream, const BlockHeader& header) {
  std::vector<bool> bits;
  for (std::size_t at = header.begin; at < header.end; ++at) {
    bits.push_back((stream[at / 8] >> (at % 8) & 1) != 0);
  }
  return bits;
}

CodeLengths read_code_lengths(const std::vector<bool>& header) {
  HeaderReader reader(header);
  reader.take(1);  // whether the block is the last
  switch (reader.take(2)) {
    case 1:
      return fixed_code_lengths();
    case 2:
      return dynamic_lengths(reader);
    default:
      break;
  }
  CodeLengths stored;
  std::fill_n(stored.literals.begin(), 256, std::uint8_t{8});
  return stored;
}

namespace {

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
