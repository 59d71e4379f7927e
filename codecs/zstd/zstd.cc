// SPDX-License-Identifier: Apache-2.0
// Zstandard (RFC 8878) by libzstd: one frame with its content size and checksum. Because the size
// is pledged, zstd chooses its parameters by it, and L(x) may jump where they change (16, 128 and
// 256 KiB).
//
// Units::kBits leaves out the bits that fill each stream of bits in it to whole bytes (frame.h).
#include "codecs/zstd/zstd.h"

#include <zstd.h>
#include <zstd_errors.h>

#include <new>

#include "codecs/common/coding_loop.h"
#include "codecs/common/snapshot_session.h"
#include "codecs/zstd/frame.h"

namespace zipdream {
namespace {

constexpr std::string_view kName = "zstd";

// The largest window that a level uses, and the most that a decoder reserves for a frame that
// claims more (touched only as far as there is data).
constexpr int kMaxWindowLog = 27;

// A context that a thread keeps, so that small inputs don't pay for its tables each time.
template <class Context, Context* (*kCreate)(), std::size_t (*kFree)(Context*)>
Context& thread_context() {
  struct Free {
    void operator()(Context* context) const { kFree(context); }
  };
  thread_local std::unique_ptr<Context, Free> context;
  if (!context) context.reset(kCreate());
  if (!context) throw std::bad_alloc();
  return *context;
}

bool is_out_of_memory(std::size_t result) {
  return ZSTD_getErrorCode(result) == ZSTD_error_memory_allocation;
}

std::size_t check(std::size_t result) {
  if (!ZSTD_isError(result)) return result;
  if (is_out_of_memory(result)) throw std::bad_alloc();
  throw library_failure(kName, ZSTD_getErrorName(result));
}

std::size_t check_decoded(std::size_t result) {
  if (!ZSTD_isError(result)) return result;
  if (is_out_of_memory(result)) throw std::bad_alloc();
  throw damaged(kName, ZSTD_getErrorName(result));
}

class ZstdCodec final : public Codec {
 public:
  explicit ZstdCodec(int level) : level_(level) {}

  Bytes compress(ByteView data) const override {
    ZSTD_CCtx& context = fresh_encoder();
    Bytes stream(ZSTD_compressBound(data.size()));
    stream.resize(
        check(ZSTD_compress2(&context, stream.data(), stream.size(), data.data(), data.size())));
    return stream;
  }

  std::uint64_t stream_size(const ByteSource& data,
                            std::optional<std::uint64_t> size) const override {
    if (!size) return Codec::stream_size(data, size);  // it belongs in the frame's header
    ZSTD_CCtx& context = fresh_encoder();
    check(ZSTD_CCtx_setPledgedSrcSize(&context, *size));
    return count_encoder(kName, data, [&](ByteView input, bool is_last, std::span<Byte> output) {
      ZSTD_inBuffer in{input.data(), input.size(), 0};
      ZSTD_outBuffer out{output.data(), output.size(), 0};
      const ZSTD_EndDirective end = is_last ? ZSTD_e_end : ZSTD_e_continue;
      const bool flushed = check(ZSTD_compressStream2(&context, &out, &in, end)) == 0;
      return CodingStep{in.pos, out.pos, flushed && is_last};
    });
  }

  double bits(ByteView data, Units units) const override {
    const Bytes stream = compress(data);
    const std::size_t padding = units == Units::kBits ? zstd_padding(stream) : 0;
    return 8.0 * static_cast<double>(stream.size()) - static_cast<double>(padding);
  }

  Bytes decompress(ByteView stream, std::size_t max_size) const override {
    ZSTD_DCtx& context = thread_context<ZSTD_DCtx, ZSTD_createDCtx, ZSTD_freeDCtx>();
    check(ZSTD_DCtx_reset(&context, ZSTD_reset_session_and_parameters));
    check(ZSTD_DCtx_setParameter(&context, ZSTD_d_windowLogMax, kMaxWindowLog));
    const auto coder = [&](ByteView input, bool /*is_last*/, std::span<Byte> output) {
      ZSTD_inBuffer in{input.data(), input.size(), 0};
      ZSTD_outBuffer out{output.data(), output.size(), 0};
      const bool ended = check_decoded(ZSTD_decompressStream(&context, &out, &in)) == 0;
      return CodingStep{in.pos, out.pos, ended};
    };
    return run_decoder(kName, stream, max_size, Members::kMany, coder);
  }

  std::unique_ptr<Session> start(Units units) const override {
    return start_snapshot_session(*this, units, zstd_encoders(level_, units));
  }

 private:
  [[nodiscard]] ZSTD_CCtx& fresh_encoder() const {
    ZSTD_CCtx& context = thread_context<ZSTD_CCtx, ZSTD_createCCtx, ZSTD_freeCCtx>();
    check(ZSTD_CCtx_reset(&context, ZSTD_reset_session_and_parameters));
    check(ZSTD_CCtx_setParameter(&context, ZSTD_c_compressionLevel, level_));
    check(ZSTD_CCtx_setParameter(&context, ZSTD_c_contentSizeFlag, 1));
    check(ZSTD_CCtx_setParameter(&context, ZSTD_c_checksumFlag, 1));
    return context;
  }

  int level_;
};

std::unique_ptr<Codec> make(const Spec& spec, const OnCoded& /*on_coded*/) {
  return make_zstd(static_cast<int>(spec.number("level")));
}

std::string version() { return ZSTD_versionString(); }

constexpr OptionInfo kOptions[] = {{.key = "level", .min = 1, .max = 22, .fallback = "3"}};

}  // namespace

std::unique_ptr<Codec> make_zstd(int level) { return std::make_unique<ZstdCodec>(level); }

constinit const ModelInfo kZstd{
    .name = "zstd",
    .summary = "strings, finite-state entropy",
    .options = kOptions,
    .extension = ".zst",
    .detects_damage = true,
    .make_codec = make,
    .make_predictor = make_zstd_predictor,
    .make_decoder_sampler = make_zstd_decoder_sampler,
    .tables = "all parses of the last match, by how often codes are used",
    .library = "zstd",
    .library_version = version};

}  // namespace zipdream
