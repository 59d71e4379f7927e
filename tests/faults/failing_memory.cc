// SPDX-License-Identifier: Apache-2.0
#include "tests/faults/failing_memory.h"

#include <cerrno>
#include <cstdlib>

// glibc's own, under the names that it keeps for those who replace malloc.
// NOLINTBEGIN(readability-identifier-naming): they are named so
extern "C" {
void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t count, std::size_t size);
void* __libc_realloc(void* block, std::size_t size);
void* __libc_memalign(std::size_t alignment, std::size_t size);
}
// NOLINTEND(readability-identifier-naming)

namespace zipdream {
namespace {

thread_local bool counting = false;
thread_local std::size_t made = 0;
thread_local std::size_t failing = 0;  // 0: none

bool fails() {
  if (!counting) return false;
  if (++made != failing) return false;
  errno = ENOMEM;
  return true;
}

class Counting {
 public:
  explicit Counting(std::size_t n) {
    made = 0;
    failing = n;
    counting = true;
  }
  Counting(const Counting&) = delete;
  Counting& operator=(const Counting&) = delete;
  ~Counting() { counting = false; }
};

}  // namespace

bool run_with_failure(std::size_t n, const std::function<void()>& run) {
  const Counting counted(n);
  run();
  return made >= n;
}

std::size_t count_allocations(const std::function<void()>& run) {
  const Counting counted(0);
  run();
  return made;
}

}  // namespace zipdream

extern "C" {

void* malloc(std::size_t size) { return zipdream::fails() ? nullptr : __libc_malloc(size); }

void* calloc(std::size_t count, std::size_t size) {
  return zipdream::fails() ? nullptr : __libc_calloc(count, size);
}

void* realloc(void* block, std::size_t size) {
  return zipdream::fails() ? nullptr : __libc_realloc(block, size);
}

void* memalign(std::size_t alignment, std::size_t size) {
  return zipdream::fails() ? nullptr : __libc_memalign(alignment, size);
}

void* aligned_alloc(std::size_t alignment, std::size_t size) {
  return zipdream::fails() ? nullptr : __libc_memalign(alignment, size);
}

int posix_memalign(void** block, std::size_t alignment, std::size_t size) {
  if (zipdream::fails()) return ENOMEM;
  *block = __libc_memalign(alignment, size);
  return *block == nullptr ? ENOMEM : 0;
}
}
