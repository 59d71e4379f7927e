// SPDX-License-Identifier: Apache-2.0
#include "codecs/common/decoder_sampler.h"

#include "base/process.h"

namespace zipdream {
namespace {

constexpr int kMaxRefusals = 1000;  // in a row; a decoder that accepts one in ten passes this

}  // namespace

void sample_until(Bytes& text, std::size_t end, const std::function<void()>& go_on) {
  int refusals = 0;
  while (text.size() < end) {
    check_interrupt();
    const std::size_t before = text.size();
    go_on();
    refusals = text.size() > before ? 0 : refusals + 1;
    if (refusals == kMaxRefusals) throw refuses_all_bits();
  }
}

Error refuses_all_bits() {
  return Error(Error::Kind::kFailure, "decoder sampling",
               "the decoder refuses all random bits after this context",
               "give a longer prompt, or take `method` sample");
}

Bytes random_bytes(std::size_t count, Rng& rng) {
  Bytes bytes;
  bytes.reserve(count + sizeof(std::uint64_t));
  while (bytes.size() < count) {
    std::uint64_t word = rng.next();
    for (std::size_t i = 0; i < sizeof word; ++i, word >>= 8) {
      bytes.push_back(static_cast<Byte>(word));
    }
  }
  bytes.resize(count);
  return bytes;
}

}  // namespace zipdream
