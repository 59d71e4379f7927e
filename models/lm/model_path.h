// SPDX-License-Identifier: Apache-2.0
// Where models lie that come with the program.
#pragma once

#include <string>

namespace zipdream {

// The path itself when there is something; else, for a mere name, the model of that name in the
// folder that the environment's ZIPDREAM_MODELS names, in ../share/zipdream/models beside the
// program's folder (installed) or in the sources that it was built in (samples/models); else the
// path.
[[nodiscard]] std::string find_model(const std::string& path);

}  // namespace zipdream
