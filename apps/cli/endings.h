// SPDX-License-Identifier: Apache-2.0
// What ends a text that is generated before it has all its bytes.
#pragma once

#include <string>
#include <vector>

#include "apps/cli/arguments.h"
#include "generator/method.h"
#include "media/media.h"

namespace zipdream {

struct EndingOptions {
  std::vector<std::string> stops;
  bool ignore_eos = false;
};

void add_ending_options(Arguments& args, EndingOptions& options);

// Throws a usage Error for a stop that is empty.
[[nodiscard]] Endings endings_of(const EndingOptions& options, Media media);

}  // namespace zipdream
