// SPDX-License-Identifier: Apache-2.0
// The exact session of DEFLATE knows what zlib would write: a level, and a text that is woven from
// the input so that it is long, matches itself, and has places where blocks and windows end. Each
// instruction writes bytes, or copies from behind; then candidates are asked for.
// libFuzzer: -max_len=700
#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "codecs/deflate/exact_session.h"
#include "tests/fuzz/fuzz.h"
#include "zipdream/registry.h"

namespace zipdream {
namespace {

// Most texts are short, so that many are tried. At 17,000 bytes a block may end within, at 70,000
// the window has moved twice.
constexpr std::array<std::size_t, 8> kMaxText = {1000, 1000, 2000,   2000,
                                                 4000, 8000, 17'000, 70'000};
constexpr std::size_t kCandidates = 4;

Bytes weave(FuzzInput& input, std::size_t max_size) {
  Bytes text;
  while (text.size() < max_size) {
    const std::size_t choice = input.choose(4);
    const std::size_t size = 1 + input.choose(600);
    if (choice == 0 || text.empty()) {
      const ByteView bytes = input.take(std::min<std::size_t>(size, 32));
      if (bytes.empty()) return text;
      text.insert(text.end(), bytes.begin(), bytes.end());
    } else if (choice == 1) {  // noise
      std::size_t state = size;
      for (std::size_t i = 0; i < size * 8; ++i) {
        state = state * 6364136223846793005U + 1442695040888963407U;
        text.push_back(static_cast<Byte>(state >> 57));
      }
    } else {
      const std::size_t back = 1 + input.choose(std::min<std::size_t>(text.size(), 65536));
      for (std::size_t i = 0; i < size; ++i) text.push_back(text[text.size() - back]);
    }
  }
  return text;
}

}  // namespace

void fuzz(ByteView data) {
  FuzzInput input(data);
  const auto level = static_cast<int>(1 + input.choose(9));
  std::vector<ByteView> candidates;
  for (std::size_t i = 0; i < kCandidates; ++i) candidates.push_back(input.take(input.choose(6)));
  const Bytes text = weave(input, kMaxText.at(input.choose(kMaxText.size())));
  const auto codec = make_codec("deflate:" + std::to_string(level));
  const auto session = start_exact_session(level, 0, Units::kBytes);
  session->append(text);
  std::vector<double> found(kCandidates);
  session->bits_after(candidates, found);
  for (std::size_t i = 0; i < kCandidates; ++i) {
    Bytes whole = text;
    whole.insert(whole.end(), candidates[i].begin(), candidates[i].end());
    const auto size = static_cast<double>(codec->compress(whole).size());
    check(found[i] == 8 * size, "an exact length is not zlib's");
  }
}

}  // namespace zipdream
