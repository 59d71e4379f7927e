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
// Where that block is stored, the context has no structure that the codec saw, and there is nothing
// to dream from but the bytes themselves: the fixed codes are taken, in which all bytes are alike.
#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <span>
#include <utility>
#include <vector>

#include "codecs/codec.h"
#include "codecs/coding_loop.h"
#include "codecs/registry.h"
#include "generator/dream/factories.h"

namespace zipdream {
namespace {

constexpr std::size_t kWindow = std::size_t{1} << 15;
constexpr std::size_t kEnoughText = 4096;                    // for a block's codes to be taken
constexpr std::size_t kMostPerBlock = std::size_t{1} << 26;  // keeps zlib's 32-bit counters safe
constexpr std::size_t kRandomBytes = std::size_t{1} << 14;

// zlib's decoder of bare DEFLATE.
class Inflater {
 public:
  Inflater() { check(inflateInit2(&stream_, -15)); }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
  ~Inflater() { inflateEnd(&stream_); }

  void give(ByteView input, std::span<Byte> room) {
    stream_.next_in = const_cast<Byte*>(input.data());
    stream_.avail_in = static_cast<uInt>(input.size());
    stream_.next_out = room.data();
    stream_.avail_out = static_cast<uInt>(room.size());
  }
  void check(int status) const {
    if (status != Z_OK) throw library_failure("zlib", "inflate failed");
  }
  z_stream* get() { return &stream_; }

 private:
  z_stream stream_{};
};

// Bits in the order of DEFLATE: the lowest of each byte first.
bool bit_at(ByteView bytes, std::size_t at) { return (bytes[at / 8] >> (at % 8) & 1) != 0; }

struct Header {
  std::size_t begin = 0;  // bits of the stream, half open
  std::size_t end = 0;
  std::size_t text = 0;  // bytes before the block
};

// The header of the last block of a stream that holds enough of the text, or of the first.
Header last_header(ByteView stream, std::size_t text_size) {
  Inflater inflater;
  Bytes text(text_size + 1);
  inflater.give(stream, text);
  Header chosen;
  Header current;
  int status = Z_OK;
  while (status != Z_STREAM_END) {
    status = inflate(inflater.get(), Z_TREES);
    if (status != Z_OK && status != Z_STREAM_END) throw library_failure("zlib", "inflate failed");
    const z_stream& state = *inflater.get();
    const std::size_t bit = 8 * state.total_in - (state.data_type & 63);
    if ((state.data_type & 256) != 0) {
      current.end = bit;
      if (current.text == 0 || text_size - current.text >= kEnoughText) chosen = current;
    } else if ((state.data_type & 128) != 0) {
      current = {.begin = bit, .end = bit, .text = state.total_out};
    }
  }
  return chosen;
}

// The bits of a block's header, without the mark of a last block.
std::vector<bool> header_bits(ByteView stream, const Header& header) {
  std::vector<bool> bits;
  for (std::size_t at = header.begin; at < header.end; ++at) bits.push_back(bit_at(stream, at));
  const bool is_stored = !bits[1] && !bits[2];
  if (is_stored) bits = {false, true, false};  // fixed codes
  bits[0] = false;
  return bits;
}

class GzipDreamer final : public Dreamer {
 public:
  explicit GzipDreamer(std::unique_ptr<Codec> codec) : codec_(std::move(codec)) {}

  Bytes dream(ByteView context, std::size_t count, Rng& rng) const override {
    const Bytes stream = codec_->compress(context);
    const std::vector<bool> header = header_bits(stream, last_header(stream, context.size()));
    Bytes text(context.begin(), context.end());
    const std::size_t end = text.size() + count;
    dream_until(text, end, [&] { dream_block(header, text, end, rng); });
    return {text.begin() + static_cast<std::ptrdiff_t>(context.size()), text.end()};
  }

 private:
  // Appends one block, or as much of it as inflate accepts.
  static void dream_block(const std::vector<bool>& header, Bytes& text, std::size_t end, Rng& rng) {
    Inflater inflater;
    const std::size_t known = std::min(text.size(), kWindow);
    inflater.check(inflateSetDictionary(inflater.get(), text.data() + text.size() - known,
                                        static_cast<uInt>(known)));
    Bytes input = random_bytes(header.size() / 8 + kRandomBytes, rng);
    for (std::size_t i = 0; i < header.size(); ++i) {
      input[i / 8] =
          static_cast<Byte>((input[i / 8] & ~(1U << i % 8)) | unsigned{header[i]} << i % 8);
    }
    const std::size_t begin = text.size();
    text.resize(std::min(end, begin + kMostPerBlock));
    inflater.give(input, std::span(text).subspan(begin));
    z_stream* state = inflater.get();
    while (state->avail_out > 0 && inflate(state, Z_BLOCK) == Z_OK &&
           (state->data_type & 128) == 0) {
      if (state->avail_in > 0) continue;
      input = random_bytes(kRandomBytes, rng);
      state->next_in = input.data();
      state->avail_in = kRandomBytes;
    }
    text.resize(text.size() - state->avail_out);
  }

  std::unique_ptr<Codec> codec_;  // bare DEFLATE
};

}  // namespace

std::unique_ptr<Dreamer> make_gzip_dreamer(std::string_view options) {
  return std::make_unique<GzipDreamer>(
      make_codec(options.empty() ? "deflate" : fmt::format("deflate:{}", options)));
}

}  // namespace zipdream
