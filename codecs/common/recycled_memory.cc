// SPDX-License-Identifier: Apache-2.0
#include "codecs/common/recycled_memory.h"

#include <cstdlib>
#include <new>

namespace zipdream {
namespace {

// What one thread keeps at most: the blocks of two or three encoders. Larger blocks are
// dictionaries that an encoder touches only as far as there is data, so untouched pages are cheaper
// than kept ones.
constexpr std::size_t kMaxSpares = 32;
constexpr std::size_t kMaxSpareBytes = std::size_t{64} << 20;
constexpr std::size_t kMaxBlockBytes = std::size_t{32} << 20;

// Stands in front of every block. Its alignment is malloc's, so the block behind it has the same.
struct alignas(std::max_align_t) Header {
  std::size_t size;
  Header* next;
};

// What one thread keeps. Trivially destructible, so that blocks may still be freed while the
// thread's (or the program's) other objects are destroyed; SparesGuard has closed it by then.
struct Spares {
  Header* first;
  std::size_t count;
  std::size_t bytes;
  bool closed;
};
thread_local constinit Spares spares{};

struct SparesGuard {
  SparesGuard() = default;
  SparesGuard(const SparesGuard&) = delete;
  SparesGuard& operator=(const SparesGuard&) = delete;
  ~SparesGuard() {
    spares.closed = true;
    while (Header* const header = spares.first) {
      spares.first = header->next;
      std::free(header);
    }
  }
};

bool may_keep(std::size_t size) {
  return !spares.closed && spares.count < kMaxSpares && size <= kMaxBlockBytes &&
         spares.bytes + size <= kMaxSpareBytes;
}

}  // namespace

void* allocate_recycled(std::size_t size) noexcept {
  for (Header** link = &spares.first; *link != nullptr; link = &(*link)->next) {
    Header* const header = *link;
    if (header->size != size) continue;
    *link = header->next;
    --spares.count;
    spares.bytes -= size;
    return header + 1;
  }
  void* const memory = std::malloc(sizeof(Header) + size);
  if (memory == nullptr) return nullptr;
  return new (memory) Header{size, nullptr} + 1;
}

void free_recycled(void* block) noexcept {
  if (block == nullptr) return;
  Header* const header = static_cast<Header*>(block) - 1;
  if (!may_keep(header->size)) {
    std::free(header);
    return;
  }
  thread_local const SparesGuard guard;
  header->next = spares.first;
  spares.first = header;
  ++spares.count;
  spares.bytes += header->size;
}

}  // namespace zipdream
