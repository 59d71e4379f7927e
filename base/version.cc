// SPDX-License-Identifier: Apache-2.0
#include "zipdream/runtime.h"

#define ZIPDREAM_TEXT_OF(x) #x
#define ZIPDREAM_TEXT(x) ZIPDREAM_TEXT_OF(x)

namespace zipdream {

const char* version() {
  return ZIPDREAM_TEXT(ZIPDREAM_VERSION_MAJOR) "." ZIPDREAM_TEXT(
      ZIPDREAM_VERSION_MINOR) "." ZIPDREAM_TEXT(ZIPDREAM_VERSION_PATCH);
}

}  // namespace zipdream
