// SPDX-License-Identifier: Apache-2.0
// A target as libFuzzer calls it.
#include <cstddef>
#include <cstdint>

#include "base/parallel.h"
#include "tests/fuzz/fuzz.h"

// NOLINTBEGIN(readability-identifier-naming): libFuzzer calls them so
extern "C" int LLVMFuzzerInitialize(int* /*argc*/, char*** /*argv*/) {
  zipdream::set_thread_count(1);
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  zipdream::fuzz({data, size});
  return 0;
}
// NOLINTEND(readability-identifier-naming)
