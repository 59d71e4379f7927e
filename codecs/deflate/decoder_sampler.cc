// SPDX-License-Identifier: Apache-2.0
// The dream of gzip, zlib and deflate. A DEFLATE block (RFC 1951, section 3.2.3) begins with its
// Huffman codes and goes on with symbols in them. So zlib's inflate is given the context as its
// dictionary, then the header of the last block that deflate makes of the context, bit by bit as it
// stands in the stream, and then random bits: each literal and each match comes with probability
// 2^-(length of its code). When the end-of-block symbol falls, another such block begins, and so
// when inflate refuses a match that reaches back too far.
//
// The codes stay those of the context for all of the dream. zlib ends a block after 16383 symbols;
// where the last one has little text yet, its codes say little, and the one before is taken.
#include "codecs/common/decoder_sampler.h"

#include <fmt/format.h>

#include <utility>

#include "codecs/deflate/block_headers.h"
#include "codecs/deflate/block_sampler.h"
#include "codecs/deflate/deflate.h"
#include "zipdream/codec.h"

namespace zipdream {
namespace {

class DeflateDecoderSampler final : public DecoderSampler {
 public:
  explicit DeflateDecoderSampler(std::unique_ptr<Codec> codec) : codec_(std::move(codec)) {}

  Bytes sample(ByteView context, std::size_t count, Rng& rng) const override {
    const Bytes stream = codec_->compress(context);
    const deflate::Blocks blocks = deflate::find_blocks(stream, context.size());
    const std::vector<bool> header =
        sample_header(deflate::header_bits(stream, deflate::telling_header(blocks)));
    Bytes text(context.begin(), context.end());
    const std::size_t end = text.size() + count;
    sample_until(text, end, [&] { sample_block(header, text, end, rng); });
    return {text.begin() + static_cast<std::ptrdiff_t>(context.size()), text.end()};
  }

 private:
  std::unique_ptr<Codec> codec_;  // bare DEFLATE
};

}  // namespace

std::unique_ptr<DecoderSampler> make_deflate_decoder_sampler(const Spec& spec) {
  return std::make_unique<DeflateDecoderSampler>(
      make_deflate(static_cast<int>(spec.number("level"))));
}

}  // namespace zipdream
