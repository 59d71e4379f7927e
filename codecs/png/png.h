// SPDX-License-Identifier: Apache-2.0
// PNG: what the folder offers to the registry.
#pragma once

#include <memory>

#include "codecs/png/format.h"
#include "zipdream/codec.h"
#include "zipdream/registry.h"

namespace zipdream {

extern const ModelInfo kPng;

[[nodiscard]] std::unique_ptr<Codec> make_png(const PngOptions& options);
[[nodiscard]] std::unique_ptr<Predictor> make_png_predictor(const Spec& spec,
                                                            const PredictorOptions& options);
[[nodiscard]] std::unique_ptr<DecoderSampler> make_png_decoder_sampler(const Spec& spec);

// The session of a PNG whose width is known. Whole rows are filtered once and for all and lie in a
// DEFLATE session; of the row begun there are five beginnings, one for each filter, each a session
// of its own. A candidate decides which filter its row gets, completed from the row above as
// compress() completes it; what it costs is what that filter leaves of the candidate and of the
// rest of the row, after that beginning. Nothing before is compressed again.
//
// Exact: in Units::kBytes 8 x compress().size(), in Units::kBits the last bit of the DEFLATE
// stream plus everything around it.

// REQUIRES: the options have a width, and a level above 0.
[[nodiscard]] std::unique_ptr<Session> start_png_session(const PngOptions& options, Units units);

}  // namespace zipdream
