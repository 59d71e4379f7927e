// SPDX-License-Identifier: Apache-2.0
// Brotli (RFC 7932) by libbrotli: window 4 MB (lgwin 22), generic mode. The format has no checksum.
//
// Units::kBits counts to the end of the last code word (stream.h). Whole bytes are counted where
// compress() does not do what the streaming encoder does: at quality 10, and where it stores
// everything because that is shorter.
#include "codecs/brotli/brotli.h"

#include <brotli/decode.h>
#include <brotli/encode.h>
#include <fmt/format.h>

#include <cstdint>
#include <new>

#include "codecs/brotli/stream.h"
#include "codecs/common/coding_loop.h"
#include "codecs/common/recycled_memory.h"
#include "codecs/common/snapshot_session.h"

namespace zipdream {
namespace {

constexpr std::string_view kName = "brotli";

// BrotliEncoderCompress() codes this quality by a path of its own.
constexpr int kQualityWithOwnPath = 10;
// Of no data: the size of the window, 1 bit, and the mark of the end.
constexpr double kEmptyStreamBits = 3;

void* allocate(void* /*opaque*/, std::size_t size) { return allocate_recycled(size); }
void release(void* /*opaque*/, void* block) { free_recycled(block); }

struct RunningStream {
  explicit RunningStream(const BrotliOptions& options)
      : stream(start_brotli(options, {allocate, release, nullptr})) {}
  RunningStream(const RunningStream&) = delete;
  RunningStream& operator=(const RunningStream&) = delete;
  ~RunningStream() { end_brotli(stream); }
  BrotliStream stream;
};

struct FreeDecoder {
  void operator()(BrotliDecoderState* decoder) const { BrotliDecoderDestroyInstance(decoder); }
};

[[noreturn]] void fail(BrotliDecoderErrorCode code) {
  const bool is_out_of_memory = BROTLI_DECODER_ERROR_ALLOC_BLOCK_TYPE_TREES <= code &&
                                code <= BROTLI_DECODER_ERROR_ALLOC_CONTEXT_MODES;
  if (is_out_of_memory) throw std::bad_alloc();
  throw damaged(kName, BrotliDecoderErrorString(code));
}

class BrotliCodec final : public Codec {
 public:
  explicit BrotliCodec(int level) : level_(level) {}

  Bytes compress(ByteView data) const override {
    std::size_t size = BrotliEncoderMaxCompressedSize(data.size());
    Bytes stream(size);
    if (!BrotliEncoderCompress(level_, kBrotliWindowLog, BROTLI_MODE_GENERIC, data.size(),
                               data.data(), &size, stream.data())) {
      throw library_failure(kName, "no reason given");
    }
    stream.resize(size);
    return stream;
  }

  double bits(ByteView data, Units units) const override {
    std::optional<double> bits;
    if (units == Units::kBits && level_ != kQualityWithOwnPath) {
      bits = data.empty() ? kEmptyStreamBits : marked_bits(data);
    }
    return bits ? *bits : Codec::bits(data, Units::kBytes);
  }

  Bytes decompress(ByteView stream, std::size_t max_size) const override {
    const std::unique_ptr<BrotliDecoderState, FreeDecoder> decoder(
        BrotliDecoderCreateInstance(nullptr, nullptr, nullptr));
    if (!decoder) throw std::bad_alloc();
    const auto coder = [&](ByteView input, bool /*is_last*/, std::span<Byte> output) {
      std::size_t available_in = input.size();
      const Byte* next_in = input.data();
      std::size_t available_out = output.size();
      Byte* next_out = output.data();
      const BrotliDecoderResult result = BrotliDecoderDecompressStream(
          decoder.get(), &available_in, &next_in, &available_out, &next_out, nullptr);
      if (result == BROTLI_DECODER_RESULT_ERROR) fail(BrotliDecoderGetErrorCode(decoder.get()));
      return CodingStep{input.size() - available_in, output.size() - available_out,
                        result == BROTLI_DECODER_RESULT_SUCCESS};
    };
    return run_decoder(kName, stream, max_size, Members::kOne, coder);
  }

  std::unique_ptr<Session> start(Units units) const override {
    return start_snapshot_session(*this, units, brotli_encoders(level_, kBrotliWindowLog, units));
  }

 private:
  std::optional<double> marked_bits(ByteView data) const {
    const BrotliOptions options{level_, kBrotliWindowLog, data.size()};
    RunningStream running(options);
    run_brotli(running.stream, data, BrotliStep::kGoOn);
    run_brotli(running.stream, {}, BrotliStep::kMark);
    if (const std::optional<double> bits = brotli_bits(running.stream, level_)) return bits;
    RunningStream finished(options);
    run_brotli(finished.stream, data, BrotliStep::kFinish);
    const std::uint64_t size = finished.stream.output.count();
    if (size > BrotliEncoderMaxCompressedSize(data.size())) return std::nullopt;
    return brotli_bits(running.stream, level_, size);
  }

  int level_;
};

std::unique_ptr<Codec> make(const Spec& spec, const OnCoded& /*on_coded*/) {
  return std::make_unique<BrotliCodec>(static_cast<int>(spec.number("level")));
}

// 8, 12 and 12 bits.
std::string version() {
  const std::uint32_t packed = BrotliEncoderVersion();
  return fmt::format("{}.{}.{}", packed >> 24, packed >> 12 & 0xfff, packed & 0xfff);
}

constexpr OptionInfo kOptions[] = {
    {.key = "level", .min = 0, .max = kMaxBrotliQuality, .fallback = "11"}};

}  // namespace

constinit const ModelInfo kBrotli{.name = "brotli",
                                  .summary = "strings, contexts, a dictionary",
                                  .options = kOptions,
                                  .extension = ".br",
                                  .make_codec = make,
                                  .make_decoder_sampler = make_brotli_decoder_sampler,
                                  .library = "brotli",
                                  .library_version = version};

}  // namespace zipdream
