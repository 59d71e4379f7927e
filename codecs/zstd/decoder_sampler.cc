// SPDX-License-Identifier: Apache-2.0
#include "codecs/zstd/decoder_sampler.h"

#include <fmt/format.h>
#include <zstd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <memory>
#include <span>
#include <utility>

#include "codecs/common/coding_loop.h"
#include "codecs/common/decoder_sampler.h"
#include "codecs/zstd/frame.h"
#include "codecs/zstd/sequences.h"
#include "codecs/zstd/tables.h"
#include "codecs/zstd/zstd.h"
#include "zipdream/codec.h"

namespace zipdream {
namespace {

constexpr std::size_t kMaxText = std::size_t{1} << 17;      // of a block
constexpr std::size_t kMaxLiterals = std::size_t{1} << 16;  // of a block; coded they still fit
constexpr std::size_t kSequenceBytes = 4096;                // of random bits
constexpr std::size_t kMaxSequences = 1000;
constexpr std::ptrdiff_t kMaxSequenceBits = 128;    // no sequence has more
constexpr std::size_t kBareLiterals = 1000;         // in a block without sequences
constexpr std::size_t kMaxOneStreamLiterals = 700;  // in sizes of 10 bits, whatever their code
constexpr unsigned kMaxCodeLength = 11;

constexpr Byte kRepeatAll = 0xFC;  // three modes of two bits, which are Repeat_Mode

// `count` random bytes as a stream of bits that is read from its end.
Bytes random_stream(std::size_t count, Rng& rng) {
  Bytes stream = random_bytes(count, rng);
  stream.push_back(1);
  return stream;
}

// A stream without its first `bits`, which are those that would be read last.
Bytes without(Bytes stream, std::size_t bits) {
  stream.erase(stream.begin(), stream.begin() + static_cast<std::ptrdiff_t>(bits / 8));
  const unsigned shift = bits % 8;
  for (std::size_t i = 0; i < stream.size(); ++i) {
    const unsigned above = i + 1 < stream.size() ? stream[i + 1] : 0U;
    stream[i] = static_cast<Byte>((above << 8 | stream[i]) >> shift);
  }
  if (stream.back() == 0) stream.pop_back();
  return stream;
}

void put(Bytes& block, std::uint64_t number, int bytes) {
  for (int i = 0; i < bytes; ++i, number >>= 8) block.push_back(static_cast<Byte>(number));
}

void put(Bytes& block, ByteView bytes) { block.insert(block.end(), bytes.begin(), bytes.end()); }

// A prefix code as far as where its words end. The longest words come first (section 4.2.1.3).
class LiteralLengths {
 public:
  explicit LiteralLengths(const std::array<std::uint8_t, 256>& bits) {
    std::size_t at = 0;
    for (unsigned length = kMaxCodeLength; length > 0; --length) {
      const auto words = static_cast<std::size_t>(std::count(bits.begin(), bits.end(), length));
      const std::size_t end = at + (words << (kMaxCodeLength - length));
      std::fill(lengths_.begin() + static_cast<std::ptrdiff_t>(at),
                lengths_.begin() + static_cast<std::ptrdiff_t>(end), length);
      at = end;
    }
  }

  void skip_word(BackwardBits& bits) const {
    std::uint32_t word = 0;
    for (unsigned length = 1; length <= kMaxCodeLength; ++length) {
      word = word << 1 | bits.take(1);
      if (lengths_[word << (kMaxCodeLength - length)] == length) return;
    }
  }

