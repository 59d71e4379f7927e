// SPDX-License-Identifier: Apache-2.0
#include "apps/bench/program.h"

#include <fmt/format.h>

#include <cstdio>
#include <ctime>

#include "zipdream/error.h"

namespace zipdream {

double processor_seconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

int run_program(const std::function<int()>& run) {
  try {
    return run();
  } catch (const Error& error) {
    fmt::print(stderr, "{}\n", error.what());
    return error.kind() == Error::Kind::kUsage ? 2 : 1;
  }
}

}  // namespace zipdream
