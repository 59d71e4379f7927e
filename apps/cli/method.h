// SPDX-License-Identifier: Apache-2.0
// How `generate` goes on and when it ends: --method and the options of each method, --stop.
#pragma once

#include <string>
#include <vector>

#include "apps/cli/arguments.h"
#include "generator/load_method.h"
#include "generator/method.h"
#include "media/media.h"
#include "zipdream/generate.h"

namespace zipdream {

using MethodOptions = MethodRequest;

void add_method_options(Arguments& args, MethodOptions& options);

void add_healing_option(Arguments& args, MethodOptions& options);

// What ends a text that is generated before it has all its bytes.
struct EndingOptions {
  std::vector<std::string> stops;
  bool ignore_eos = false;
};

void add_ending_options(Arguments& args, EndingOptions& options);

// Throws a usage Error for a stop that is empty.
[[nodiscard]] Endings endings_of(const EndingOptions& options, Media media);

}  // namespace zipdream
