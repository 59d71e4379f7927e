// SPDX-License-Identifier: Apache-2.0
#include "codecs/zstd/frame.h"

#include <algorithm>
#include <bit>
#include <cstdlib>

#include "codecs/common/coding_loop.h"

namespace zipdream {
namespace {

constexpr std::uint32_t kMagic = 0xFD2FB528;

constexpr unsigned kMinAccuracyLog = 5;
constexpr unsigned kMaxWeightAccuracyLog = 6;
constexpr std::size_t kMaxWeights = 255;

[[noreturn]] void fail(std::string_view detail) { throw damaged("zstd", detail); }

// The first `count` bytes; what remains follows in `rest`.
ByteView take(ByteView& rest, std::size_t count) {
  if (count > rest.size()) fail("a field is cut off");
  const ByteView taken = rest.first(count);
  rest = rest.subspan(count);
  return taken;
}

// Little-endian, up to 8 bytes.
std::uint64_t take_number(ByteView& rest, std::size_t bytes) {
  std::uint64_t number = 0;
  unsigned shift = 0;
  for (const Byte byte : take(rest, bytes)) {
    number |= std::uint64_t{byte} << shift;
    shift += 8;
  }
  return number;
}

// Bits from the lowest of the first byte on; zeros after the end.
class BitReader {
 public:
  explicit BitReader(ByteView bytes) : bytes_(bytes) {}

  unsigned take(unsigned count) {
    unsigned value = 0;
    for (unsigned i = 0; i < count; ++i, ++position_) {
      const std::size_t at = position_ / 8;
      const unsigned byte = at < bytes_.size() ? bytes_[at] : 0U;
      value |= (byte >> (position_ % 8) & 1U) << i;
    }
    return value;
  }
  void give_back_one() { --position_; }
  [[nodiscard]] std::size_t position() const { return position_; }
  [[nodiscard]] bool ran_out() const { return position_ > 8 * bytes_.size(); }

