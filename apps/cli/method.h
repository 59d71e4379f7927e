// SPDX-License-Identifier: Apache-2.0
// How `generate` goes on: --method and the options of each method.
#pragma once

#include "generator/load_method.h"
#include "zipdream/generate.h"

namespace CLI {
class App;
}

namespace zipdream {

using MethodOptions = MethodRequest;

void add_method_options(CLI::App& app, MethodOptions& options);

}  // namespace zipdream
