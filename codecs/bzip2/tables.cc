// SPDX-License-Identifier: Apache-2.0
#include "codecs/bzip2/tables.h"

#include <algorithm>
#include <numeric>

#include "codecs/common/coding_loop.h"

namespace zipdream {
namespace {

constexpr std::string_view kName = "bzip2";
constexpr std::uint64_t kBlockMark = 0x314159265359;  // the digits of pi
constexpr std::uint64_t kEndMark = 0x177245385090;    // those of its square root

// The end mark stands at the end of the last block; 32 bits of checksum and up to 7 zeros follow.
constexpr std::uint64_t kMarkMask = (std::uint64_t{1} << 48) - 1;
constexpr std::size_t kMinEnd = 10;

// Bits of a stream, the high one of each byte first.
class BitReader {
 public:
  explicit BitReader(ByteView stream) : stream_(stream) {}

  // REQUIRES: count <= 64.
  std::uint64_t take(int count) {
    std::uint64_t value = 0;
    for (; count > 0; --count) value = value << 1 | (bit() ? 1U : 0U);
    return value;
  }

  bool bit() {
    if (at_ / 8 >= stream_.size()) throw truncated(kName);
    const bool is_set = (stream_[at_ / 8] >> (7 - at_ % 8) & 1) != 0;
    ++at_;
    return is_set;
  }

  [[nodiscard]] std::size_t at() const { return at_; }

 private:
  ByteView stream_;
  std::size_t at_ = 0;
};

// Sixteen bits tell which sixteenths of the byte values occur, then sixteen more for each of those
// which of its values do.
Bytes read_used(BitReader& bits) {
  Bytes used;
  const std::uint64_t sixteenths = bits.take(16);
  for (unsigned high = 0; high < 16; ++high) {
    if ((sixteenths >> (15 - high) & 1) == 0) continue;
    const std::uint64_t values = bits.take(16);
    for (unsigned low = 0; low < 16; ++low) {
      if ((values >> (15 - low) & 1) != 0) used.push_back(static_cast<Byte>(16 * high + low));
    }
  }
  if (used.empty()) throw damaged(kName, "a block of no bytes");
  return used;
}

// Each choice is its rank in a move-to-front list of the codes, in unary.
std::vector<std::uint8_t> read_choices(BitReader& bits, std::size_t codes) {
  std::array<std::uint8_t, kBzip2MaxCodes> recent{};
  std::iota(recent.begin(), recent.end(), std::uint8_t{0});
  std::vector<std::uint8_t> choices(bits.take(15));
  if (choices.empty()) throw damaged(kName, "a block of no groups");
  for (std::uint8_t& choice : choices) {
    std::size_t rank = 0;
    while (bits.bit()) {
      if (++rank >= codes) throw damaged(kName, "a choice of no code");
    }
    std::rotate(recent.begin(), recent.begin() + static_cast<std::ptrdiff_t>(rank),
                recent.begin() + static_cast<std::ptrdiff_t>(rank) + 1);
    choice = recent[0];
  }
  return choices;
}

// Five bits for the first length; from one symbol to the next steps of one, "10" up and "11" down.
Bzip2Tables::CodeLengths read_code_lengths(BitReader& bits, std::size_t symbols) {
  Bzip2Tables::CodeLengths lengths{};
  int length = static_cast<int>(bits.take(5));
  for (std::size_t symbol = 0; symbol < symbols; ++symbol) {
    for (;;) {
      if (length < 1 || length > kBzip2MaxCodeLength) throw damaged(kName, "a code's length");
      if (!bits.bit()) break;
      length += bits.bit() ? -1 : 1;
    }
    lengths[symbol] = static_cast<std::uint8_t>(length);
  }
  return lengths;
}

}  // namespace

std::optional<Bzip2Tables> read_bzip2_tables(ByteView stream) {
  BitReader bits(stream);
  const std::uint64_t signature = bits.take(32);
  if (signature < 0x425a6831 || signature > 0x425a6839) {  // "BZh1" to "BZh9"
    throw damaged(kName, "the signature is wrong");
  }
  const std::uint64_t mark = bits.take(48);
  if (mark == kEndMark) return std::nullopt;
  if (mark != kBlockMark) throw damaged(kName, "a block's mark is wrong");
  bits.take(32 + 1);  // checksum; an obsolete option

  Bzip2Tables tables;
  tables.origin = static_cast<std::uint32_t>(bits.take(24));
  tables.used = read_used(bits);
  const std::size_t codes = bits.take(3);
  if (codes < 2 || codes > kBzip2MaxCodes) throw damaged(kName, "the number of codes");
  tables.choices = read_choices(bits, codes);
  for (std::size_t code = 0; code < codes; ++code) {
    tables.codes.push_back(read_code_lengths(bits, tables.used.size() + 2));
  }
  tables.symbols_at = bits.at();
  return tables;
}

std::size_t bzip2_padding_bits(ByteView stream_end) {
  // Ten bytes without padding; with it the mark begins in the byte before.
  std::uint64_t before_checksum = 0;
  for (std::size_t back = 11; back > 4; --back) {
    const std::size_t size = stream_end.size();
    before_checksum = before_checksum << 8 | (back <= size ? stream_end[size - back] : 0U);
  }
  const unsigned last = stream_end.empty() ? 0U : stream_end.back();
  for (unsigned padding = 0; padding < 8 && stream_end.size() >= kMinEnd; ++padding) {
    const bool is_zero = (last & ((1U << padding) - 1)) == 0;
    if (is_zero && (before_checksum >> padding & kMarkMask) == kEndMark) return padding;
  }
  throw library_failure(kName, "its stream has no end mark");
}

}  // namespace zipdream
