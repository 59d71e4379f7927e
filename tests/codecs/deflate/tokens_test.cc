// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "codecs/deflate/block_headers.h"
#include "codecs/deflate/deflate.h"
#include "tests/codecs/sample_bytes.h"
#include "zipdream/error.h"
#include "zipdream/registry.h"

namespace zipdream {
namespace {

// What the tokens say.
Bytes text_of(const std::vector<deflate::Token>& tokens) {
  Bytes text;
  for (const deflate::Token& token : tokens) {
    if (token.is_literal()) text.push_back(token.literal());
    for (int i = 0; i < token.length; ++i) text.push_back(text[text.size() - token.distance]);
  }
  return text;
}

// Of gzip's format without its header.
Bytes bare_stream(std::string_view spec, ByteView text) {
  const Bytes stream = make_codec(spec)->compress(text);
  return {stream.begin() + kGzipHeaderBytes, stream.end()};
}

TEST(DeflateTokens, SayTheTextOfEveryEncoder) {
  for (const char* spec : {"gzip:1", "gzip:9", "libdeflate:1", "libdeflate:12", "zopfli:1"}) {
    for (const SampleKind& kind : sample_kinds()) {
      for (const std::size_t size : {0, 1, 3, 300, 40'000}) {
        const Bytes text = kind.make(size, 3);
        EXPECT_EQ(text_of(deflate::read_tokens(bare_stream(spec, text), size)), text)
            << spec << " " << kind.name << " " << size;
      }
    }
  }
}

TEST(DeflateTokens, AreLiteralsWhereABlockIsStored) {
  const Bytes noise = random_bytes(100'000);
  const auto tokens = deflate::read_tokens(bare_stream("gzip:6", noise), noise.size());
  EXPECT_EQ(tokens.size(), noise.size());
}

TEST(DeflateTokens, AreAnErrorInADamagedStream) {
  const Bytes text = text_like(900);
  Bytes stream = make_codec("deflate:6")->compress(text);
  for (std::size_t size = 0; size < stream.size(); ++size) {
    EXPECT_THROW((void)deflate::read_tokens(ByteView(stream).first(size), text.size()), Error);
  }
  for (std::size_t bit = 0; bit < 8 * stream.size(); ++bit) {
    stream[bit / 8] ^= static_cast<Byte>(1 << bit % 8);
    try {
      EXPECT_EQ(text_of(deflate::read_tokens(stream, text.size())).size(), text.size()) << bit;
    } catch (const Error&) {
    }
    stream[bit / 8] ^= static_cast<Byte>(1 << bit % 8);
  }
}

}  // namespace
}  // namespace zipdream
