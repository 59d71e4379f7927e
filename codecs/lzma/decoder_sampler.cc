// SPDX-License-Identifier: Apache-2.0
// The decoder sampler of xz and lzma.
//
// Algorithm
//
// LZMA2 cuts its stream into chunks, and a chunk may go on with the dictionary, the state and all
// the adaptive probabilities of those before it. So after the chunks that liblzma's encoder makes
// of the context comes one more that resets nothing:
//
//   0x80 | bits 16-20 of (uncompressed size - 1)
//   bits 0-15 of (uncompressed size - 1)     2 MiB, the most: the input is to run out before
//   bits 0-15 of (compressed size - 1)       64 KiB, the most
//   00                                       the range coder's first byte, always zero
//   random bits
//
// and liblzma's raw decoder decodes text from them. It goes on adapting to its own output, as it
// would to any text.
//
// When the 64 KiB are used up, or a match reaches beyond the beginning of the text, which is an
// error, the sample so far joins the context: the decoder is put back to where the random bits
// began (all its memory lies in an Arena), the encoder, which still knows the context, codes in
// chunks of its own what was sampled, and the decoder takes those in and gets random bits again.
// So a refusal costs no more than the text since the last.
//
// A chunk after one that was stored has to reset the state, and the first that is not stored has
// the coder's properties, too; both as the encoder does.
//
// The file format makes no difference to what liblzma's encoder finds likely, so the samples of
// .lzma are the same.
#include "codecs/common/decoder_sampler.h"

#include <lzma.h>

#include <algorithm>
#include <array>
#include <span>

#include "codecs/common/arena.h"
#include "codecs/common/coding_loop.h"
#include "codecs/lzma/lzma.h"

namespace zipdream {
namespace {

constexpr std::size_t kPayload = std::size_t{1} << 16;
constexpr Byte kProperties = 0x5D;  // lc = 3, lp = 0, pb = 2: those of all presets

// How the chunk after a sequence of LZMA2 chunks has to begin.
enum ChunkStart : Byte {
  kResetNothing = 0x80,
  kResetState = 0xA0,
  kSetProperties = 0xC0,
  kResetDictionary = 0xE0,
};

// How the chunk after `chunks` has to begin, where it would have had to begin as in `start` before
// them. REQUIRES: the chunks are whole and of liblzma's making.
ChunkStart start_after(ByteView chunks, ChunkStart start) {
  for (std::size_t at = 0; at < chunks.size();) {
    const Byte control = chunks[at];
    if (control >= kResetNothing) {
      at += (control >= kSetProperties ? 6 : 5) + (chunks[at + 3] << 8 | chunks[at + 4]) + 1;
      start = kResetNothing;
    } else {
      at += 3 + (chunks[at + 1] << 8 | chunks[at + 2]) + 1;
      start = start >= kSetProperties ? kSetProperties : kResetState;
    }
  }
  return start;
}

Bytes random_chunk(ChunkStart start, Rng& rng) {
  Bytes chunk = {static_cast<Byte>(start | 0x1F), 0xFF, 0xFF, (kPayload - 1) >> 8,
                 (kPayload - 1) & 0xFF};
  if (start >= kSetProperties) chunk.push_back(kProperties);
  chunk.push_back(0);
  const Bytes bits = random_bytes(kPayload - 1, rng);
  chunk.insert(chunk.end(), bits.begin(), bits.end());
  return chunk;
}

lzma_options_lzma options_of(std::uint32_t preset) {
  lzma_options_lzma options;
  if (lzma_lzma_preset(&options, preset)) throw library_failure("xz", "unknown preset");
  return options;
}

using Filters = std::array<lzma_filter, 2>;
Filters filters_of(lzma_options_lzma& options) {
  return {{{LZMA_FILTER_LZMA2, &options}, {LZMA_VLI_UNKNOWN, nullptr}}};
}

// liblzma's encoder of LZMA2 chunks.
class ChunkEncoder {
 public:
  explicit ChunkEncoder(lzma_options_lzma options) {
    if (lzma_raw_encoder(&stream_, filters_of(options).data()) != LZMA_OK) fail();
  }
  ChunkEncoder(const ChunkEncoder&) = delete;
  ChunkEncoder& operator=(const ChunkEncoder&) = delete;
  ~ChunkEncoder() { lzma_end(&stream_); }

