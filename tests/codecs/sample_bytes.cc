// SPDX-License-Identifier: Apache-2.0
#include "tests/codecs/sample_bytes.h"

#include <algorithm>
#include <array>
#include <vector>

#include "zipdream/random.h"

namespace zipdream {
namespace {

class Dice {
 public:
  explicit Dice(int seed) : rng_(static_cast<std::uint64_t>(seed)) {}

  std::size_t below(std::size_t count) { return static_cast<std::size_t>(rng_.next() % count); }
  Byte byte() { return static_cast<Byte>(below(256)); }

 private:
  Rng rng_;
};

constexpr std::array<std::string_view, 24> kWords = {
    "the ",  "a ",     "of ",   "compressor ", "dreams ", "and ", "it ",    "is ",
    "that ", "model ", "byte ", "sea, ",       "light ",  "in ",  "every ", "window. ",
    "was ",  "to ",    "not\n", "sleep; ",     "She ",    "Is ",  "wave ",  "entropy "};

}  // namespace

Bytes text_like(std::size_t size, int seed) {
  Dice dice(seed);
  Bytes bytes;
  while (bytes.size() < size) {
    const std::string_view word = kWords[std::min(dice.below(24), dice.below(24))];
    bytes.insert(bytes.end(), word.begin(), word.end());
    if (dice.below(10) == 0) bytes.push_back(static_cast<Byte>('a' + dice.below(26)));
  }
  bytes.resize(size);
  return bytes;
}

Bytes random_bytes(std::size_t size, int seed) {
  Dice dice(seed);
  Bytes bytes(size);
  std::ranges::generate(bytes, [&] { return dice.byte(); });
  return bytes;
}

Bytes runs(std::size_t size, int seed) {
  Dice dice(seed);
  Bytes bytes;
  while (bytes.size() < size) {
    const Byte byte = dice.byte();  // before the length: arguments have no order
    bytes.insert(bytes.end(), 1 + dice.below(600), byte);
  }
  bytes.resize(size);
  return bytes;
}

Bytes few_symbols(std::size_t size, int seed) {
  Dice dice(seed);
  Bytes bytes(size);
  std::ranges::generate(bytes, [&] { return Byte("aaaaaabbbcd"[dice.below(11)]); });
  return bytes;
}

Bytes copies(std::size_t size, int seed) {
  Dice dice(seed);
  Bytes bytes;
  while (bytes.size() < size) {
    const std::size_t length = 3 + dice.below(dice.below(8) == 0 ? 300 : 12);
    if (bytes.size() < 400 || dice.below(5) == 0) {
      for (std::size_t i = 0; i < length; ++i) bytes.push_back(dice.byte());
      continue;
    }
    const std::size_t reach = dice.below(2) == 0 ? 300 : std::min<std::size_t>(bytes.size(), 33000);
    const std::size_t distance = 1 + dice.below(reach);
    for (std::size_t i = 0; i < length; ++i) bytes.push_back(bytes[bytes.size() - distance]);
  }
  bytes.resize(size);
  return bytes;
}

Bytes binary_like(std::size_t size, int seed) {
  Dice dice(seed);
  Bytes bytes;
  for (std::size_t record = 0; bytes.size() < size; ++record) {
    for (const std::size_t value :
         {record, record * 24 + 0x400000, dice.below(40), std::size_t{0}}) {
      for (int i = 0; i < 4; ++i) bytes.push_back(static_cast<Byte>(value >> (8 * i)));
    }
  }
  bytes.resize(size);
  return bytes;
}

namespace {
constexpr std::array<SampleKind, 6> kKinds = {{{"text", text_like},
                                               {"random", random_bytes},
                                               {"runs", runs},
                                               {"few symbols", few_symbols},
                                               {"copies", copies},
                                               {"binary", binary_like}}};
}  // namespace

std::span<const SampleKind> sample_kinds() { return kKinds; }

Bytes without_matches(std::size_t size, int seed) {
  Dice dice(seed);
  std::vector<bool> seen(std::size_t{1} << 21);
  Bytes bytes;
  while (bytes.size() < size) {
    const Byte next = static_cast<Byte>(dice.below(128));
    if (bytes.size() >= 2) {
      const std::size_t triple =
          std::size_t{bytes[bytes.size() - 2]} << 14 | std::size_t{bytes.back()} << 7 | next;
      if (seen[triple]) continue;
      seen[triple] = true;
    }
    bytes.push_back(next);
  }
  return bytes;
}

Bytes hum(std::size_t size, const Resonance& resonance) {
  Rng rng(3);
  Bytes bytes;
  double before = 0;
  double last = 0;
  while (bytes.size() < size) {
    const double noise = rng.uniform() + rng.uniform() + rng.uniform() - 1.5;
    const double next =
        resonance.by_last * last - resonance.by_before * before + resonance.loudness * noise;
    before = last;
    last = next;
    bytes.push_back(static_cast<Byte>(std::clamp(static_cast<int>(next) + 128, 0, 255)));
  }
  return bytes;
}

Bytes concat(ByteView a, ByteView b) {
  Bytes bytes(a.begin(), a.end());
  bytes.insert(bytes.end(), b.begin(), b.end());
  return bytes;
}

}  // namespace zipdream
