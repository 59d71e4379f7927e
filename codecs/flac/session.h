// SPDX-License-Identifier: Apache-2.0
// The session of FLAC. Its encoder cuts the audio into blocks and codes each by itself, so all
// blocks that are full are coded once; only the one that a candidate falls into is coded anew, by
// libFLAC itself, once for each candidate.
//
// Exact: in Units::kBytes 8 x the size of compress(), in Units::kBits the last bit of the last
// residual and everything else but the bits that fill its byte.
#pragma once

#include <cstddef>
#include <memory>

#include "zipdream/codec.h"

namespace zipdream {

// `frame_bytes`: one sample of all channels. REQUIRES: `codec` is FLAC's and outlives the session;
// how a block is coded depends on that block alone.
[[nodiscard]] std::unique_ptr<Session> start_flac_session(const Codec& codec,
                                                          std::size_t frame_bytes, Units units);

// The length of a complete stream in these units: in bits without those that fill its last frame's
// last byte.
[[nodiscard]] double flac_bits(ByteView stream, Units units);

}  // namespace zipdream
