// SPDX-License-Identifier: Apache-2.0
// A model that has to know the shape of what it sees is told by the file: PNG and WebP the width
// and channels of an image, FLAC the kind of samples, residuals all of it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "media/media_job.h"

namespace zipdream {

// The spec with what the job tells and the spec doesn't say. The width is told only if rows stand
// where they are in the image after `bytes_before`, and to codecs of images only if they see all
// from the first byte on (no `has_tail`). Throws a usage Error for a spec that makes no sense.
[[nodiscard]] std::string shaped_spec(std::string_view spec, const MediaJob& job,
                                      std::size_t bytes_before, bool has_tail);

}  // namespace zipdream
