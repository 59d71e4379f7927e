// SPDX-License-Identifier: Apache-2.0
#include "base/memory_limit.h"

#include <sys/resource.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "zipdream/error.h"

namespace zipdream {

void limit_memory(std::size_t bytes) {
  const rlimit limit = {bytes, bytes};
  if (setrlimit(RLIMIT_DATA, &limit) == 0) return;
  throw Error::of_option("memory_limit", std::to_string(bytes),
                         std::string("the system refuses it: ") + std::strerror(errno),
                         "is it above `ulimit -d`?");
}

}  // namespace zipdream
