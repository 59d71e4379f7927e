// SPDX-License-Identifier: Apache-2.0
// DEFLATE by Zopfli, in gzip's format as its tool writes it.
//
// Zopfli looks for the parse and the blocks of least cost: it parses by the costs of the symbols in
// the parse before, as many times as the spec says. That is some 100 times slower than zlib; even a
// few bytes take milliseconds. All that follows from the streams alone (lengths, table predictor,
// decoder sampler) is codecs/deflate's.
//
// Zopfli doesn't look whether it gets the memory that it asks for. So we ask for as much first, and
// throw where there is none.
#include "codecs/zopfli/zopfli.h"

#include <zopfli/zopfli.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <new>

#include "codecs/deflate/deflate.h"

namespace zipdream {
namespace {

constexpr std::string_view kName = "zopfli";

// It works on pieces of 1 MB, takes up to 130 bytes for each byte of them and 1 MB beside, and
// makes its output longer by doubling it.
constexpr std::size_t kPiece = 1'000'000;
constexpr std::size_t kPerByte = 160;
constexpr std::size_t kBeside = std::size_t{2} << 20;

void require_memory(std::size_t text_size) {
  const std::size_t needed = kBeside + kPerByte * std::min(text_size, kPiece) + 3 * text_size;
  ::operator delete(::operator new(needed));
}

struct Free {
  void operator()(Byte* bytes) const { std::free(bytes); }
};

Bytes write_gzip(ByteView text, int iterations) {
  require_memory(text.size());
  ZopfliOptions options;
  ZopfliInitOptions(&options);
  options.numiterations = iterations;
  Byte* written = nullptr;
  std::size_t size = 0;
  ZopfliCompress(&options, ZOPFLI_FORMAT_GZIP, text.data(), text.size(), &written, &size);
  const std::unique_ptr<Byte, Free> owner(written);
  return {written, written + size};
}

GzipWriter writer(const Spec& spec) {
  const auto iterations = static_cast<int>(spec.number("iterations"));
  return [iterations](ByteView text) { return write_gzip(text, iterations); };
}

using Row = GzipRow<kName, writer>;

constexpr OptionInfo kOptions[] = {
    {.key = "iterations", .min = 1, .max = 1000, .fallback = "15", .unit = "number of iterations"}};

}  // namespace

// The library tells no version.
constinit const ModelInfo kZopfli{.name = kName,
                                  .summary = "DEFLATE by Zopfli's parser",
                                  .options = kOptions,
                                  .extension = ".gz",
                                  .detects_damage = true,
                                  .make_codec = Row::make_codec,
                                  .make_predictor = Row::make_predictor,
                                  .make_decoder_sampler = Row::make_decoder_sampler,
                                  .tables = "all parses, by how often symbols are used",
                                  .library = kName};

}  // namespace zipdream
