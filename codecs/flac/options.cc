// SPDX-License-Identifier: Apache-2.0
#include "codecs/flac/options.h"

#include "media/media.h"

namespace zipdream {

FlacOptions flac_options(const Spec& spec) {
  return {.level = static_cast<int>(spec.number("level")),
          .format = sample_format(spec.get("format")),
          .channels = spec.number("channels")};
}

}  // namespace zipdream
