// SPDX-License-Identifier: Apache-2.0
// Block sorting (Burrows and Wheeler) and Huffman codes, by libbz2. Units::kBits leaves out the
// bits that fill the last byte.
#include "codecs/bzip2/bzip2.h"

#include <bzlib.h>
#include <fmt/format.h>

#include <new>
#include <type_traits>

#include "codecs/bzip2/tables.h"
#include "codecs/common/coding_loop.h"
#include "codecs/common/recycled_memory.h"
#include "codecs/common/snapshot_session.h"

namespace zipdream {
namespace {

constexpr std::string_view kName = "bzip2";

[[noreturn]] void fail(int status) {
  switch (status) {
    case BZ_MEM_ERROR:
      throw std::bad_alloc();
    case BZ_DATA_ERROR_MAGIC:
      throw damaged(kName, "the signature is wrong");
    case BZ_DATA_ERROR:
      throw damaged(kName, "a check failed");
    default:
      throw library_failure(kName, fmt::format("status {}", status));
  }
}

void* allocate(void* /*opaque*/, int items, int size) {
  return allocate_recycled(static_cast<std::size_t>(items) * static_cast<std::size_t>(size));
}

void release(void* /*opaque*/, void* block) { free_recycled(block); }

// A bz_stream with the end that belongs to it.
struct Bzip2Stream : bz_stream {
  explicit Bzip2Stream(int (*end_function)(bz_stream*)) : bz_stream(), end(end_function) {
    bzalloc = allocate;
    bzfree = release;
  }
  Bzip2Stream(const Bzip2Stream&) = delete;
  Bzip2Stream& operator=(const Bzip2Stream&) = delete;
  ~Bzip2Stream() { end(this); }

  void set(ByteView input, std::span<Byte> output) {
    next_in = const_cast<char*>(as_chars(input).data());  // libbz2 doesn't write there
    avail_in = static_cast<unsigned>(input.size());
    next_out = reinterpret_cast<char*>(output.data());
    avail_out = static_cast<unsigned>(output.size());
  }

  CodingStep step(ByteView input, std::span<Byte> output, int status) const {
    return {input.size() - avail_in, output.size() - avail_out, status == BZ_STREAM_END};
  }

  int (*end)(bz_stream*);
};

void start_decoder(bz_stream& stream) {
  const int status = BZ2_bzDecompressInit(&stream, /*verbosity=*/0, /*small=*/0);
  if (status != BZ_OK) fail(status);
}

class Bzip2Codec final : public Codec {
 public:
  explicit Bzip2Codec(int level) : level_(level) {}

  Bytes compress(ByteView data) const override {
    return with_encoder(
        [&](const Coder& coder) { return run_encoder(kName, data, data.size() / 2, coder); });
  }

  std::uint64_t stream_size(const ByteSource& data,
                            std::optional<std::uint64_t> /*size*/) const override {
    return with_encoder([&](const Coder& coder) { return count_encoder(kName, data, coder); });
  }

  double bits(ByteView data, Units units) const override {
    const Bytes stream = compress(data);
    const std::size_t padding = units == Units::kBits ? bzip2_padding_bits(stream) : 0;
    return 8.0 * static_cast<double>(stream.size()) - static_cast<double>(padding);
  }

  Bytes decompress(ByteView data, std::size_t max_size) const override {
    Bzip2Stream stream(BZ2_bzDecompressEnd);
    start_decoder(stream);
    const auto coder = [&](ByteView input, bool /*is_last*/, std::span<Byte> output) {
      stream.set(input, output);
      const int status = BZ2_bzDecompress(&stream);
      if (status != BZ_OK && status != BZ_STREAM_END) fail(status);
      const CodingStep step = stream.step(input, output, status);
      if (step.ended) {  // for a further member
        BZ2_bzDecompressEnd(&stream);
        start_decoder(stream);
      }
      return step;
    };
    return run_decoder(kName, data, max_size, Members::kMany, coder);
  }

  std::unique_ptr<Session> start(Units units) const override {
    return start_snapshot_session(*this, units, bzip2_encoders(level_, units));
  }

 private:
  template <typename Use>
  std::invoke_result_t<Use, const Coder&> with_encoder(Use use) const {
    Bzip2Stream stream(BZ2_bzCompressEnd);
    const int started = BZ2_bzCompressInit(&stream, level_, /*verbosity=*/0, /*workFactor=*/0);
    if (started != BZ_OK) fail(started);
    return use([&](ByteView input, bool is_last, std::span<Byte> output) {
      stream.set(input, output);
      const int status = BZ2_bzCompress(&stream, is_last ? BZ_FINISH : BZ_RUN);
      if (status < 0) fail(status);
      return stream.step(input, output, status);
    });
  }

  int level_;
};

std::unique_ptr<Codec> make(const Spec& spec, const OnCoded& /*on_coded*/) {
  return make_bzip2(static_cast<int>(spec.number("level")));
}

// "1.0.8" of "1.0.8, 13-Jul-2019".
std::string version() {
  const std::string_view text = BZ2_bzlibVersion();
  return std::string(text.substr(0, text.find(',')));
}

constexpr OptionInfo kOptions[] = {{.key = "level", .min = 1, .max = 9, .fallback = "9"}};

}  // namespace

std::unique_ptr<Codec> make_bzip2(int level) { return std::make_unique<Bzip2Codec>(level); }

constinit const ModelInfo kBzip2{
    .name = "bzip2",
    .summary = "block sorting, Huffman codes",
    .options = kOptions,
    .extension = ".bz2",
    .detects_damage = true,
    .make_codec = make,
    .make_predictor = make_bzip2_predictor,
    .tables = "its codes for one more byte in the sorted column",
    .no_decoder_sampler =
        "its decoder undoes the sorting of a whole block, so bits after a "
        "context rewrite the context",
    .library = "bzip2",
    .library_version = version};

}  // namespace zipdream
