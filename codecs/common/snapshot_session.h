// SPDX-License-Identifier: Apache-2.0
// The session of codecs whose library lets us say where its memory comes from: the context is
// compressed once, in an Arena, and every candidate starts from a snapshot of that. What a
// candidate still costs is what the encoder had not yet done for the context when it came to its
// end (its lookahead, its open block), the candidate, and putting the arena back.
//
// Encoders can't be copied, so each thread that asks at the same time works on a replica of its
// own, compressed from the context when it is first needed and kept for the next question. What
// append() adds reaches a replica when it is next used.
#pragma once

#include <memory>

#include "codecs/common/snapshot_encoder.h"
#include "zipdream/codec.h"

namespace zipdream {

// `codec` measures what has no encoder variant. REQUIRES: it outlives the session.
[[nodiscard]] std::unique_ptr<Session> start_snapshot_session(
    const Codec& codec, Units units, std::shared_ptr<const EncoderFactory> encoders);

}  // namespace zipdream
