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
    std::size_t no_room = 0;
    if (!BrotliEncoderCompressStream(stream.encoder, operation_of(step), &available_in, &next_in,
                                     &no_room, nullptr, nullptr)) {
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

}  // namespace zipdream
