// SPDX-License-Identifier: Apache-2.0
// LZMA2 in .xz files, and LZMA in the older .lzma files, by liblzma. Sizes are those of Python's
// lzma.compress(preset=...): CRC64 for xz; for .lzma an unknown size and an end marker.
//
// Units::kBits counts what the range coder has coded, in fractions of bits (meter.h), and not the
// zeros with which .xz pads its block to a multiple of four bytes.
#include "codecs/lzma/lzma.h"

#include <fmt/format.h>
#include <lzma.h>

#include <limits>
#include <memory>
#include <new>
#include <type_traits>

#include "codecs/common/coding_loop.h"
#include "codecs/common/recycled_memory.h"
#include "codecs/common/snapshot_session.h"

namespace zipdream {
namespace {

// What any preset needs to decode (65 MiB for level 9, most of it the 64 MiB of the dictionary). A
// stream that asks for more must be allowed that much data.
constexpr std::uint64_t kDecoderMemory = std::uint64_t{80} << 20;

std::uint64_t memory_limit(std::size_t max_size) {
  constexpr std::uint64_t kMax = std::numeric_limits<std::uint64_t>::max();
  return max_size < kMax - kDecoderMemory ? max_size + kDecoderMemory : kMax;
}

std::string_view describe(lzma_ret status) {
  switch (status) {
    case LZMA_FORMAT_ERROR:
      return "the signature is wrong";
    case LZMA_OPTIONS_ERROR:
      return "it uses options that are not supported";
    case LZMA_DATA_ERROR:
      return "a check failed";
    default:
      return "unexpected status";
  }
}

void* allocate(void* /*opaque*/, std::size_t items, std::size_t size) {
  return allocate_recycled(items * size);
}

void release(void* /*opaque*/, void* block) { free_recycled(block); }

constexpr lzma_allocator kRecycling{allocate, release, nullptr};

// liblzma zeroes memory of an allocator of ours, but takes its own from calloc(), which leaves the
// zeroing of the tables of 32 MB and more of presets 7 to 9 to the kernel, page by touched page.
const lzma_allocator* allocator_for(std::uint32_t preset) {
  return (preset & LZMA_PRESET_LEVEL_MASK) <= 6 ? &kRecycling : nullptr;
}

class LzmaStream {
 public:
  explicit LzmaStream(std::string_view codec, const lzma_allocator* allocator = nullptr)
      : codec_(codec) {
    stream_.allocator = allocator;
  }
  LzmaStream(const LzmaStream&) = delete;
  LzmaStream& operator=(const LzmaStream&) = delete;
  ~LzmaStream() { lzma_end(&stream_); }

  lzma_stream* get() { return &stream_; }

  void check_started(lzma_ret status) const {
    if (status == LZMA_MEM_ERROR) throw std::bad_alloc();
    if (status != LZMA_OK) throw library_failure(codec_, describe(status));
  }

  CodingStep run(ByteView input, bool is_last, std::span<Byte> output) {
    stream_.next_in = input.data();
    stream_.avail_in = input.size();
    stream_.next_out = output.data();
    stream_.avail_out = output.size();
    check(lzma_code(&stream_, is_last ? LZMA_FINISH : LZMA_RUN));
    return {input.size() - stream_.avail_in, output.size() - stream_.avail_out, ended_};
  }

 private:
  void check(lzma_ret status) {
    ended_ = status == LZMA_STREAM_END;
    switch (status) {
      case LZMA_OK:
      case LZMA_STREAM_END:
      case LZMA_BUF_ERROR:
        return;  // no progress: the loop sees it
      case LZMA_MEM_ERROR:
        throw std::bad_alloc();
      case LZMA_MEMLIMIT_ERROR:
        throw Error(
            fmt::format("{}: the stream asks for {} MiB to decode; raise the limit on its data",
                        codec_, lzma_memusage(&stream_) >> 20));
      default:
        throw damaged(codec_, describe(status));
    }
  }

