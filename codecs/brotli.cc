// SPDX-License-Identifier: Apache-2.0
// Brotli (RFC 7932) by libbrotli: window 4 MB (lgwin 22), generic mode. The format has no checksum.
#include <brotli/decode.h>
#include <brotli/encode.h>

#include "codecs/coding_loop.h"
#include "codecs/factories.h"
#include "codecs/snapshot/encoders.h"
#include "codecs/snapshot/snapshot_session.h"
#include "codecs/spec.h"

namespace zipdream {
namespace {

constexpr LevelRange kLevels{.min = 0, .max = 11, .fallback = 11};
constexpr int kWindowLog = 22;
constexpr std::string_view kName = "brotli";

struct FreeDecoder {
  void operator()(BrotliDecoderState* decoder) const { BrotliDecoderDestroyInstance(decoder); }
};

class BrotliCodec final : public Codec {
 public:
  explicit BrotliCodec(int level) : level_(level) {}

  Bytes compress(ByteView data) const override {
    std::size_t size = BrotliEncoderMaxCompressedSize(data.size());
    Bytes stream(size);
    if (!BrotliEncoderCompress(level_, kWindowLog, BROTLI_MODE_GENERIC, data.size(), data.data(),
                               &size, stream.data())) {
      throw library_failure(kName, "no reason given");
    }
    stream.resize(size);
    return stream;
  }

  Bytes decompress(ByteView stream, std::size_t max_size) const override {
    const std::unique_ptr<BrotliDecoderState, FreeDecoder> decoder(
        BrotliDecoderCreateInstance(nullptr, nullptr, nullptr));
    if (!decoder) throw library_failure(kName, "out of memory");
    const auto coder = [&](ByteView input, bool /*is_last*/, std::span<Byte> room) {
      std::size_t available_in = input.size();
      const Byte* next_in = input.data();
      std::size_t available_out = room.size();
      Byte* next_out = room.data();
      const BrotliDecoderResult result = BrotliDecoderDecompressStream(
          decoder.get(), &available_in, &next_in, &available_out, &next_out, nullptr);
      if (result == BROTLI_DECODER_RESULT_ERROR) {
        throw damaged(kName, BrotliDecoderErrorString(BrotliDecoderGetErrorCode(decoder.get())));
      }
      return CodingStep{input.size() - available_in, room.size() - available_out,
                        result == BROTLI_DECODER_RESULT_SUCCESS};
    };
    return run_decoder(kName, stream, max_size, Members::kOne, coder);
  }

  std::unique_ptr<Session> start(Units units) const override {
    return start_snapshot_session(*this, units, brotli_encoders(level_, kWindowLog));
  }

 private:
  int level_;
};

}  // namespace

std::unique_ptr<Codec> make_brotli(std::string_view options) {
  return std::make_unique<BrotliCodec>(parse_level(kName, options, kLevels));
}

}  // namespace zipdream
