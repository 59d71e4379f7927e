// SPDX-License-Identifier: Apache-2.0
// The decoder sampler of every codec that writes DEFLATE. A DEFLATE block (RFC 1951, section 3.2.3)
// begins with its Huffman codes and goes on with symbols in them. So zlib's inflate gets the
// context as its dictionary, then the header of the last block that the encoder makes of the
// context, bit by bit as it stands in the stream, and then random bits: each literal and each match
// comes with probability 2^-(length of its code). When the end-of-block symbol falls, another such
// block begins; so it does when inflate refuses a match that reaches back too far.
//
// The codes stay those of the context for all of the sample. An encoder ends a block when it likes,
// zlib after 16383 symbols; where the last one has little text yet, its codes don't fit the text
// well, and those of the block before are taken.
#include "codecs/common/decoder_sampler.h"

#include <zlib.h>

#include <algorithm>
#include <functional>
#include <span>
#include <utility>

#include "codecs/common/coding_loop.h"
#include "codecs/deflate/block_headers.h"
#include "codecs/deflate/deflate.h"
#include "zipdream/codec.h"

namespace zipdream {
namespace {

constexpr std::size_t kWindow = std::size_t{1} << 15;
constexpr std::size_t kMaxBlockText = std::size_t{1} << 26;  // keeps zlib's 32-bit counters safe
constexpr std::size_t kRandomBytes = std::size_t{1} << 14;

// zlib's decoder of bare DEFLATE, after a text.
class Inflater {
 public:
  explicit Inflater(ByteView text) {
    check(inflateInit2(&stream_, -15));
    const ByteView dictionary = text.last(std::min(text.size(), kWindow));
    check(inflateSetDictionary(&stream_, dictionary.data(), static_cast<uInt>(dictionary.size())));
  }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
  ~Inflater() { inflateEnd(&stream_); }

  void set(ByteView input, std::span<Byte> output) {
    stream_.next_in = const_cast<Byte*>(input.data());
    stream_.avail_in = static_cast<uInt>(input.size());
    stream_.next_out = output.data();
    stream_.avail_out = static_cast<uInt>(output.size());
  }
  z_stream* get() { return &stream_; }

 private:
  static void check(int status) {
    if (status != Z_OK) throw library_failure("zlib", "inflate failed");
  }

  z_stream stream_{};
};

class DeflateDecoderSampler final : public DecoderSampler {
 public:
  // `writer` writes bare DEFLATE.
  explicit DeflateDecoderSampler(std::function<Bytes(ByteView)> writer)
      : writer_(std::move(writer)) {}

  Bytes sample(ByteView context, std::size_t count, Rng& rng) const override {
    const Bytes stream = writer_(context);
    const deflate::Blocks blocks = deflate::find_blocks(stream, context.size());
    const std::vector<bool> header =
        sample_header(deflate::header_bits(stream, deflate::representative_header(blocks)));
    Bytes text(context.begin(), context.end());
    const std::size_t end = text.size() + count;
    sample_until(text, end, [&] { sample_block(header, text, end, rng); });
    return {text.begin() + static_cast<std::ptrdiff_t>(context.size()), text.end()};
  }

 private:
  std::function<Bytes(ByteView)> writer_;
};

}  // namespace

std::vector<bool> sample_header(std::vector<bool> header) {
  const bool is_stored = !header[1] && !header[2];
  if (is_stored) header = {false, true, false};  // fixed codes
  header[0] = false;                             // not the last block
  return header;
}

void sample_block(const std::vector<bool>& header, Bytes& text, std::size_t end, Rng& rng) {
  Inflater inflater(text);
  Bytes input = random_bytes(header.size() / 8 + kRandomBytes, rng);
  for (std::size_t i = 0; i < header.size(); ++i) {
    input[i / 8] =
        static_cast<Byte>((input[i / 8] & ~(1U << i % 8)) | unsigned{header[i]} << i % 8);
  }
  const std::size_t begin = text.size();
  text.resize(std::min(end, begin + kMaxBlockText));
  inflater.set(input, std::span(text).subspan(begin));
  z_stream* state = inflater.get();
  while (state->avail_out > 0 && inflate(state, Z_BLOCK) == Z_OK && (state->data_type & 128) == 0) {
    if (state->avail_in > 0) continue;
    input = random_bytes(kRandomBytes, rng);
    state->next_in = input.data();
    state->avail_in = kRandomBytes;
  }
  text.resize(text.size() - state->avail_out);
}

std::unique_ptr<DecoderSampler> make_deflate_decoder_sampler(const Spec& spec) {
  std::shared_ptr<const Codec> codec = make_deflate(static_cast<int>(spec.number("level")));
  return std::make_unique<DeflateDecoderSampler>(
      [codec](ByteView text) { return codec->compress(text); });
}

std::unique_ptr<DecoderSampler> make_gzip_decoder_sampler(GzipWriter writer) {
  return std::make_unique<DeflateDecoderSampler>([writer = std::move(writer)](ByteView text) {
    Bytes stream = writer(text);
    stream.erase(stream.begin(), stream.begin() + kGzipHeaderBytes);
    return stream;
  });
}

}  // namespace zipdream
