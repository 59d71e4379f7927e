// SPDX-License-Identifier: Apache-2.0
// The decoder sampler of zstd. A block may repeat the codes of the block before: its literals
// without a tree (Treeless_Literals_Block) and its sequences in Repeat_Mode (RFC 8878,
// section 3.1.1.3). So libzstd's decoder gets a frame: the blocks that its encoder makes of the
// context, then blocks of random bits in their codes (block_sampler.h).
//
// The codes stay those of the context for all of the sample. zstd ends a block after 128 KB; where
// the last one has little text yet, its codes don't fit the text well. It is then written as it is,
// in a raw block, and the codes remain those of the block before.
//
// When a sequence is drawn whose distance reaches beyond the beginning of the text, the block ends
// before it and another begins.
#include "codecs/common/decoder_sampler.h"

#include <fmt/format.h>
#include <zstd.h>

#include <array>
#include <memory>
#include <utility>

#include "codecs/common/coding_loop.h"
#include "codecs/zstd/block_sampler.h"
#include "codecs/zstd/frame.h"
#include "codecs/zstd/tables.h"
#include "codecs/zstd/zstd.h"
#include "zipdream/codec.h"

namespace zipdream {
namespace {

constexpr std::size_t kMinRepresentativeText = 4096;  // of a block whose codes fit the text

// The largest that a decoder takes unasked. It touches no more memory than there is text.
constexpr Byte kWindow = 17 << 3;
static_assert(kZstdSamplingWindow == std::size_t{1} << (10 + (kWindow >> 3)));

// Magic number, a descriptor that promises neither size nor checksum, and the window's size.
constexpr std::array<Byte, 6> kFrameHeader = {0x28, 0xB5, 0x2F, 0xFD, 0, kWindow};

std::size_t text_of(const ZstdTables& block) {
  std::size_t size = block.literals;
  for (const ZstdSequence& sequence : block.sequences) size += sequence.match;
  return size;
}

// What the block after `block` can repeat.
void update_codes(const ZstdTables& block, ZstdCodesInForce& codes) {
  codes.recent = block.recent;
  if (!block.sequences.empty()) codes.sequences = block.codes;
  if (block.literals == 0) return;
  codes.same.reset();
  if (block.kind == ZstdLiteralsKind::kRle) codes.same = block.same;
  if (block.kind == ZstdLiteralsKind::kCompressed) codes.literal_bits = block.literal_bits;
}

// A frame that has begun, and what its next block can repeat.
struct Beginning {
  Bytes frame{kFrameHeader.begin(), kFrameHeader.end()};
  ZstdCodesInForce codes;
};

Beginning beginning_of(const Codec& codec, ByteView context) {
  Beginning beginning;
  const Bytes frame = codec.compress(context);
  ByteView rest = ByteView(frame).subspan(read_zstd_frame_header(frame).size);
  std::size_t left = context.size();
  bool is_first = true;
  for (const ZstdTables& tables : read_zstd_tables(frame)) {
    const std::size_t text = text_of(tables);
    left -= text;
    const std::size_t size = ZstdBlock::kHeaderSize + read_zstd_block(rest).content.size();
    Bytes block(rest.begin(), rest.begin() + static_cast<std::ptrdiff_t>(size));
    rest = rest.subspan(size);
    block[0] &= 0xFE;  // not the last
    if (left == 0 && text < kMinRepresentativeText && !is_first) {
      block = {static_cast<Byte>(text << 3), static_cast<Byte>(text >> 5), 0};
      block.insert(block.end(), context.end() - static_cast<std::ptrdiff_t>(text), context.end());
    } else {
      update_codes(tables, beginning.codes);
    }
    beginning.frame.insert(beginning.frame.end(), block.begin(), block.end());
    is_first = false;
  }
  return beginning;
}

// libzstd's decoder of a frame in pieces.
class FrameDecoder {
 public:
  FrameDecoder() {
    if (!context_) throw library_failure("zstd", "out of memory");
  }

  // Appends to `text` what `piece` decodes to. REQUIRES: that is `size` bytes.
  void decode(ByteView piece, std::size_t size, Bytes& text) {
    const std::size_t begin = text.size();
    text.resize(begin + size + 1);  // with a byte to spare, it reads the piece to its end
    ZSTD_inBuffer in{piece.data(), piece.size(), 0};
    ZSTD_outBuffer out{text.data() + begin, size + 1, 0};
    std::size_t before = 0;
    do {
      before = in.pos + out.pos;
      const std::size_t status = ZSTD_decompressStream(context_.get(), &out, &in);
      if (ZSTD_isError(status) != 0) throw library_failure("zstd", ZSTD_getErrorName(status));
    } while (in.pos + out.pos > before);
    if (in.pos < in.size || out.pos != size) throw library_failure("zstd", "a text got lost");
    text.resize(begin + size);
  }

 private:
  struct Free {
    void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
  };
  std::unique_ptr<ZSTD_DCtx, Free> context_{ZSTD_createDCtx()};
};

class ZstdDecoderSampler final : public DecoderSampler {
 public:
  explicit ZstdDecoderSampler(std::unique_ptr<Codec> codec) : codec_(std::move(codec)) {}

  Bytes sample(ByteView context, std::size_t count, Rng& rng) const override {
    Beginning beginning = beginning_of(*codec_, context);
    ZstdCodesInForce& codes = beginning.codes;
    FrameDecoder decoder;
    Bytes text;
    decoder.decode(beginning.frame, context.size(), text);
    const std::size_t end = text.size() + count;
    sample_until(text, end, [&] {
      const SampledZstdBlock sampled = sample_zstd_block(codes, text.size(), rng);
      decoder.decode(sampled.block, sampled.text_size, text);
      codes.recent = sampled.recent;
    });
    return {text.begin() + static_cast<std::ptrdiff_t>(context.size()),
            text.begin() + static_cast<std::ptrdiff_t>(end)};
  }

 private:
  std::unique_ptr<Codec> codec_;
};

}  // namespace

std::unique_ptr<DecoderSampler> make_zstd_decoder_sampler(const Spec& spec) {
  return std::make_unique<ZstdDecoderSampler>(make_zstd(static_cast<int>(spec.number("level"))));
}

}  // namespace zipdream
