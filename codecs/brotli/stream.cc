// SPDX-License-Identifier: Apache-2.0
#include "codecs/brotli/stream.h"

#include <brotli/encode.h>

#include <algorithm>
#include <array>
#include <bit>
#include <new>

#include "codecs/common/coding_loop.h"

namespace zipdream {
namespace {

constexpr std::string_view kName = "brotli";

// Two bytes: for one some versions write a header that is not the format's.
constexpr std::array<Byte, 2> kMetadata = {0xff, 0xff};
// Bits before the last 1 in the header of these.
constexpr std::uint64_t kBeforeLastOne = 6;

constexpr int kMaxFastQuality = 1;
constexpr std::uint64_t kEndBits = 2;

BrotliEncoderOperation operation_of(BrotliStep step) {
  switch (step) {
    case BrotliStep::kGoOn:
      return BROTLI_OPERATION_PROCESS;
    case BrotliStep::kFlush:
      return BROTLI_OPERATION_FLUSH;
    case BrotliStep::kFinish:
      return BROTLI_OPERATION_FINISH;
    case BrotliStep::kMark:
      break;
  }
  return BROTLI_OPERATION_EMIT_METADATA;
}

std::uint64_t bytes_for(std::uint64_t bits) { return (bits + 7) / 8; }

// ---- priming ----

constexpr std::size_t kMaxLastMetaBlock = std::size_t{1} << 16;
constexpr std::size_t kStreamHeaderBits = 4;  // of a window of kBrotliWindowLog

class PrimingEncoder {
 public:
  PrimingEncoder(int quality, std::size_t size)
      : stream_(start_brotli({quality, kBrotliWindowLog, size}, {nullptr, nullptr, nullptr})) {}
  PrimingEncoder(const PrimingEncoder&) = delete;
  PrimingEncoder& operator=(const PrimingEncoder&) = delete;
  ~PrimingEncoder() { end_brotli(stream_); }

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

enum class LastBytes { kOneMetaBlock, kSeveral, kStored };

// Copies the meta-block at the end of a stream, with the largest size that a header can give.
// `at`: where it begins in `output`, which ends with a mark.
LastBytes extend(ByteView output, std::size_t at, std::size_t text_size, BitWriter& extended) {
  const std::uint64_t end = brotli_mark(output);
  if (take(output, at, 1) != 0)
    return LastBytes::kStored;  // the last of a stream, which it can't be
  const unsigned nibbles = 4 + take(output, at, 2);
  if (nibbles > 6) return LastBytes::kStored;  // metadata: there is no text
  if (take(output, at, 4 * nibbles) + 1 != text_size) return LastBytes::kSeveral;
  if (take(output, at, 1) != 0) return LastBytes::kStored;
  extended.put(0, 1);
  extended.put(2, 2);  // six nibbles
  extended.put(0xFFFFFF, 24);
  extended.put(0, 1);
  while (at < end) extended.put(take(output, at, 1), 1);
  return LastBytes::kOneMetaBlock;
}

}  // namespace

BrotliStream start_brotli(const BrotliOptions& options, const BrotliAllocator& allocator) {
  BrotliStream stream;
  stream.encoder =
      BrotliEncoderCreateInstance(allocator.allocate, allocator.release, allocator.opaque);
  if (stream.encoder == nullptr) throw std::bad_alloc();
  const auto set = [&](BrotliEncoderParameter parameter, std::size_t value) {
    BrotliEncoderSetParameter(stream.encoder, parameter, static_cast<std::uint32_t>(value));
  };
  set(BROTLI_PARAM_QUALITY, static_cast<std::size_t>(options.quality));
  set(BROTLI_PARAM_LGWIN, static_cast<std::size_t>(options.window_log));
  set(BROTLI_PARAM_MODE, BROTLI_MODE_GENERIC);
  set(BROTLI_PARAM_SIZE_HINT, options.size_hint);
  return stream;
}

void end_brotli(BrotliStream& stream) { BrotliEncoderDestroyInstance(stream.encoder); }

void run_brotli(BrotliStream& stream, ByteView input, BrotliStep step, Bytes* all_output) {
  stream.consumed += input.size();
  if (step == BrotliStep::kMark) input = kMetadata;
  std::size_t available_in = input.size();
  const Byte* next_in = input.data();
  do {
    std::size_t no_output = 0;
    if (!BrotliEncoderCompressStream(stream.encoder, operation_of(step), &available_in, &next_in,
                                     &no_output, nullptr, nullptr)) {
      throw library_failure(kName, "no reason given");
    }
    std::size_t size = 0;  // as much as there is
    const Byte* const output = BrotliEncoderTakeOutput(stream.encoder, &size);
    stream.output.add({output, size});
    if (all_output != nullptr) all_output->insert(all_output->end(), output, output + size);
  } while (available_in != 0 || BrotliEncoderHasMoreOutput(stream.encoder) ||
           (step == BrotliStep::kFinish && !BrotliEncoderIsFinished(stream.encoder)));
}

std::uint64_t brotli_mark(ByteView output) {
  if (output.size() > kMetadata.size() &&
      std::ranges::equal(output.last(kMetadata.size()), kMetadata)) {
    for (std::size_t at = output.size() - kMetadata.size(); at-- > 0;) {
      if (output[at] == 0) continue;
      const auto top = static_cast<std::uint64_t>(std::bit_width(output[at]) - 1);
      return 8 * at + top - kBeforeLastOne;
    }
  }
  throw library_failure(kName, "it emits no metadata");
}

std::optional<double> brotli_bits(const BrotliStream& marked, int quality,
                                  std::optional<std::uint64_t> size) {
  const ByteView last = marked.output.last();
  const std::uint64_t bits = 8 * (marked.output.count() - last.size()) + brotli_mark(last) +
                             (quality <= kMaxFastQuality ? kEndBits : 0);
  // Stored data fills its last byte, and is stored because it would not become smaller.
  const bool may_be_stored = bits % 8 == 0 || bytes_for(bits) > marked.consumed;
  if (may_be_stored && !size) return std::nullopt;
  if (may_be_stored && bytes_for(bits) != *size) {
    return static_cast<double>(8 * (*size - 1) + kEndBits);
  }
  return static_cast<double>(bits);
}

std::optional<BrotliPriming> prime_brotli(ByteView text, int quality) {
  for (std::size_t last = std::min(text.size(), kMaxLastMetaBlock); last > 0; last /= 2) {
    PrimingEncoder encoder(quality, text.size());
    BrotliPriming priming;
    BitWriter extended;
    const ByteView head = text.first(text.size() - last);
    if (!head.empty()) priming.stream = encoder.encode(head, BrotliStep::kFlush);
    const Bytes output = encoder.encode(text.last(last), BrotliStep::kMark);
    std::size_t at = 0;
    if (head.empty()) extended.put(take(output, at, kStreamHeaderBits), kStreamHeaderBits);
    const LastBytes what = extend(output, at, last, extended);
    if (what == LastBytes::kStored) return std::nullopt;
    if (what == LastBytes::kSeveral) continue;
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
