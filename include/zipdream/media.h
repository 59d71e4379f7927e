// SPDX-License-Identifier: Apache-2.0
// What a file holds. Stable.
#pragma once

namespace zipdream {

enum class Media {
  kText,  // any bytes, as they are
  kImage,
  kAudio,
};

}  // namespace zipdream
