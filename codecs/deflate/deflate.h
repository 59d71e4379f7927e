// SPDX-License-Identifier: Apache-2.0
// DEFLATE in its three containers: what the folder offers to the registry, to PNG, and to codecs
// that write DEFLATE by an encoder of their own.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "zipdream/bytes.h"
#include "zipdream/random.h"
#include "zipdream/registry.h"

namespace zipdream {

extern const ModelInfo kGzip;
extern const ModelInfo kZlib;
extern const ModelInfo kDeflate;

// Bare DEFLATE as zlib writes it. REQUIRES: 1 <= level <= 9.
[[nodiscard]] std::unique_ptr<Codec> make_deflate(int level);

[[nodiscard]] std::unique_ptr<Predictor> make_deflate_predictor(const Spec& spec,
                                                                const PredictorOptions& options);
[[nodiscard]] std::unique_ptr<DecoderSampler> make_deflate_decoder_sampler(const Spec& spec);

// ---- codecs that write DEFLATE by an encoder of their own ----

// An encoder: one gzip member (RFC 1952) of a text, whose header has no optional fields.
// Deterministic; called from many threads at once.
using GzipWriter = std::function<Bytes(ByteView text)>;
inline constexpr std::size_t kGzipHeaderBytes = 10;  // DEFLATE follows
inline constexpr std::size_t kGzipTrailerBytes = 8;

// All that follows from an encoder. The codec reads its streams as gzip does, by zlib, and knows
// their lengths to the last bit of the last code word; `name` is for its messages and must outlive
// it. The predictor is the table predictor of gzip with the tokens of this encoder.
[[nodiscard]] std::unique_ptr<Codec> make_gzip_codec(std::string_view name, GzipWriter writer);
[[nodiscard]] std::unique_ptr<Predictor> make_gzip_predictor(GzipWriter writer);
[[nodiscard]] std::unique_ptr<DecoderSampler> make_gzip_decoder_sampler(GzipWriter writer);

// The same as the functions of a row (zipdream/registry.h): `writer` makes the encoder that a spec
// asks for.
template <const std::string_view& name, GzipWriter (*writer)(const Spec&)>
struct GzipRow {
  static std::unique_ptr<Codec> make_codec(const Spec& spec, const OnCoded& /*on_coded*/) {
    return make_gzip_codec(name, writer(spec));
  }
  static std::unique_ptr<Predictor> make_predictor(const Spec& spec,
                                                   const PredictorOptions& /*options*/) {
    return make_gzip_predictor(writer(spec));
  }
  static std::unique_ptr<DecoderSampler> make_decoder_sampler(const Spec& spec) {
    return make_gzip_decoder_sampler(writer(spec));
  }
};

// ---- decoder sampling: blocks of random symbols, for all codecs that end in DEFLATE ----

// The bits with which each sampled block begins, from those of a header in a stream
// (block_headers.h). Where that block is stored, the text has no structure that the codec saw, and
// there is nothing to sample from but the bytes themselves: the fixed codes are taken, in which all
// bytes are alike. REQUIRES: three bits or more.
[[nodiscard]] std::vector<bool> sample_header(std::vector<bool> header);

// Appends a block to `text`, of which inflate sees the last 32 KB: the header, then random bits, up
// to the end-of-block symbol, or `end` bytes of text, or what inflate refuses. Perhaps nothing.
void sample_block(const std::vector<bool>& header, Bytes& text, std::size_t end, Rng& rng);

}  // namespace zipdream
