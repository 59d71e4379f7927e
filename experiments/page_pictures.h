// SPDX-License-Identifier: Apache-2.0
// The pictures of a page that compares images. All are of the generated part alone: the given part
// is the same for all.
#pragma once

#include <span>

#include "experiments/surprisal_trace.h"
#include "media/image/image.h"
#include "media/media_job.h"
#include "zipdream/bytes.h"

namespace zipdream {

[[nodiscard]] Image prompt_part(const ImageParts& parts);

// In each of these: REQUIRES: the bytes are those of the whole generated part of `parts`.
[[nodiscard]] Image generated_part(const ImageParts& parts, std::span<const Bytes> continuations);

// Gray: the difference of the channels, on average, by its square root, so that small ones show:
// black where they are equal, white where they are 255 apart.
[[nodiscard]] Image difference(const ImageParts& parts, std::span<const Bytes> continuations,
                               std::span<const Bytes> reference);

// In the colours of heat_levels.h, by the mean of a pixel's channels.
[[nodiscard]] Image surprisal_map(const ImageParts& parts, const SurprisalTrace& trace);

}  // namespace zipdream
