// SPDX-License-Identifier: Apache-2.0
#include "codecs/brotli/priming.h"

#include <algorithm>
#include <cstdint>

#include "codecs/brotli/stream.h"

namespace zipdream {
namespace {

constexpr std::size_t kMostOfLast = std::size_t{1} << 16;
constexpr std::size_t kStreamHeaderBits = 4;  // of a window of kBrotliWindowLog

class Encoder {
 public:
  Encoder(int quality, std::size_t size)
      : stream_(start_brotli({quality, kBrotliWindowLog, size}, {nullptr, nullptr, nullptr})) {}
  Encoder(const Encoder&) = delete;
  Encoder& operator=(const Encoder&) = delete;
  ~Encoder() { end_brotli(stream_); }

  Bytes encode(ByteView text, BrotliStep end) {
    Bytes output;
    run_brotli(stream_, text, BrotliStep::kGoOn, &output);
    run_brotli(stream_, {}, end, &output);
    return output;
  }

 private:
  BrotliStream stream_;
};

// Bits from the lowest of the first byte on.
class BitWriter {
 public:
  void put(std::uint32_t value, unsigned count) {
    for (unsigned i = 0; i < count; ++i) {
      if (bits_ % 8 == 0) bytes_.push_back(0);
      bytes_.back() |= static_cast<Byte>((value >> i & 1) << bits_ % 8);
      ++bits_;
    }
  }
  [[nodiscard]] std::size_t bits() const { return bits_; }
  [[nodiscard]] const Bytes& bytes() const { return bytes_; }

 private:
  Bytes bytes_;
  std::size_t bits_ = 0;
};

std::uint32_t take(ByteView bytes, std::size_t& at, unsigned count) {
  std::uint32_t value = 0;
  for (unsigned i = 0; i < count && at < 8 * bytes.size(); ++i, ++at) {
    value |= (bytes[at / 8] >> at % 8 & 1U) << i;
  }
  return value;
}

enum class Last { kOneMetaBlock, kSeveral, kStored };

// Copies the meta-block at the end of a stream, with the largest size that a header can give.
// `at`: where it begins in `output`, which ends with a mark.
Last extend(ByteView output, std::size_t at, std::size_t text_size, BitWriter& extended) {
  const std::uint64_t end = brotli_mark(output);
  if (take(output, at, 1) != 0) return Last::kStored;  // the last of a stream: it can't be
  const unsigned nibbles = 4 + take(output, at, 2);
  if (nibbles > 6) return Last::kStored;  // metadata: there is no text
  if (take(output, at, 4 * nibbles) + 1 != text_size) return Last::kSeveral;
  if (take(output, at, 1) != 0) return Last::kStored;
  extended.put(0, 1);
  extended.put(2, 2);  // six nibbles
  extended.put(0xFFFFFF, 24);
  extended.put(0, 1);
  while (at < end) extended.put(take(output, at, 1), 1);
  return Last::kOneMetaBlock;
}

}  // namespace

std::optional<BrotliPriming> prime_brotli(ByteView text, int quality) {
  for (std::size_t last = std::min(text.size(), kMostOfLast); last > 0; last /= 2) {
    Encoder encoder(quality, text.size());
    BrotliPriming priming;
    BitWriter extended;
    const ByteView head = text.first(text.size() - last);
    if (!head.empty()) priming.stream = encoder.encode(head, BrotliStep::kFlush);
    const Bytes output = encoder.encode(text.last(last), BrotliStep::kMark);
    std::size_t at = 0;
    if (head.empty()) extended.put(take(output, at, kStreamHeaderBits), kStreamHeaderBits);
    const Last what = extend(output, at, last, extended);
    if (what == Last::kStored) return std::nullopt;
    if (what == Last::kSeveral) continue;
    const Bytes& bytes = extended.bytes();
    priming.open_bits = extended.bits() % 8;
    if (priming.open_bits > 0) priming.open = bytes.back();
    priming.stream.insert(priming.stream.end(), bytes.begin(),
                          bytes.begin() + static_cast<std::ptrdiff_t>(extended.bits() / 8));
    return priming;
  }
  return std::nullopt;
}

}  // namespace zipdream
