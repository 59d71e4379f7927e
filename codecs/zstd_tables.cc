// SPDX-License-Identifier: Apache-2.0
#include "codecs/zstd_tables.h"

#include <algorithm>
#include <bit>
#include <initializer_list>
#include <optional>

#include "codecs/coding_loop.h"
#include "codecs/zstd_sequences.h"

namespace zipdream {
namespace {

constexpr std::string_view kName = "zstd";
constexpr std::uint64_t kMagic = 0xfd2fb528;

// Moves `data` behind its first `count` bytes, which it returns.
ByteView take(ByteView& data, std::size_t count) {
  if (data.size() < count) throw truncated(kName);
  const ByteView taken = data.first(count);
  data = data.subspan(count);
  return taken;
}

// An integer of so many bytes, low byte first.
std::uint64_t take_integer(ByteView& data, std::size_t bytes) {
  std::uint64_t value = 0;
  const ByteView taken = take(data, bytes);
  for (std::size_t i = 0; i < bytes; ++i) value |= std::uint64_t{taken[i]} << 8 * i;
  return value;
}

// Section 3.1.1.1.
void skip_frame_header(ByteView& data) {
  if (take_integer(data, 4) != kMagic) throw damaged(kName, "the signature is wrong");
  const std::uint64_t descriptor = take_integer(data, 1);
  const bool is_single_segment = (descriptor >> 5 & 1) != 0;
  const std::size_t id_bytes = (std::size_t{1} << (descriptor & 3)) / 2;
  std::size_t size_bytes = std::size_t{1} << (descriptor >> 6);
  if (size_bytes == 1 && !is_single_segment) size_bytes = 0;
  take(data, (is_single_segment ? 0 : 1) + id_bytes + size_bytes);
}

// The distributions of a format that needs no description (section 3.1.1.3.2.2); -1 is "less than
// one".
FseDistribution predefined(int log, std::initializer_list<int> counts) {
  FseDistribution distribution;
  distribution.log = log;
  std::size_t symbol = 0;
  for (const int count : counts) {
    distribution.is_less_than_one[symbol] = count < 0;
    distribution.counts[symbol++] = static_cast<std::int16_t>(std::max(count, -count));
  }
  return distribution;
}

const FseDistribution kLiteralLengths =
    predefined(6, {4, 3, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 1, 1,  1,  2,  2,
                   2, 2, 2, 2, 2, 2, 2, 3, 2, 1, 1, 1, 1, 1, -1, -1, -1, -1});
const FseDistribution kOffsets = predefined(5, {1, 1, 1, 1, 1, 1, 2, 2, 2, 1,  1,  1,  1,  1, 1,
                                                1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1});
const FseDistribution kMatchLengths = predefined(
    6, {1, 4, 3, 2, 2, 2, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,  1,  1,  1,  1,  1,  1, 1,
        1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1, -1, -1});

// What blocks hand on to the next.
struct Memory {
  std::optional<std::array<std::uint8_t, 256>> literal_bits;
  std::optional<FseDistribution> literal_lengths;
  std::optional<FseDistribution> offsets;
  std::optional<FseDistribution> match_lengths;
  ZstdRecent recent = {1, 4, 8};
};

// Weight w > 0 is a code of (longest + 1 - w) bits; the last symbol's weight fills the code up.
std::array<std::uint8_t, 256> bits_of_weights(const Bytes& weights) {
  unsigned sum = 0;
  for (const Byte weight : weights) {
    if (weight > 12) throw damaged(kName, "the weight of a literal");
    sum += (1U << weight) / 2;
  }
  if (sum == 0) throw damaged(kName, "a code of no literals");
  const int longest = std::bit_width(sum);
  const unsigned rest = (1U << longest) - sum;
  if (longest > 11 || !std::has_single_bit(rest) || weights.size() > 255) {
    throw damaged(kName, "the code of the literals");
  }
  std::array<std::uint8_t, 256> bits{};
  const auto set = [&](std::size_t literal, int weight) {
    if (weight > 0) bits[literal] = static_cast<std::uint8_t>(longest + 1 - weight);
  };
  for (std::size_t i = 0; i < weights.size(); ++i) set(i, weights[i]);
  set(weights.size(), std::bit_width(rest));
  return bits;
}

// Section 4.2.1.
std::array<std::uint8_t, 256> read_literal_bits(ByteView& data) {
  const std::size_t head = take_integer(data, 1);
  Bytes weights;
  if (head < 128) {
    ByteView stream = take(data, head);
    const FseDistribution distribution = read_fse_distribution(stream, 6, 13);
    weights = read_fse_symbols(distribution, stream, 255);
  } else {
    const std::size_t count = head - 127;
    const ByteView pairs = take(data, (count + 1) / 2);
    for (std::size_t i = 0; i < count; ++i) {
      weights.push_back(i % 2 == 0 ? pairs[i / 2] >> 4 : pairs[i / 2] & 15);
    }
  }
  return bits_of_weights(weights);
}

void set_same(Byte literal, ZstdTables& tables) {
  tables.is_same = true;
  tables.same = literal;
}

// Section 3.1.1.3.1.
void read_literals(ByteView& data, Memory& memory, ZstdTables& tables) {
  if (data.empty()) throw truncated(kName);
  const unsigned type = data[0] & 3;
  const unsigned format = data[0] >> 2 & 3;
  if (type < 2) {  // raw, or all the same
    const std::size_t bytes = format % 2 == 0 ? 1 : format == 1 ? 2 : 3;
    tables.literals = take_integer(data, bytes) >> (bytes == 1 ? 3 : 4);
    const ByteView content = take(data, type == 0 ? tables.literals : 1);
    tables.literal_bits.fill(8);
    if (type == 1) set_same(content[0], tables);
    return;
  }
  const std::size_t bytes = format < 2 ? 3 : format + 2;
  const std::size_t width = format < 2 ? 10 : format == 2 ? 14 : 18;
  const std::uint64_t header = take_integer(data, bytes) >> 4;
  tables.literals = header & ((1U << width) - 1);
  ByteView content = take(data, header >> width & ((1U << width) - 1));
  if (type == 2) memory.literal_bits = read_literal_bits(content);
  if (!memory.literal_bits) throw damaged(kName, "literals without a code");
  tables.literal_bits = *memory.literal_bits;
}

// One of the three distributions, by its mode.
FseDistribution read_distribution(unsigned mode, const FseDistribution& fallback, int max_log,
                                  std::size_t symbols, ByteView& data,
                                  std::optional<FseDistribution>& memory) {
  if (mode == 0) memory = fallback;
  if (mode == 1) {
    const std::size_t symbol = take_integer(data, 1);
    if (symbol >= symbols) throw damaged(kName, "the code of a length or distance");
    memory = FseDistribution();
    memory->counts[symbol] = 1;
  }
  if (mode == 2) memory = read_fse_distribution(data, max_log, symbols);
  if (!memory) throw damaged(kName, "sequences without a distribution");
  return *memory;
}

// Section 3.1.1.3.2.
void read_sequences(ByteView& data, Memory& memory, ZstdTables& tables) {
  tables.sequences = take_integer(data, 1);
  if (tables.sequences == 255) {
    tables.sequences = take_integer(data, 2) + 0x7f00;
  } else if (tables.sequences >= 128) {
    tables.sequences = (tables.sequences - 128) << 8 | take_integer(data, 1);
  }
  if (tables.sequences == 0) {
    if (!data.empty()) throw damaged(kName, "bytes after a block of literals");
    return;
  }
  const auto modes = static_cast<unsigned>(take_integer(data, 1));
  tables.literal_lengths = read_distribution(modes >> 6 & 3, kLiteralLengths, 9,
                                             kZstdLiteralLengths, data, memory.literal_lengths);
  tables.offsets =
      read_distribution(modes >> 4 & 3, kOffsets, 8, kZstdOffsets, data, memory.offsets);
  tables.match_lengths = read_distribution(modes >> 2 & 3, kMatchLengths, 9, kZstdMatchLengths,
                                           data, memory.match_lengths);
  follow_zstd_distances(data, tables, memory.recent);
}

}  // namespace

std::vector<ZstdTables> read_zstd_tables(ByteView frame) {
  skip_frame_header(frame);
  std::vector<ZstdTables> blocks;
  Memory memory;
  for (bool is_last = false; !is_last;) {
    const std::uint64_t header = take_integer(frame, 3);
    is_last = (header & 1) != 0;
    const std::size_t size = header >> 3;
    const std::uint64_t type = header >> 1 & 3;
    if (type == 3) throw damaged(kName, "the type of a block");
    ByteView content = take(frame, type == 1 ? 1 : size);
    ZstdTables& tables = blocks.emplace_back();
    if (type == 2) {
      read_literals(content, memory, tables);
      read_sequences(content, memory, tables);
    } else {
      tables.literals = size;
      tables.literal_bits.fill(8);
      if (type == 1) set_same(content[0], tables);
    }
    tables.recent = memory.recent;
  }
  return blocks;
}

}  // namespace zipdream
