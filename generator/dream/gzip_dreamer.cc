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
#include <fmt/format.h>

#include <utility>

#include "codecs/codec.h"
#include "codecs/deflate/block_headers.h"
#include "codecs/registry.h"
#include "generator/dream/deflate_dream.h"
#include "generator/dream/factories.h"

namespace zipdream {
namespace {

class GzipDreamer final : public Dreamer {
 public:
  explicit GzipDreamer(std::unique_ptr<Codec> codec) : codec_(std::move(codec)) {}

  Bytes dream(ByteView context, std::size_t count, Rng& rng) const override {
    const Bytes stream = codec_->compress(context);
    const deflate::Blocks blocks = deflate::find_blocks(stream, context.size());
    const std::vector<bool> header =
        dream_header(deflate::header_bits(stream, deflate::telling_header(blocks)));
    Bytes text(context.begin(), context.end());
    const std::size_t end = text.size() + count;
    dream_until(text, end, [&] { dream_block(header, text, end, rng); });
    return {text.begin() + static_cast<std::ptrdiff_t>(context.size()), text.end()};
  }

 private:
  std::unique_ptr<Codec> codec_;  // bare DEFLATE
};

}  // namespace

std::unique_ptr<Dreamer> make_gzip_dreamer(std::string_view options) {
  return std::make_unique<GzipDreamer>(
      make_codec(options.empty() ? "deflate" : fmt::format("deflate:{}", options)));
}

}  // namespace zipdream
