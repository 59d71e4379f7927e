// SPDX-License-Identifier: Apache-2.0
#include "codecs/deflate/block_sampler.h"

#include <zlib.h>

#include <algorithm>
#include <span>

#include "codecs/common/coding_loop.h"
#include "codecs/common/decoder_sampler.h"

namespace zipdream {
namespace {

constexpr std::size_t kWindow = std::size_t{1} << 15;
constexpr std::size_t kMostPerBlock = std::size_t{1} << 26;  // keeps zlib's 32-bit counters safe
constexpr std::size_t kRandomBytes = std::size_t{1} << 14;

// zlib's decoder of bare DEFLATE, after a text.
class Inflater {
 public:
  explicit Inflater(ByteView text) {
    check(inflateInit2(&stream_, -15));
    const ByteView known = text.last(std::min(text.size(), kWindow));
    check(inflateSetDictionary(&stream_, known.data(), static_cast<uInt>(known.size())));
  }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
  ~Inflater() { inflateEnd(&stream_); }

  void give(ByteView input, std::span<Byte> room) {
    stream_.next_in = const_cast<Byte*>(input.data());
    stream_.avail_in = static_cast<uInt>(input.size());
    stream_.next_out = room.data();
    stream_.avail_out = static_cast<uInt>(room.size());
  }
  z_stream* get() { return &stream_; }

 private:
  static void check(int status) {
    if (status != Z_OK) throw library_failure("zlib", "inflate failed");
  }

  z_stream stream_{};
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
  text.resize(std::min(end, begin + kMostPerBlock));
  inflater.give(input, std::span(text).subspan(begin));
  z_stream* state = inflater.get();
  while (state->avail_out > 0 && inflate(state, Z_BLOCK) == Z_OK && (state->data_type & 128) == 0) {
    if (state->avail_in > 0) continue;
    input = random_bytes(kRandomBytes, rng);
    state->next_in = input.data();
    state->avail_in = kRandomBytes;
  }
  text.resize(text.size() - state->avail_out);
}

}  // namespace zipdream
