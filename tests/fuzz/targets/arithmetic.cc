// SPDX-License-Identifier: Apache-2.0
// The arithmetic decoder takes any bytes, and gives back what was coded: a model, whether the rest
// is a stream or content, the rest.
// libFuzzer: -max_len=200
#include <array>
#include <memory>
#include <string>

#include "tests/fuzz/fuzz.h"
#include "zipdream/registry.h"

namespace zipdream {
namespace {

constexpr std::size_t kMaxSize = 100;
constexpr std::array kSpecs = {"arith:ppm:2", "arith:ppm:6", "arith:cm",           "arith:gzip:6",
                               "arith:bzip2", "arith:flac",  "arith:png:6,width=5"};

const Codec& codec(std::size_t i) {
  static std::array<std::unique_ptr<Codec>, kSpecs.size()> made;
  if (!made.at(i)) made.at(i) = make_codec(kSpecs.at(i));
  return *made.at(i);
}

}  // namespace

void fuzz(ByteView data) {
  FuzzInput input(data);
  const Codec& coder = codec(input.choose(kSpecs.size()));
  const bool is_stream = input.choose(2) == 0;
  if (is_stream) {
    const ByteView stream = input.rest();
    accepts([&] { check(coder.decompress(stream, kMaxSize).size() <= kMaxSize, "too much"); });
    return;
  }
  const ByteView content = input.take(kMaxSize);
  const Bytes back = coder.decompress(coder.compress(content), content.size());
  check(back == Bytes(content.begin(), content.end()), "a round trip");
}

}  // namespace zipdream
