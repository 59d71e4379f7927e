// SPDX-License-Identifier: Apache-2.0
// Options that only one medium has a use for.
#pragma once

#include "apps/cli/arguments.h"
#include "media/media.h"

namespace zipdream {

// Throws a usage Error for the first option that was given and that `media` has no use for, so that
// none is ignored in silence: --gray for a text, say, or --seconds for an image.
void check_media_options(const Arguments& args, Media media);

}  // namespace zipdream
