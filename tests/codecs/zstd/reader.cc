// SPDX-License-Identifier: Apache-2.0
#include "tests/codecs/zstd/reader.h"

#include <algorithm>
#include <array>
#include <bit>
#include <vector>

#include "codecs/zstd/frame.h"

namespace zipdream {
namespace {

// From the last bit before the mark of the end to the first; zeros before that.
class BackwardBits {
 public:
  explicit BackwardBits(ByteView bytes)
      : bytes_(bytes),
        left_(8 * static_cast<long>(bytes.size()) - 9 + std::bit_width(bytes.back())),
        size_(left_) {}

  unsigned peek(unsigned count) const {
    unsigned value = 0;
    for (unsigned i = 1; i <= count; ++i) {
      const long at = left_ - static_cast<long>(i);
      value = value << 1 | (at < 0 ? 0U : bytes_[static_cast<std::size_t>(at / 8)] >> at % 8 & 1U);
    }
    return value;
  }
  unsigned take(unsigned count) {
    const unsigned value = peek(count);
    left_ -= static_cast<long>(count);
    return value;
  }
  long left() const { return left_; }
  std::size_t size() const { return static_cast<std::size_t>(size_); }

 private:
  ByteView bytes_;
  long left_;
  long size_;
};

// RFC 8878, 4.1.1, "From normalized distribution to decoding tables".
struct Fse {
  struct Cell {
    std::size_t symbol;
    unsigned bits;
    unsigned base;
  };
  unsigned accuracy_log = 0;
  std::vector<Cell> cells;
};

Fse make_fse(unsigned accuracy_log, const std::vector<int>& probabilities) {
  const std::size_t size = std::size_t{1} << accuracy_log;
  Fse fse{accuracy_log, std::vector<Fse::Cell>(size)};
  std::vector<unsigned> next(probabilities.size());
  std::size_t high = size;
  for (std::size_t symbol = 0; symbol < probabilities.size(); ++symbol) {
    if (probabilities[symbol] != -1) continue;
    fse.cells[--high].symbol = symbol;
    next[symbol] = 1;
  }
  std::size_t at = 0;
  for (std::size_t symbol = 0; symbol < probabilities.size(); ++symbol) {
    if (probabilities[symbol] <= 0) continue;
    next[symbol] = static_cast<unsigned>(probabilities[symbol]);
    for (int i = 0; i < probabilities[symbol]; ++i) {
      fse.cells[at].symbol = symbol;
      do {
        at = (at + (size >> 1) + (size >> 3) + 3) % size;
      } while (at >= high);
    }
  }
  for (Fse::Cell& cell : fse.cells) {
    const unsigned state = next[cell.symbol]++;
    cell.bits = accuracy_log + 1 - static_cast<unsigned>(std::bit_width(state));
    cell.base = (state << cell.bits) - static_cast<unsigned>(size);
  }
  return fse;
}

struct State {
  const Fse& fse;
  std::size_t at;
  State(const Fse& table, BackwardBits& bits) : fse(table), at(bits.take(table.accuracy_log)) {}
  std::size_t symbol() const { return fse.cells[at].symbol; }
  void update(BackwardBits& bits) { at = fse.cells[at].base + bits.take(fse.cells[at].bits); }
};

// 4.2.1.3: two states take turns until the bits do not suffice.
std::vector<std::size_t> read_weights(const ZstdHuffmanTree& tree, ZstdBitCount& count) {
  std::vector<std::size_t> weights;
  if (!tree.table) {
    count.bits += 4 * tree.weight_count;
    for (std::size_t i = 0; i < tree.weight_count; ++i) {
      weights.push_back(i % 2 == 0 ? tree.weights[i / 2] >> 4 : tree.weights[i / 2] & 15);
    }
    return weights;
  }
  ++count.weight_streams;
  count.bits += tree.table->bits;
  const Fse fse = make_fse(tree.table->accuracy_log, tree.table->probabilities);
  BackwardBits bits(tree.weights);
  count.bits += bits.size();
  State first(fse, bits);
  State second(fse, bits);
  State* now = &first;
  State* other = &second;
  for (;;) {
    weights.push_back(now->symbol());
    now->update(bits);
    std::swap(now, other);
    if (bits.left() >= 0) continue;
    weights.push_back(now->symbol());
    return weights;
  }
}

struct Huffman {
  unsigned max_bits = 0;
  std::vector<unsigned> lengths;  // by the next max_bits bits
};

// 4.2.1.1 and 4.2.1.2: the last weight is what makes the sum a power of two.
Huffman make_huffman(std::vector<std::size_t> weights) {
  std::size_t sum = 0;
  for (const std::size_t weight : weights) sum += weight == 0 ? 0 : std::size_t{1} << (weight - 1);
  Huffman huffman{.max_bits = static_cast<unsigned>(std::bit_width(sum))};
  const std::size_t all = std::size_t{1} << huffman.max_bits;
  weights.push_back(static_cast<std::size_t>(std::bit_width(all - sum)));
  for (std::size_t weight = 1; weight <= huffman.max_bits; ++weight) {
    for (const std::size_t of_symbol : weights) {
      if (of_symbol != weight) continue;
      const auto length = static_cast<unsigned>(huffman.max_bits + 1 - weight);
      huffman.lengths.insert(huffman.lengths.end(), std::size_t{1} << (weight - 1), length);
    }
  }
  return huffman;
}

void read_literals(const ZstdLiterals& literals, Huffman& huffman, ZstdBitCount& count) {
  const auto rest_of_header = [&](std::size_t bytes) { count.bits += 8 * bytes; };
  if (literals.kind == ZstdLiteralsKind::kRaw || literals.kind == ZstdLiteralsKind::kRle) {
    return rest_of_header(literals.bytes);
  }
  ++count.huffman_blocks;
  std::size_t header = literals.bytes - (literals.tree ? literals.tree->bytes - 1 : 0);
  if (literals.tree) huffman = make_huffman(read_weights(*literals.tree, count));
  std::size_t left = literals.regenerated_size;
  const std::size_t part = (left + literals.stream_count - 1) / literals.stream_count;
  for (std::size_t i = 0; i < literals.stream_count; ++i) {
    header -= literals.streams[i].size();
    BackwardBits bits(literals.streams[i]);
    count.bits += bits.size();
    const bool is_last = i + 1 == literals.stream_count;
    for (std::size_t n = is_last ? left : part; n != 0; --n, --left) {
      (void)bits.take(huffman.lengths[bits.peek(huffman.max_bits)]);
    }
    count.is_exact = count.is_exact && bits.left() == 0;
  }
  rest_of_header(header);
}

// 3.1.1.3.2.1.1 and 3.1.1.3.2.2: extra bits of the codes, and the tables when none are described.
unsigned literal_length_bits(std::size_t code) {
  constexpr std::array<unsigned, 20> kBits = {1, 1, 1, 1,  2,  2,  3,  3,  4,  6,
                                              7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
  return code < 16 ? 0 : kBits[code - 16];
}
unsigned match_length_bits(std::size_t code) {
  constexpr std::array<unsigned, 21> kBits = {1, 1, 1, 1,  2,  2,  3,  3,  4,  4, 5,
                                              7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
  return code < 32 ? 0 : kBits[code - 32];
}

std::vector<int> predefined(std::size_t ones_from, std::size_t less_from, std::size_t end,
                            std::vector<int> start) {
  for (std::size_t i = ones_from; i < end; ++i) start.push_back(i < less_from ? 1 : -1);
  return start;
}

struct Tables {
  Fse literal_lengths;
  Fse offsets;
  Fse match_lengths;
};

void set_table(const ZstdSequenceTable& description, unsigned log, const std::vector<int>& standard,
               Fse& fse, ZstdBitCount& count) {
  switch (description.mode) {
    case ZstdTableMode::kPredefined:
      fse = make_fse(log, standard);
      break;
    case ZstdTableMode::kRle:
      count.bits += 8;
      fse = Fse{0, {{description.rle_symbol, 0, 0}}};
      break;
    case ZstdTableMode::kFse:
      ++count.described_tables;
      count.bits += description.table->bits;
      fse = make_fse(description.table->accuracy_log, description.table->probabilities);
      break;
    case ZstdTableMode::kRepeat:
      break;
  }
}

void read_sequences(ByteView section, Tables& tables, ZstdBitCount& count) {
  const ZstdSequences sequences = read_zstd_sequences(section);
  if (sequences.count == 0) {
    count.bits += 8 * section.size();
    return;
  }
  count.bits += 8 * (sequences.count < 128 ? 2 : sequences.count < 0x7f00 ? 3 : 4);
  set_table(sequences.literal_lengths, 6,
            predefined(32, 32, 36, {4, 3, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 1, 1, 1,
                                    2, 2, 2, 2, 2, 2, 2, 2, 2, 3, 2, 1, 1, 1, 1, 1}),
            tables.literal_lengths, count);
  set_table(sequences.offsets, 5, predefined(9, 24, 29, {1, 1, 1, 1, 1, 1, 2, 2, 2}),
            tables.offsets, count);
  set_table(sequences.match_lengths, 6, predefined(9, 46, 53, {1, 4, 3, 2, 2, 2, 2, 2, 2}),
            tables.match_lengths, count);
  BackwardBits bits(sequences.stream);
  count.bits += bits.size();
  State literal_length(tables.literal_lengths, bits);
  State offset(tables.offsets, bits);
  State match_length(tables.match_lengths, bits);
  for (std::size_t left = sequences.count;; --left) {
    (void)bits.take(static_cast<unsigned>(offset.symbol()));
    (void)bits.take(match_length_bits(match_length.symbol()));
    (void)bits.take(literal_length_bits(literal_length.symbol()));
    if (left == 1) break;
    literal_length.update(bits);
    match_length.update(bits);
    offset.update(bits);
  }
  count.is_exact = count.is_exact && bits.left() == 0;
}

}  // namespace

ZstdBitCount count_zstd_bits(ByteView frame) {
  ZstdBitCount count;
  const ZstdFrameHeader header = read_zstd_frame_header(frame);
  count.bits = 8 * (header.size + (header.has_checksum ? 4 : 0));
  ByteView rest = frame.subspan(header.size);
  Huffman huffman;
  Tables tables;
  for (bool is_last = false; !is_last;) {
    const ZstdBlock block = read_zstd_block(rest);
    count.bits += 8 * ZstdBlock::kHeaderSize;
    if (block.kind == ZstdBlockKind::kCompressed) {
      const ZstdLiterals literals = read_zstd_literals(block.content);
      read_literals(literals, huffman, count);
      read_sequences(block.content.subspan(literals.bytes), tables, count);
    } else {
      count.bits += 8 * block.content.size();
    }
    rest = rest.subspan(ZstdBlock::kHeaderSize + block.content.size());
    is_last = block.is_last;
  }
  return count;
}

}  // namespace zipdream