  std::string_view codec_;
  lzma_stream stream_ = LZMA_STREAM_INIT;
  bool ended_ = false;
};

// The two formats differ in which coder is set up and in whether streams may follow each other. A
// stream of either is decoded with memory for its dictionary, which is touched only as far as there
// is data.
struct Format {
  std::string_view name;
  LzmaFormat format;
  lzma_ret (*start_encoder)(lzma_stream*, std::uint32_t preset);
  lzma_ret (*start_decoder)(lzma_stream*, std::uint64_t memory_limit);
};

lzma_ret start_xz_encoder(lzma_stream* stream, std::uint32_t preset) {
  return lzma_easy_encoder(stream, preset, LZMA_CHECK_CRC64);
}

lzma_ret start_xz_decoder(lzma_stream* stream, std::uint64_t memory_limit) {
  return lzma_stream_decoder(stream, memory_limit, LZMA_CONCATENATED);
}

lzma_ret start_lzma_encoder(lzma_stream* stream, std::uint32_t preset) {
  lzma_options_lzma options;
  if (lzma_lzma_preset(&options, preset)) return LZMA_OPTIONS_ERROR;
  return lzma_alone_encoder(stream, &options);
}

lzma_ret start_lzma_decoder(lzma_stream* stream, std::uint64_t memory_limit) {
  return lzma_alone_decoder(stream, memory_limit);
}

constexpr Format kXzFormat{"xz", LzmaFormat::kXz, start_xz_encoder, start_xz_decoder};
constexpr Format kLzmaFormat{"lzma", LzmaFormat::kLzma, start_lzma_encoder, start_lzma_decoder};

class XzCodec final : public Codec {
 public:
  XzCodec(const Format& format, std::uint32_t preset) : format_(format), preset_(preset) {}

  Bytes compress(ByteView data) const override {
    return with_encoder([&](const Coder& coder) {
      return run_encoder(format_.name, data, data.size() / 2, coder);
    });
  }

  std::uint64_t stream_size(const ByteSource& data,
                            std::optional<std::uint64_t> /*size*/) const override {
    return with_encoder(
        [&](const Coder& coder) { return count_encoder(format_.name, data, coder); });
  }

  double bits(ByteView data, Units units) const override {
    const Bytes stream = compress(data);
    if (units == Units::kBits) return LzmaMeter(format_.format).bits(stream, data);
    return 8.0 * static_cast<double>(stream.size());
  }

  Bytes decompress(ByteView data, std::size_t max_size) const override {
    LzmaStream stream(format_.name);
    stream.check_started(format_.start_decoder(stream.get(), memory_limit(max_size)));
    // Concatenated .xz streams are one to liblzma.
    return run_decoder(format_.name, data, max_size, Members::kOne,
                       [&](ByteView input, bool is_last, std::span<Byte> output) {
                         return stream.run(input, is_last, output);
                       });
  }

  std::unique_ptr<Session> start(Units units) const override {
    return start_snapshot_session(*this, units, lzma_encoders(format_.format, preset_, units));
  }

 private:
  template <typename Use>
  std::invoke_result_t<Use, const Coder&> with_encoder(Use use) const {
    LzmaStream stream(format_.name, allocator_for(preset_));
    stream.check_started(format_.start_encoder(stream.get(), preset_));
    return use([&](ByteView input, bool is_last, std::span<Byte> output) {
      return stream.run(input, is_last, output);
    });
  }

  Format format_;
  std::uint32_t preset_;
};

template <const Format& kFormat>
std::unique_ptr<Codec> make(const Spec& spec, const OnCoded& /*on_coded*/) {
  return std::make_unique<XzCodec>(kFormat, lzma_preset(spec));
}

std::string version() { return lzma_version_string(); }

constexpr OptionInfo kOptions[] = {
    {.key = "level", .min = 0, .max = 9, .flag = "e", .fallback = "6"}};
constexpr std::string_view kTables = "all parses, by means of the coder's decisions";

}  // namespace

std::uint32_t lzma_preset(const Spec& spec) {
  const auto level = static_cast<std::uint32_t>(spec.number("level"));
  return level | (spec.get("level").ends_with('e') ? LZMA_PRESET_EXTREME : 0);
}

std::unique_ptr<Codec> make_lzma(std::uint32_t preset) {
  return std::make_unique<XzCodec>(kLzmaFormat, preset);
}

constinit const ModelInfo kXz{.name = "xz",
                              .summary = "LZMA2: strings, arithmetic coder",
                              .options = kOptions,
                              .extension = ".xz",
                              .detects_damage = true,
                              .make_codec = make<kXzFormat>,
                              .make_predictor = make_lzma_predictor,
                              .make_decoder_sampler = make_lzma_decoder_sampler,
                              .tables = kTables,
                              .library = "liblzma",
                              .library_version = version};

constinit const ModelInfo kLzma{.name = "lzma",
                                .summary = "LZMA in the older .lzma file",
                                .options = kOptions,
                                .extension = ".lzma",
                                .detects_damage = false,
                                .make_codec = make<kLzmaFormat>,
                                .make_predictor = make_lzma_predictor,
                                .make_decoder_sampler = make_lzma_decoder_sampler,
                                .tables = kTables,
                                .library = "liblzma",
                                .library_version = version};

}  // namespace zipdream
