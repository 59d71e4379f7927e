// SPDX-License-Identifier: Apache-2.0
// To be preloaded: the paths of model weights that are opened go to standard error, a line each.
#include <dlfcn.h>
#include <fcntl.h>

#include <cstdarg>
#include <cstdio>
#include <cstring>

namespace {

int open_and_tell(const char* name, const char* path, int flags, mode_t mode) {
  if (std::strstr(path, "safetensors") != nullptr) std::fprintf(stderr, "opened %s\n", path);
  using Open = int(const char*, int, ...);
  return reinterpret_cast<Open*>(dlsym(RTLD_NEXT, name))(path, flags, mode);
}

}  // namespace

extern "C" {

int open(const char* path, int flags, ...) {
  va_list more;
  va_start(more, flags);
  const auto mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(more, mode_t) : 0;
  va_end(more);
  return open_and_tell("open", path, flags, mode);
}

int open64(const char* path, int flags, ...) {
  va_list more;
  va_start(more, flags);
  const auto mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(more, mode_t) : 0;
  va_end(more);
  return open_and_tell("open64", path, flags, mode);
}
}