  // The chunks of `text`, which follows all that was encoded before.
  Bytes encode(ByteView text) {
    if (text.empty()) return {};
    Bytes chunks;
    stream_.next_in = text.data();
    stream_.avail_in = text.size();
    lzma_ret status = LZMA_OK;
    while (status == LZMA_OK) {
      const std::size_t size = chunks.size();
      chunks.resize(size + kPayload);
      stream_.next_out = chunks.data() + size;
      stream_.avail_out = kPayload;
      status = lzma_code(&stream_, LZMA_SYNC_FLUSH);
      chunks.resize(chunks.size() - stream_.avail_out);
    }
    if (status != LZMA_STREAM_END) fail();
    return chunks;
  }

 private:
  [[noreturn]] static void fail() { throw library_failure("xz", "its encoder failed"); }

  lzma_stream stream_ = LZMA_STREAM_INIT;
};

void* allocate(void* arena, std::size_t items, std::size_t size) {
  return static_cast<Arena*>(arena)->allocate(items * size);
}

void release(void* arena, void* block) { static_cast<Arena*>(arena)->release(block); }

// liblzma's decoder of LZMA2 chunks, which can be put back to where it was.
class ChunkDecoder {
 public:
  // `dictionary`: the most that a match may reach back.
  ChunkDecoder(lzma_options_lzma options, std::size_t dictionary) {
    options.dict_size =
        static_cast<std::uint32_t>(std::min<std::size_t>(options.dict_size, dictionary));
    stream_.allocator = &allocator_;
    if (lzma_raw_decoder(&stream_, filters_of(options).data()) != LZMA_OK) {
      throw library_failure("xz", "its decoder did not start");
    }
  }

  // Fills `output` until the chunks are used up or the decoder refuses them; returns how far.
  std::size_t decode(ByteView chunks, std::span<Byte> output) {
    stream_.next_in = chunks.data();
    stream_.avail_in = chunks.size();
    stream_.next_out = output.data();
    stream_.avail_out = output.size();
    while (stream_.avail_out > 0 && lzma_code(&stream_, LZMA_RUN) == LZMA_OK) {
    }
    return output.size() - stream_.avail_out;
  }

  void snapshot() {
    arena_.snapshot();
    saved_ = stream_;
  }
  void restore() {
    arena_.restore();
    stream_ = saved_;
  }

 private:
  Arena arena_;
  lzma_allocator allocator_{allocate, release, &arena_};
  lzma_stream stream_ = LZMA_STREAM_INIT;  // what it points to goes with the arena
  lzma_stream saved_ = LZMA_STREAM_INIT;
};

class LzmaDecoderSampler final : public DecoderSampler {
 public:
  explicit LzmaDecoderSampler(std::uint32_t preset) : options_(options_of(preset)) {}

  Bytes sample(ByteView context, std::size_t count, Rng& rng) const override {
    Bytes text(context.begin(), context.end());
    const std::size_t end = text.size() + count;
    ChunkEncoder encoder(options_);
    ChunkDecoder decoder(options_, end);
    ChunkStart start = kResetDictionary;
    const auto take_in = [&](ByteView news) {
      const Bytes chunks = encoder.encode(news);
      start = start_after(chunks, start);
      // With a byte to spare, so that the decoder reads the chunks to their end.
      Bytes decoded(news.size() + 1);
      if (decoder.decode(chunks, decoded) != news.size()) {
        throw library_failure("xz", "a text got lost");
      }
    };
    take_in(text);
    sample_until(text, end, [&] {
      decoder.snapshot();
      const std::size_t begin = text.size();
      const Bytes chunk = random_chunk(start, rng);
      text.resize(end);
      text.resize(begin + decoder.decode(chunk, std::span(text).subspan(begin)));
      decoder.restore();
      if (text.size() < end) take_in(ByteView(text).subspan(begin));
    });
    return {text.begin() + static_cast<std::ptrdiff_t>(context.size()), text.end()};
  }

 private:
  lzma_options_lzma options_;
};

}  // namespace

std::unique_ptr<DecoderSampler> make_lzma_decoder_sampler(const Spec& spec) {
  return std::make_unique<LzmaDecoderSampler>(lzma_preset(spec));
}

}  // namespace zipdream
