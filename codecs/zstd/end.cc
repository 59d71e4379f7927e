// SPDX-License-Identifier: Apache-2.0
#include "codecs/zstd/end.h"

#include <bit>

#include "codecs/common/coding_loop.h"
#include "codecs/zstd/frame.h"

namespace zipdream {
namespace {

std::size_t padding_of_backward(ByteView stream) {
  if (stream.empty() || stream.back() == 0) throw damaged("zstd", "a stream of bits has no end");
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
