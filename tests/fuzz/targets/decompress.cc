// SPDX-License-Identifier: Apache-2.0
// Every codec's decoder takes any bytes: the choice of the codec, then its stream.
// libFuzzer: -max_len=1000
#include <memory>
#include <vector>

#include "tests/fuzz/cheap_codecs.h"
#include "tests/fuzz/fuzz.h"
#include "zipdream/registry.h"

namespace zipdream {
namespace {

constexpr std::size_t kMaxSize = 20'000;

const std::vector<std::unique_ptr<Codec>>& codecs() {
  static const auto all = cheap_codecs();
  return all;
}

}  // namespace

void fuzz(ByteView data) {
  FuzzInput input(data);
  const Codec& codec = *codecs()[input.choose(codecs().size())];
  const ByteView stream = input.rest();
  accepts([&] {
    const Bytes content = codec.decompress(stream, kMaxSize);
    check(content.size() <= kMaxSize, "more than asked for");
    // What a decoder takes for a stream comes back from one of our own.
    check(codec.decompress(codec.compress(content), content.size()) == content, "a round trip");
  });
}

}  // namespace zipdream
