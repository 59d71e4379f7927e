// SPDX-License-Identifier: Apache-2.0
// MPEG-1, 2 and 2.5 audio, layers I to III, through libmpg123: the decoder that libsndfile has too,
// but which reads to the end. libsndfile stops at a length that it estimates where a file has no
// Xing frame, and prints notes about others.
#pragma once

#include <cstddef>

#include "media/audio/audio.h"
#include "zipdream/bytes.h"

namespace zipdream {

// Throws as decode_audio() does. A file whose Xing frame promises more than there is is truncated;
// others don't tell.
[[nodiscard]] Audio decode_mpeg(ByteView file, std::size_t max_samples, Channels channels);

}  // namespace zipdream
