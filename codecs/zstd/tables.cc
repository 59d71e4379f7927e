// SPDX-License-Identifier: Apache-2.0
#include "codecs/zstd/tables.h"

#include <bit>
#include <optional>

#include "codecs/common/coding_loop.h"
#include "codecs/zstd/frame.h"
#include "codecs/zstd/sequences.h"

namespace zipdream {
namespace {

constexpr std::string_view kName = "zstd";
constexpr std::size_t kMaxWeights = 255;  // the last literal's isn't written
constexpr Byte kMaxWeight = 12;
constexpr int kMaxCodeLength = 11;

// What blocks hand on to the next.
struct Repeatable {
  std::optional<std::array<std::uint8_t, 256>> literal_bits;
  std::optional<ZstdFseTable> literal_lengths;
  std::optional<ZstdFseTable> offsets;
  std::optional<ZstdFseTable> match_lengths;
  ZstdRecent recent = kZstdFirstRecent;
};

Bytes weights_of(const ZstdHuffmanTree& tree) {
  if (tree.table) return read_zstd_fse_symbols(*tree.table, tree.weights, kMaxWeights);
  Bytes weights;
  for (std::size_t i = 0; i < tree.weight_count; ++i) {
    const unsigned pair = tree.weights[i / 2];
    weights.push_back(static_cast<Byte>(i % 2 == 0 ? pair >> 4 : pair & 15));
  }
  return weights;
}

// Weight w > 0 is a code of (longest + 1 - w) bits; the last literal's weight fills the code up
// (section 4.2.1).
std::array<std::uint8_t, 256> bits_of_weights(const Bytes& weights) {
  unsigned sum = 0;
  for (const Byte weight : weights) {
    if (weight > kMaxWeight) throw damaged(kName, "the weight of a literal");
    sum += (1U << weight) / 2;
  }
  const int longest = std::bit_width(sum);
  const unsigned rest = (1U << longest) - sum;
  if (sum == 0 || longest > kMaxCodeLength || !std::has_single_bit(rest) ||
      weights.size() > kMaxWeights) {
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

void set_plain(std::size_t literals, ZstdLiteralsKind kind, ByteView content, ZstdTables& tables) {
  tables.literals = literals;
  tables.kind = kind;
  tables.literal_bits.fill(8);
  if (kind == ZstdLiteralsKind::kRle) tables.same = content[0];
}

// Returns what follows them in the block.
ByteView take_literals(ByteView block, Repeatable& earlier, ZstdTables& tables) {
  const ZstdLiterals literals = read_zstd_literals(block);
  if (literals.kind == ZstdLiteralsKind::kRaw || literals.kind == ZstdLiteralsKind::kRle) {
    set_plain(literals.regenerated_size, literals.kind, literals.streams[0], tables);
  } else {
    if (literals.tree) earlier.literal_bits = bits_of_weights(weights_of(*literals.tree));
    if (!earlier.literal_bits) throw damaged(kName, "literals without a code");
    tables.literals = literals.regenerated_size;
    tables.kind = literals.kind;
    tables.literal_bits = *earlier.literal_bits;
  }
  return block.subspan(literals.bytes);
}

ZstdFseTable table_of(const ZstdSequenceTable& described, const ZstdFseTable& plain,
                      std::size_t symbols, std::optional<ZstdFseTable>& earlier) {
  switch (described.mode) {
    case ZstdTableMode::kPredefined:
      earlier = plain;
      break;
    case ZstdTableMode::kRle:
      if (described.rle_symbol >= symbols) throw damaged(kName, "the code of a length");
      earlier = ZstdFseTable();
      earlier->probabilities.resize(described.rle_symbol + std::size_t{1});
      earlier->probabilities.back() = 1;
      break;
    case ZstdTableMode::kFse:
      earlier = described.table;
      break;
    case ZstdTableMode::kRepeat:
      break;
  }
  if (!earlier) throw damaged(kName, "sequences without a table");
  return *earlier;
}

void take_sequences(ByteView section, Repeatable& earlier, ZstdTables& tables) {
  const ZstdSequences sequences = read_zstd_sequences(section);
  if (sequences.count == 0) return;
  const ZstdSequenceCodes& plain = zstd_plain_codes();
  tables.codes = {table_of(sequences.literal_lengths, plain.literal_lengths, kZstdLiteralLengths,
                           earlier.literal_lengths),
                  table_of(sequences.offsets, plain.offsets, kZstdOffsets, earlier.offsets),
                  table_of(sequences.match_lengths, plain.match_lengths, kZstdMatchLengths,
                           earlier.match_lengths)};
  BackwardBits bits(sequences.stream);
  ZstdSequenceReader reader(tables.codes, earlier.recent, bits);
  std::size_t literals = 0;
  for (std::size_t i = 0; i < sequences.count; ++i) {
    const ZstdSequence sequence = reader.next();
    if (bits.left() < 0) throw truncated(kName);
    if (sequence.distance == 0) throw damaged(kName, "a distance of 0");
    tables.sequences.push_back(sequence);
    literals += sequence.literals;
  }
  if (bits.left() != 0) throw damaged(kName, "bits after the last sequence");
  if (literals > tables.literals) throw damaged(kName, "runs of more literals than there are");
  earlier.recent = reader.recent();
}

}  // namespace

std::vector<ZstdTables> read_zstd_tables(ByteView frame) {
  frame = frame.subspan(read_zstd_frame_header(frame).size);
  std::vector<ZstdTables> blocks;
  Repeatable earlier;
  for (bool is_last = false; !is_last;) {
    const ZstdBlock block = read_zstd_block(frame);
    frame = frame.subspan(ZstdBlock::kHeaderSize + block.content.size());
    is_last = block.is_last;
    ZstdTables& tables = blocks.emplace_back();
    if (block.kind == ZstdBlockKind::kCompressed) {
      take_sequences(take_literals(block.content, earlier, tables), earlier, tables);
    } else {
      const bool is_rle = block.kind == ZstdBlockKind::kRle;
      set_plain(block.regenerated_size, is_rle ? ZstdLiteralsKind::kRle : ZstdLiteralsKind::kRaw,
                block.content, tables);
    }
    tables.recent = earlier.recent;
  }
  return blocks;
}

}  // namespace zipdream
