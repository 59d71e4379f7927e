// SPDX-License-Identifier: Apache-2.0
// The program that trains, zipdream-train, which lies beside this one.
#pragma once

#include <string>
#include <vector>

namespace zipdream {

// Throws Error when it is not there, for it is built only where libtorch is.
[[nodiscard]] std::string trainer_path();

// Runs it and waits for its end. Its standard output is dropped. Throws Error when it fails, having
// said why itself; Interrupted when the user asked to stop.
void run_trainer(const std::vector<std::string>& arguments);

}  // namespace zipdream
