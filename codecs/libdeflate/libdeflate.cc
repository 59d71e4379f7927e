// SPDX-License-Identifier: Apache-2.0
// DEFLATE by libdeflate, in gzip's format as its tool libdeflate-gzip writes it, but for the file's
// name and time.
//
// libdeflate ends a block where the symbols become others, not after so many; from level 10 on it
// looks for the parse of least cost, where zlib takes what it finds first. All that follows from
// the streams alone (lengths, table predictor, decoder sampler) is codecs/deflate's.
#include "codecs/libdeflate/libdeflate.h"

#include <libdeflate.h>

#include <memory>
#include <new>

#include "codecs/common/coding_loop.h"
#include "codecs/deflate/deflate.h"

namespace zipdream {
namespace {

constexpr std::string_view kName = "libdeflate";

struct Free {
  void operator()(libdeflate_compressor* compressor) const {
    libdeflate_free_compressor(compressor);
  }
};

Bytes write_gzip(ByteView text, int level) {
  const std::unique_ptr<libdeflate_compressor, Free> compressor(libdeflate_alloc_compressor(level));
  if (!compressor) throw std::bad_alloc();
  Bytes stream(libdeflate_gzip_compress_bound(compressor.get(), text.size()));
  stream.resize(libdeflate_gzip_compress(compressor.get(), text.data(), text.size(), stream.data(),
                                         stream.size()));
  if (stream.empty()) throw library_failure(kName, "its bound was too small");
  return stream;
}

GzipWriter writer(const Spec& spec) {
  const auto level = static_cast<int>(spec.number("level"));
  return [level](ByteView text) { return write_gzip(text, level); };
}

using Row = GzipRow<kName, writer>;

// The header's; the library doesn't tell its own.
std::string version() { return LIBDEFLATE_VERSION_STRING; }

constexpr OptionInfo kOptions[] = {{.key = "level", .min = 1, .max = 12, .fallback = "6"}};

}  // namespace

constinit const ModelInfo kLibdeflate{.name = kName,
                                      .summary = "DEFLATE by libdeflate's parser",
                                      .options = kOptions,
                                      .extension = ".gz",
                                      .detects_damage = true,
                                      .make_codec = Row::make_codec,
                                      .make_predictor = Row::make_predictor,
                                      .make_decoder_sampler = Row::make_decoder_sampler,
                                      .tables = "all parses, by how often symbols are used",
                                      .library = kName,
                                      .library_version = version};

}  // namespace zipdream
