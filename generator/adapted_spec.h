// SPDX-License-Identifier: Apache-2.0
// A model that has to know the shape of what it sees is told by the medium: PNG and WebP the width
// and channels of an image, FLAC the kind of samples, residuals all of it.
#pragma once

#include <cstddef>

#include "media/media_job.h"
#include "zipdream/spec.h"

namespace zipdream {

// The spec with what the job tells and the spec doesn't say, for it and the models within. The
// width is told only if rows stand where they are in the image after `bytes_before`, and to codecs
// of images only if they see all from the first byte on (no `has_window`).
[[nodiscard]] Spec adapted_spec(Spec spec, const MediaJob& job, std::size_t bytes_before,
                                bool has_window);

}  // namespace zipdream