 private:
  ByteView bytes_;
  std::size_t position_ = 0;
};

// A value of 0 to `max_value`, in so few bits that the lower values take one less where there are
// some to spare.
unsigned take_value(BitReader& bits, unsigned max_value) {
  const auto width = static_cast<unsigned>(std::bit_width(max_value));
  const unsigned low_mask = (1U << (width - 1)) - 1;
  const unsigned spare = (1U << width) - 1 - max_value;
  const unsigned value = bits.take(width);
  if ((value & low_mask) < spare) {
    bits.give_back_one();
    return value & low_mask;
  }
  return value > low_mask ? value - spare : value;
}

struct LiteralsHeader {
  std::size_t regenerated_size;
  std::size_t compressed_size;
  std::size_t stream_count;
};

// Literals_Section_Header of compressed literals: kind, format, and two sizes of as many bits.
LiteralsHeader take_literals_header(ByteView& rest, unsigned format) {
  const std::size_t bytes = format < 2 ? 3 : format + 2;
  const unsigned width = format < 2 ? 10 : 4 * format + 6;
  const std::uint64_t header = take_number(rest, bytes);
  const std::uint64_t mask = (std::uint64_t{1} << width) - 1;
  return {static_cast<std::size_t>(header >> 4 & mask),
          static_cast<std::size_t>(header >> (4 + width) & mask), format == 0 ? 1U : 4U};
}

std::size_t take_plain_size(ByteView& rest, unsigned format) {
  if (format % 2 == 0) return static_cast<std::size_t>(take_number(rest, 1) >> 3);
  return static_cast<std::size_t>(take_number(rest, format == 1 ? 2 : 3) >> 4);
}

// The sizes of the first three streams stand in front.
void split_streams(ZstdLiterals& literals, ByteView rest) {
  std::array<std::size_t, 4> sizes{};
  if (literals.stream_count == 4) {
    for (std::size_t i = 0; i < 3; ++i) {
      sizes[i] = static_cast<std::size_t>(take_number(rest, 2));
    }
    for (std::size_t i = 0; i < 3; ++i) literals.streams[i] = take(rest, sizes[i]);
  }
  literals.streams[literals.stream_count - 1] = rest;
}

ZstdSequenceTable take_sequence_table(ByteView& rest, unsigned mode, unsigned max_accuracy_log,
                                      std::size_t max_symbols) {
  ZstdSequenceTable table{.mode = static_cast<ZstdTableMode>(mode)};
  if (table.mode == ZstdTableMode::kRle) table.rle_symbol = take(rest, 1)[0];
  if (table.mode == ZstdTableMode::kFse) {
    table.table = read_zstd_fse_table(rest, max_accuracy_log, max_symbols);
    (void)take(rest, table.table->bytes());
  }
  return table;
}

// ---- padding ----

std::size_t padding_of_backward(ByteView stream) {
  if (stream.empty() || stream.back() == 0) fail("a stream of bits has no end");
  return 9 - static_cast<std::size_t>(std::bit_width(stream.back()));
}

std::size_t padding_of(const ZstdFseTable& table) { return 8 * table.bytes() - table.bits; }

std::size_t padding_of(const ZstdHuffmanTree& tree) {
  if (!tree.table) return tree.weight_count % 2 * 4;
  return padding_of(*tree.table) + padding_of_backward(tree.weights);
}

std::size_t padding_of(const ZstdLiterals& literals) {
  if (literals.kind == ZstdLiteralsKind::kRaw || literals.kind == ZstdLiteralsKind::kRle) return 0;
  std::size_t padding = literals.tree ? padding_of(*literals.tree) : 0;
  for (std::size_t i = 0; i < literals.stream_count; ++i) {
    padding += padding_of_backward(literals.streams[i]);
  }
  return padding;
}

std::size_t padding_of(const ZstdSequences& sequences) {
  if (sequences.count == 0) return 0;
  std::size_t padding = padding_of_backward(sequences.stream);
  for (const ZstdSequenceTable* table :
       {&sequences.literal_lengths, &sequences.offsets, &sequences.match_lengths}) {
    if (table->table) padding += padding_of(*table->table);
  }
  return padding;
}

std::size_t padding_of(const ZstdBlock& block) {
  if (block.kind != ZstdBlockKind::kCompressed) return 0;
  const ZstdLiterals literals = read_zstd_literals(block.content);
  return padding_of(literals) +
         padding_of(read_zstd_sequences(block.content.subspan(literals.bytes)));
}

}  // namespace

ZstdFrameHeader read_zstd_frame_header(ByteView frame) {
  ByteView rest = frame;
  if (take_number(rest, 4) != kMagic) fail("the signature is wrong");
  const auto descriptor = static_cast<unsigned>(take_number(rest, 1));
  const bool is_single_segment = (descriptor & 0x20) != 0;
  ZstdFrameHeader header{.has_checksum = (descriptor & 0x04) != 0};
  if (!is_single_segment) {
    const std::uint64_t window = take_number(rest, 1);
    const std::uint64_t base = std::uint64_t{1} << (10 + (window >> 3));
    header.window_size = base + base / 8 * (window & 7);
  }
  (void)take(rest, (1U << (descriptor & 3)) / 2);  // the dictionary's number, 0, 1, 2 or 4 bytes
  const unsigned size_flag = descriptor >> 6;
  if (size_flag != 0 || is_single_segment) {
    header.content_size = take_number(rest, std::size_t{1} << size_flag);
    if (size_flag == 1) *header.content_size += 256;
  }
  if (is_single_segment) header.window_size = *header.content_size;
  header.size = frame.size() - rest.size();
  return header;
}

ZstdBlock read_zstd_block(ByteView rest) {
  const auto header = static_cast<std::size_t>(take_number(rest, ZstdBlock::kHeaderSize));
  const std::size_t kind = header >> 1 & 3;
  if (kind == 3) fail("a block is of an unknown kind");
  ZstdBlock block{.kind = static_cast<ZstdBlockKind>(kind), .is_last = (header & 1) != 0};
  const std::size_t size = header >> 3;
  block.content = take(rest, block.kind == ZstdBlockKind::kRle ? 1 : size);
  if (block.kind != ZstdBlockKind::kCompressed) block.regenerated_size = size;
  return block;
}

ZstdFseTable read_zstd_fse_table(ByteView rest, unsigned max_accuracy_log,
                                 std::size_t max_symbols) {
  BitReader bits(rest);
  ZstdFseTable table{.accuracy_log = kMinAccuracyLog + bits.take(4)};
  if (table.accuracy_log > max_accuracy_log) fail("a table is too fine");
  int remaining = 1 << table.accuracy_log;
  while (remaining > 0) {
    if (bits.ran_out()) fail("a table is cut off");
    const int probability =
        static_cast<int>(take_value(bits, static_cast<unsigned>(remaining) + 1)) - 1;
    remaining -= std::abs(probability);
    table.probabilities.push_back(probability);
    unsigned zeros = probability == 0 ? 3 : 0;  // so many of the next, and again
    while (zeros == 3 && table.probabilities.size() <= max_symbols) {
      zeros = bits.take(2);
      table.probabilities.insert(table.probabilities.end(), zeros, 0);
    }
    if (table.probabilities.size() > max_symbols) fail("a table has too many symbols");
  }
  table.bits = bits.position();
  if (bits.ran_out()) fail("a table is cut off");
  return table;
}

ZstdHuffmanTree read_zstd_huffman_tree(ByteView rest) {
  const auto header = static_cast<std::size_t>(take_number(rest, 1));
  ZstdHuffmanTree tree;
  if (header >= 128) {
    tree.weight_count = header - 127;
    tree.weights = take(rest, (tree.weight_count + 1) / 2);
    tree.bytes = 1 + tree.weights.size();
    return tree;
  }
  tree.weights = take(rest, header);
  tree.bytes = 1 + header;
  tree.table = read_zstd_fse_table(tree.weights, kMaxWeightAccuracyLog, kMaxWeights);
  tree.weights = tree.weights.subspan(tree.table->bytes());
  return tree;
}

ZstdLiterals read_zstd_literals(ByteView block) {
  if (block.empty()) fail("a block has no literals");
  const unsigned format = block[0] >> 2 & 3U;
  ByteView rest = block;
  ZstdLiterals literals{.kind = static_cast<ZstdLiteralsKind>(block[0] & 3)};
  if (literals.kind == ZstdLiteralsKind::kRaw || literals.kind == ZstdLiteralsKind::kRle) {
    literals.regenerated_size = take_plain_size(rest, format);
    const bool is_raw = literals.kind == ZstdLiteralsKind::kRaw;
    literals.streams[0] = take(rest, is_raw ? literals.regenerated_size : 1);
  } else {
    const LiteralsHeader header = take_literals_header(rest, format);
    literals.regenerated_size = header.regenerated_size;
    literals.stream_count = header.stream_count;
    ByteView content = take(rest, header.compressed_size);
    if (literals.kind == ZstdLiteralsKind::kCompressed) {
      literals.tree = read_zstd_huffman_tree(content);
      (void)take(content, literals.tree->bytes);
    }
    split_streams(literals, content);
  }
  literals.bytes = block.size() - rest.size();
  return literals;
}

ZstdSequences read_zstd_sequences(ByteView section) {
  ByteView rest = section;
  ZstdSequences sequences;
  const auto first = static_cast<std::size_t>(take_number(rest, 1));
  sequences.count = first;
  if (first == 255) {
    sequences.count = static_cast<std::size_t>(take_number(rest, 2)) + 0x7f00;
  } else if (first >= 128) {
    sequences.count = (first - 128) << 8 | static_cast<std::size_t>(take_number(rest, 1));
  }
  if (sequences.count == 0) {
    if (!rest.empty()) fail("bytes follow the last sequence");
    return sequences;
  }
  const auto modes = static_cast<unsigned>(take_number(rest, 1));
  if ((modes & 3) != 0) fail("a reserved bit is set");
  sequences.literal_lengths = take_sequence_table(rest, modes >> 6 & 3, 9, 36);
  sequences.offsets = take_sequence_table(rest, modes >> 4 & 3, 8, 32);
  sequences.match_lengths = take_sequence_table(rest, modes >> 2 & 3, 9, 53);
  sequences.stream = rest;
  return sequences;
}

std::size_t zstd_padding_of_blocks(ByteView blocks) {
  std::size_t padding = 0;
  bool is_last = false;
  while (!is_last && !blocks.empty()) {
    const ZstdBlock block = read_zstd_block(blocks);
    padding += padding_of(block);
    blocks = blocks.subspan(ZstdBlock::kHeaderSize + block.content.size());
    is_last = block.is_last;
  }
  return padding;
}

std::size_t zstd_padding(ByteView frame) {
  return zstd_padding_of_blocks(frame.subspan(read_zstd_frame_header(frame).size));
}

}  // namespace zipdream
