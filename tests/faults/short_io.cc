// SPDX-License-Identifier: Apache-2.0
// To be preloaded: read() and write(), with and without a place, do a few bytes at a time or are
// interrupted before they do any, as the system may any time do.
#include <dlfcn.h>
#include <sys/types.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>

namespace {

unsigned calls = 0;

// 0: interrupted.
std::size_t allowed(std::size_t count) {
  const unsigned call = ++calls;
  if (call % 3 == 0) return 0;
  const std::size_t most = 1 + call * 2654435761U % 4099;
  return count < most ? count : most;
}

template <typename Call>
Call* next(const char* name) {
  return reinterpret_cast<Call*>(dlsym(RTLD_NEXT, name));
}

ssize_t interrupted() {
  errno = EINTR;
  return -1;
}

}  // namespace

extern "C" {

ssize_t read(int fd, void* to, std::size_t count) {
  const std::size_t now = allowed(count);
  if (now == 0 && count > 0) return interrupted();
  return next<ssize_t(int, void*, std::size_t)>("read")(fd, to, now);
}

ssize_t write(int fd, const void* from, std::size_t count) {
  const std::size_t now = allowed(count);
  if (now == 0 && count > 0) return interrupted();
  return next<ssize_t(int, const void*, std::size_t)>("write")(fd, from, now);
}

ssize_t pread(int fd, void* to, std::size_t count, off_t offset) {
  const std::size_t now = allowed(count);
  if (now == 0 && count > 0) return interrupted();
  return next<ssize_t(int, void*, std::size_t, off_t)>("pread")(fd, to, now, offset);
}
}
