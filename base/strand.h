// SPDX-License-Identifier: Apache-2.0
// A strand is a run of bytes that is given and how many more are wanted after it: the one thing
// that media and generator say to each other. A text is one strand, an image in the paper's mode
// one per row.
#pragma once

#include <cstddef>

#include "base/bytes.h"

namespace zipdream {

struct Strand {
  Bytes prompt;
  std::size_t count = 0;  // bytes to generate
};

}  // namespace zipdream
