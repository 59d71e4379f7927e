// SPDX-License-Identifier: Apache-2.0
#include "base/descriptor.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "zipdream/error.h"

namespace zipdream {

Descriptor::Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

int Descriptor::close_now() {
  const int fd = std::exchange(fd_, -1);
  return fd > STDERR_FILENO && close(fd) != 0 ? errno : 0;
}

void fail_with_errno(const std::string& path, std::string_view action, int error) {
  throw Error(fmt::format("{}: cannot {}: {}", path, action, std::strerror(error)));
}

}  // namespace zipdream
