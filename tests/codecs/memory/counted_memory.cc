// SPDX-License-Identifier: Apache-2.0
#include "tests/codecs/memory/counted_memory.h"

#include <malloc.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <new>

namespace zipdream {
namespace {

constinit std::atomic<std::size_t> allocations{0};
constinit std::atomic<std::size_t> in_use{0};
constinit std::atomic<std::size_t> peak{0};

void* count_in(void* block) {
  if (block == nullptr) throw std::bad_alloc();
  ++allocations;
  const std::size_t now = in_use += malloc_usable_size(block);
  std::size_t highest = peak;
  while (highest < now && !peak.compare_exchange_weak(highest, now)) {
  }
  return block;
}

void* allocate(std::size_t size) { return count_in(std::malloc(std::max<std::size_t>(size, 1))); }

void* allocate_aligned(std::size_t size, std::align_val_t alignment) {
  const auto unit = static_cast<std::size_t>(alignment);
  return count_in(
      std::aligned_alloc(unit, (std::max<std::size_t>(size, 1) + unit - 1) / unit * unit));
}

void release(void* block) {
  if (block != nullptr) in_use -= malloc_usable_size(block);
  std::free(block);
}

}  // namespace

std::size_t allocation_count() { return allocations; }
std::size_t bytes_in_use() { return in_use; }
std::size_t peak_bytes_in_use() { return peak; }
void reset_peak() { peak = in_use.load(); }

}  // namespace zipdream

// The library's other forms of new and delete call these.
void* operator new(std::size_t size) { return zipdream::allocate(size); }
void* operator new(std::size_t size, std::align_val_t alignment) {
  return zipdream::allocate_aligned(size, alignment);
}
void operator delete(void* block) noexcept { zipdream::release(block); }
void operator delete(void* block, std::size_t /*size*/) noexcept { zipdream::release(block); }
void operator delete(void* block, std::align_val_t /*alignment*/) noexcept {
  zipdream::release(block);
}
void operator delete(void* block, std::size_t /*size*/, std::align_val_t /*alignment*/) noexcept {
  zipdream::release(block);
}
