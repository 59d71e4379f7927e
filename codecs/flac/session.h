// SPDX-License-Identifier: Apache-2.0
// The session of FLAC. Its encoder cuts the sound into blocks and codes each by itself, so all
// blocks that are full are coded once; only the one that a candidate falls into is coded anew, by
// libFLAC itself.
//
// Exact: in Units::kBytes 8 x the size of compress(), in Units::kBits the last bit of the last
// residual and everything else but the bits that fill its byte.
#pragma once

#include <cstddef>
#include <memory>

#include "zipdream/codec.h"

namespace zipdream {

// `frame_bytes`: of the samples of all channels at one frame. REQUIRES: `codec` is FLAC's and
// outlives the session; what one frame says depends on its own block alone.
[[nodiscard]] std::unique_ptr<Session> start_flac_session(const Codec& codec,
                                                          std::size_t frame_bytes, Units units);

// What a complete stream's frames end with in these units, header included.
[[nodiscard]] double flac_bits(ByteView stream, Units units);

}  // namespace zipdream
