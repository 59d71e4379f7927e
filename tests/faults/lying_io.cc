// SPDX-License-Identifier: Apache-2.0
// To be preloaded: a disk or a memory that is not what it should be. What LIE names ("read" or
// "write") has one bit wrong in the first piece of a regular file that is of some size; all after
// that is right.
#include <dlfcn.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

constexpr std::size_t kLeastBytes = 1000;

std::atomic<bool> has_lied = false;

bool lies(std::string_view call, int fd, std::size_t count) {
  const char* const lie = std::getenv("LIE");
  struct stat status {};
  if (lie == nullptr || lie != call || count < kLeastBytes) return false;
  if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) return false;
  return !has_lied.exchange(true);
}

template <typename Call>
Call* next(const char* name) {
  return reinterpret_cast<Call*>(dlsym(RTLD_NEXT, name));
}

}  // namespace

extern "C" {

ssize_t read(int fd, void* to, std::size_t count) {
  const ssize_t got = next<ssize_t(int, void*, std::size_t)>("read")(fd, to, count);
  if (got > 0 && lies("read", fd, static_cast<std::size_t>(got))) {
    static_cast<char*>(to)[got / 2] ^= 1;
  }
  return got;
}

ssize_t write(int fd, const void* from, std::size_t count) {
  auto* const write_on = next<ssize_t(int, const void*, std::size_t)>("write");
  if (!lies("write", fd, count)) return write_on(fd, from, count);
  std::string bytes(static_cast<const char*>(from), count);
  bytes[count / 2] = static_cast<char>(bytes[count / 2] ^ 1);
  return write_on(fd, bytes.data(), count);
}
}
