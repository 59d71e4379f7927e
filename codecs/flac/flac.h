// SPDX-License-Identifier: Apache-2.0
// FLAC: what the folder offers to the registry, and how FLAC reads bytes as audio.
#pragma once

#include <cstddef>
#include <memory>

#include "media/audio/audio.h"
#include "zipdream/codec.h"
#include "zipdream/registry.h"

namespace zipdream {

extern const ModelInfo kFlac;

// The options of its spec, "flac:LEVEL,format=F,channels=C", each of which may be left out.
struct FlacOptions {
  int level = 8;                            // libFLAC's, 0 .. 8
  SampleFormat format = SampleFormat::kU8;  // or kS16
  std::size_t channels = 1;                 // 1 or 2

  [[nodiscard]] std::size_t sample_bytes() const { return bytes_per_sample(format); }

  // Whether it is the paper's kind of audio: mono at 8 bits.
  [[nodiscard]] bool is_plain() const { return format == SampleFormat::kU8 && channels == 1; }
};

// REQUIRES: the spec is one of flac.
[[nodiscard]] FlacOptions flac_options(const Spec& spec);

[[nodiscard]] std::unique_ptr<Codec> make_flac(const FlacOptions& options);
[[nodiscard]] std::unique_ptr<Predictor> make_flac_predictor(const Spec& spec,
                                                             const PredictorOptions& options);
[[nodiscard]] std::unique_ptr<DecoderSampler> make_flac_decoder_sampler(const Spec& spec);

// The session of FLAC. Its encoder cuts the audio into blocks and codes each by itself, so all
// blocks that are full are coded once; only the one that a candidate falls into is coded anew, by
// libFLAC itself, once for each candidate.
//
// Exact: in Units::kBytes 8 x the size of compress(), in Units::kBits the last bit of the last
// residual and everything else but the bits that fill its byte.

// `frame_bytes`: one sample of all channels. REQUIRES: `codec` is FLAC's and outlives the session;
// how a block is coded depends on that block alone.
[[nodiscard]] std::unique_ptr<Session> start_flac_session(const Codec& codec,
                                                          std::size_t frame_bytes, Units units);

// The length of a complete stream in these units: in bits without those that fill its last frame's
// last byte.
[[nodiscard]] double flac_bits(ByteView stream, Units units);

}  // namespace zipdream
