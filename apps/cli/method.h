// SPDX-License-Identifier: Apache-2.0
// How `generate` goes on: --method and the options of each method.
#pragma once

#include "apps/cli/arguments.h"
#include "generator/load_method.h"
#include "zipdream/generate.h"

namespace zipdream {

using MethodOptions = MethodRequest;

void add_method_options(Arguments& args, MethodOptions& options);

}  // namespace zipdream
