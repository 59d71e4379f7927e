// SPDX-License-Identifier: Apache-2.0
// Whether zipdream-train is one of several processes. There are two programs of the same main.cc:
// zipdream-train links alone.cc, and zipdream-train-mpi ranks.cc, so that nothing else links MPI.
#pragma once

#include <memory>
#include <string>

#include "training/peers.h"

namespace zipdream {

// The processes that train together with this one; null where it is alone. Started by mpirun,
// zipdream-train goes on as zipdream-train-mpi, and throws Error where that is not there.
// `argc` and `argv` are main's.
[[nodiscard]] std::unique_ptr<Peers> make_peers(int argc, char** argv);

// tell() of apps/cli/output.h: at once alone and on rank 0, whose end is that of all ranks. Another
// waits until rank 0 has had the time to say the same, and says its number.
void tell_of_rank(const std::string& text);

// Ends all ranks with that exit code, wherever they are; alone it does nothing.
void leave_peers(int code);

}  // namespace zipdream
