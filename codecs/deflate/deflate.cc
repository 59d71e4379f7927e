// SPDX-License-Identifier: Apache-2.0
// DEFLATE (RFC 1951) by zlib, alone or wrapped as gzip (RFC 1952) or zlib (RFC 1950). Sizes are
// those of Python's gzip and zlib modules: window 32 KB, memLevel 8, default strategy, everything
// in one call.
#include "codecs/deflate/deflate.h"

#include <zlib.h>

#include <algorithm>
#include <new>
#include <type_traits>
#include <utility>

#include "codecs/common/coding_loop.h"
#include "codecs/deflate/block_headers.h"
#include "codecs/deflate/deflater.h"
#include "codecs/deflate/exact_session.h"
#include "codecs/deflate/session.h"

namespace zipdream {
namespace {

constexpr int kMemLevel = 8;

struct Container {
  std::string_view name;
  int window_bits;            // as zlib has it: + 16 asks for gzip, a negative sign for no wrapper
  std::size_t wrapper_bytes;  // header and trailer
  Members members;
};
constexpr Container kGzipContainer{"gzip", 15 + 16, kGzipHeaderBytes + kGzipTrailerBytes,
                                   Members::kMany};
constexpr Container kZlibContainer{"zlib", 15, 2 + 4, Members::kOne};
constexpr Container kDeflateContainer{"deflate", -15, 0, Members::kOne};

// A z_stream with the end that belongs to it.
struct ZlibStream : z_stream {
  explicit ZlibStream(int (*end_function)(z_stream*)) : z_stream(), end(end_function) {}
  ZlibStream(const ZlibStream&) = delete;
  ZlibStream& operator=(const ZlibStream&) = delete;
  ~ZlibStream() { end(this); }

  // One call of deflate() or inflate(); `status` is what it returned.
  CodingStep run(int (*code)(z_stream*, int), ByteView input, std::span<Byte> output, int flush,
                 int& status) {
    next_in = const_cast<Byte*>(input.data());  // zlib doesn't write there
    avail_in = static_cast<uInt>(input.size());
    next_out = output.data();
    avail_out = static_cast<uInt>(output.size());
    status = code(this, flush);
    return {input.size() - avail_in, output.size() - avail_out, status == Z_STREAM_END};
  }

  int (*end)(z_stream*);
};

class GzipCodec final : public Codec {
 public:
  GzipCodec(const Container& container, int level) : container_(container), level_(level) {}

  Bytes compress(ByteView data) const override {
    return with_encoder([&](ZlibStream& stream, const Coder& coder) {
      return run_encoder(container_.name, data, deflateBound(&stream, data.size()), coder);
    });
  }

  std::uint64_t stream_size(const ByteSource& data,
                            std::optional<std::uint64_t> /*size*/) const override {
    return with_encoder([&](ZlibStream& /*stream*/, const Coder& coder) {
      return count_encoder(container_.name, data, coder);
    });
  }

  Bytes decompress(ByteView data, std::size_t max_size) const override {
    ZlibStream stream(inflateEnd);
    int status = inflateInit2(&stream, container_.window_bits);
    check_started(status);
    return run_decoder(container_.name, data, max_size, container_.members,
                       [&](ByteView input, bool /*is_last*/, std::span<Byte> output) {
                         const CodingStep step =
                             stream.run(::inflate, input, output, Z_NO_FLUSH, status);
                         check_inflate(status, stream.msg);
                         if (step.ended) inflateReset(&stream);  // for a further member
                         return step;
                       });
  }

  double bits(ByteView data, Units units) const override {
    const std::unique_ptr<Session> session = start(units);
    session->append(data);
    return session->bits();
  }

  std::unique_ptr<Session> start(Units units) const override {
    return exact_session_knows_zlib() ? start_exact_session(level_, container_.wrapper_bytes, units)
                                      : start_gzip_session(level_, container_.wrapper_bytes, units);
  }

 private:
  template <typename Use>
  std::invoke_result_t<Use, ZlibStream&, const Coder&> with_encoder(Use use) const {
    ZlibStream stream(deflateEnd);
    int status = deflateInit2(&stream, level_, Z_DEFLATED, container_.window_bits, kMemLevel,
                              Z_DEFAULT_STRATEGY);
    check_started(status);
    return use(stream, [&](ByteView input, bool is_last, std::span<Byte> output) {
      const int flush = is_last ? Z_FINISH : Z_NO_FLUSH;
      return stream.run(::deflate, input, output, flush, status);
    });
  }