 private:
  std::array<unsigned, std::size_t{1} << kMaxCodeLength> lengths_{};  // by the bits to come
};

Bytes random_words(const LiteralLengths& lengths, std::size_t count, Rng& rng) {
  Bytes stream = random_stream(count * kMaxCodeLength / 8 + 1, rng);
  BackwardBits bits(stream);
  for (std::size_t i = 0; i < count; ++i) lengths.skip_word(bits);
  return without(std::move(stream), static_cast<std::size_t>(bits.left()));
}

// Literals_Section_Header of literals that are not coded, in three bytes.
void put_plain_header(Bytes& block, ZstdLiteralsKind kind, std::size_t count) {
  put(block, static_cast<std::uint64_t>(kind) | 3U << 2 | count << 4, 3);
}

// Literals in the code of the block before, in one stream or, if there are many, in four.
void put_coded(Bytes& block, const LiteralLengths& lengths, std::size_t count, Rng& rng) {
  constexpr auto kKind = static_cast<std::uint64_t>(ZstdLiteralsKind::kTreeless);
  if (count <= kMaxOneStreamLiterals) {
    const Bytes stream = random_words(lengths, count, rng);
    put(block, kKind | count << 4 | stream.size() << 14, 3);
    put(block, stream);
    return;
  }
  Bytes sizes;
  Bytes streams;
  for (int i = 0; i < 4; ++i) {
    const std::size_t share = (count + 3) / 4;
    const Bytes stream = random_words(lengths, i < 3 ? share : count - 3 * share, rng);
    if (i < 3) put(sizes, stream.size(), 2);
    put(streams, stream);
  }
  put(block, kKind | 3U << 2 | count << 4 | (sizes.size() + streams.size()) << 22, 5);
  put(block, sizes);
  put(block, streams);
}

void put_literals(Bytes& block, const ZstdCodesInForce& codes, std::size_t count, Rng& rng) {
  if (codes.same && count > 0) {
    put_plain_header(block, ZstdLiteralsKind::kRle, count);
    block.push_back(*codes.same);
  } else if (codes.literal_bits && count > 0) {
    put_coded(block, LiteralLengths(*codes.literal_bits), count, rng);
  } else {
    put_plain_header(block, ZstdLiteralsKind::kRaw, count);
    put(block, random_bytes(count, rng));
  }
}

// Random sequences, as many as a decoder would take.
struct SampledSequences {
  std::size_t count = 0;
  std::size_t literals = 0;
  std::size_t text = 0;  // what literals and matches make
  ZstdRecent recent{};
  Bytes stream;
};

SampledSequences sample_sequences(const ZstdCodesInForce& codes, std::size_t text_size, Rng& rng) {
  SampledSequences sampled{.recent = codes.recent, .stream = random_stream(kSequenceBytes, rng)};
  BackwardBits bits(sampled.stream);
  std::ptrdiff_t left = bits.left();
  ZstdSequenceReader reader(*codes.sequences, codes.recent, bits);
  while (sampled.count < kMaxSequences && bits.left() > kMaxSequenceBits) {
    const ZstdSequence next = reader.next();
    const std::size_t literals = sampled.literals + next.literals;
    const std::size_t text = sampled.text + next.literals + next.match;
    const std::size_t farthest = std::min(text_size + text - next.match, kZstdSamplingWindow);
    if (next.distance == 0 || next.distance > farthest) break;
    if (literals > kMaxLiterals || text > kMaxText) break;
    left = bits.left();
    sampled.count += 1;
    sampled.literals = literals;
    sampled.text = text;
    sampled.recent = reader.recent();
  }
  sampled.stream = without(std::move(sampled.stream), static_cast<std::size_t>(left));
  return sampled;
}

}  // namespace

SampledZstdBlock sample_zstd_block(const ZstdCodesInForce& codes, std::size_t text_size, Rng& rng) {
  SampledSequences sequences{.literals = kBareLiterals, .text = kBareLiterals};
  if (codes.sequences) sequences = sample_sequences(codes, text_size, rng);
  Bytes content;
  put_literals(content, codes, sequences.literals, rng);
  if (sequences.count == 0) {
    content.push_back(0);
  } else {
    content.push_back(static_cast<Byte>(128 + (sequences.count >> 8)));
    content.push_back(static_cast<Byte>(sequences.count));
    content.push_back(kRepeatAll);
    put(content, sequences.stream);
  }
  SampledZstdBlock sampled{.text_size = sequences.text, .recent = sequences.recent};
  put(sampled.block,
      static_cast<std::uint64_t>(ZstdBlockKind::kCompressed) << 1 | content.size() << 3, 3);
  put(sampled.block, content);
  return sampled;
}

// The decoder sampler of zstd. A block may repeat the codes of the block before: its literals
// without a tree (Treeless_Literals_Block) and its sequences in Repeat_Mode (RFC 8878,
// section 3.1.1.3). So libzstd's decoder gets a frame: the blocks that its encoder makes of the
// context, then blocks of random bits in their codes (decoder_sampler.h).
//
// The codes stay those of the context for all of the sample. zstd ends a block after 128 KB; where
// the last one has little text yet, its codes don't fit the text well. It is then written as it is,
// in a raw block, and the codes remain those of the block before.
//
// When a sequence is drawn whose distance reaches beyond the beginning of the text, the block ends
// before it and another begins.

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