  void check_started(int status) const {
    if (status == Z_MEM_ERROR) throw std::bad_alloc();
    if (status != Z_OK) throw library_failure(container_.name, zError(status));
  }

  void check_inflate(int status, const char* message) const {
    if (status == Z_OK || status == Z_STREAM_END || status == Z_BUF_ERROR) return;
    if (status == Z_NEED_DICT) throw damaged(container_.name, "it needs a preset dictionary");
    if (status == Z_MEM_ERROR) throw std::bad_alloc();
    throw damaged(container_.name, message != nullptr ? message : zError(status));
  }

  Container container_;
  int level_;
};

// The codec of another encoder that writes gzip's format. Its sessions compress anew for every
// candidate.
class WrittenGzip final : public Codec {
 public:
  WrittenGzip(std::string_view name, GzipWriter writer)
      : reader_({name, 15 + 16, kGzipHeaderBytes + kGzipTrailerBytes, Members::kMany}, /*level=*/1),
        writer_(std::move(writer)) {}

  Bytes compress(ByteView data) const override { return writer_(data); }

  Bytes decompress(ByteView data, std::size_t max_size) const override {
    return reader_.decompress(data, max_size);
  }

  // To the bit at which inflate finds the end of the last block.
  double bits(ByteView data, Units units) const override {
    const Bytes stream = compress(data);
    if (units == Units::kBytes) return 8.0 * static_cast<double>(stream.size());
    const ByteView blocks = ByteView(stream).subspan(kGzipHeaderBytes);
    return static_cast<double>(8 * (kGzipHeaderBytes + kGzipTrailerBytes) +
                               deflate::find_blocks(blocks, data.size()).end);
  }

 private:
  GzipCodec reader_;
  GzipWriter writer_;
};

template <const Container& kContainer>
std::unique_ptr<Codec> make(const Spec& spec, const OnCoded& /*on_coded*/) {
  return std::make_unique<GzipCodec>(kContainer, static_cast<int>(spec.number("level")));
}

std::string version() { return zlibVersion(); }

constexpr OptionInfo kOptions[] = {{.key = "level", .min = 1, .max = 9, .fallback = "6"}};
constexpr std::string_view kTables = "all parses, by how often symbols are used";

}  // namespace

std::unique_ptr<Codec> make_deflate(int level) {
  return std::make_unique<GzipCodec>(kDeflateContainer, level);
}

std::unique_ptr<Codec> make_gzip_codec(std::string_view name, GzipWriter writer) {
  return std::make_unique<WrittenGzip>(name, std::move(writer));
}

constinit const ModelInfo kGzip{.name = "gzip",
                                .summary = "DEFLATE: strings, Huffman codes",
                                .options = kOptions,
                                .extension = ".gz",
                                .detects_damage = true,
                                .make_codec = make<kGzipContainer>,
                                .make_predictor = make_deflate_predictor,
                                .make_decoder_sampler = make_deflate_decoder_sampler,
                                .tables = kTables,
                                .library = "zlib",
                                .library_version = version};

constinit const ModelInfo kZlib{.name = "zlib",
                                .summary = "DEFLATE in a zlib stream",
                                .options = kOptions,
                                .extension = ".zz",
                                .detects_damage = true,
                                .make_codec = make<kZlibContainer>,
                                .make_predictor = make_deflate_predictor,
                                .make_decoder_sampler = make_deflate_decoder_sampler,
                                .tables = kTables,
                                .library = "zlib",
                                .library_version = version};

constinit const ModelInfo kDeflate{.name = "deflate",
                                   .summary = "DEFLATE with nothing around it",
                                   .options = kOptions,
                                   .extension = "",
                                   .detects_damage = false,
                                   .make_codec = make<kDeflateContainer>,
                                   .make_predictor = make_deflate_predictor,
                                   .make_decoder_sampler = make_deflate_decoder_sampler,
                                   .tables = kTables,
                                   .library = "zlib",
                                   .library_version = version};

}  // namespace zipdream
