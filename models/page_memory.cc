// SPDX-License-Identifier: Apache-2.0
#include "models/page_memory.h"

#include <cstdint>
#include <new>

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace zipdream {
namespace {

constexpr std::size_t kSlabBytes = std::size_t{1} << 21;

#if defined(__SANITIZE_ADDRESS__)
constexpr bool kIsWatched = true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
constexpr bool kIsWatched = true;
#else
constexpr bool kIsWatched = false;
#endif
#else
constexpr bool kIsWatched = false;
#endif

struct FreePage {
  FreePage* next;
};

}  // namespace

// Stands at the beginning of its memory, which begins at a multiple of kSlabBytes: so a page's slab
// is known by its address.
struct alignas(PageMemory::kAlignment) PageMemory::Slab {
  Slab* before = nullptr;
  Slab* after = nullptr;
  FreePage* freed = nullptr;
  std::size_t used = 0;       // pages in use
  std::size_t untouched = 0;  // where the pages begin that were never in use, in bytes
  bool has_space(std::size_t page_bytes) const {
    return freed != nullptr || untouched + page_bytes <= kSlabBytes;
  }
};

void* PageMemory::allocate() {
  if (kIsWatched) return ::operator new(page_bytes_, std::align_val_t(kAlignment));
  const std::lock_guard lock(mutex_);
  if (with_space_ == nullptr) link(make_slab());
  Slab* const slab = with_space_;
  void* page = slab->freed;
  if (page != nullptr) {
    slab->freed = slab->freed->next;
  } else {
    page = reinterpret_cast<std::byte*>(slab) + slab->untouched;
    slab->untouched += page_bytes_;
  }
  ++slab->used;
  if (!slab->has_space(page_bytes_)) unlink(slab);
  return page;
}

void PageMemory::free(void* page) {
  if (kIsWatched) return ::operator delete(page, std::align_val_t(kAlignment));
  const std::lock_guard lock(mutex_);
  const auto in_slab = reinterpret_cast<std::uintptr_t>(page) % kSlabBytes;
  auto* const slab = reinterpret_cast<Slab*>(static_cast<std::byte*>(page) - in_slab);
  if (!slab->has_space(page_bytes_)) link(slab);
  slab->freed = new (page) FreePage{slab->freed};
  const bool is_only_one = slab->before == nullptr && slab->after == nullptr;
  if (--slab->used > 0 || is_only_one) return;
  unlink(slab);
  ::operator delete(slab, std::align_val_t(kSlabBytes));
}

PageMemory::Slab* PageMemory::make_slab() {
  void* const memory = ::operator new(kSlabBytes, std::align_val_t(kSlabBytes));
#if defined(__linux__)
  madvise(memory, kSlabBytes, MADV_HUGEPAGE);  // where it isn't heeded, small pages do as well
#endif
  auto* const slab = new (memory) Slab();
  slab->untouched = (sizeof(Slab) + kAlignment - 1) / kAlignment * kAlignment;
  return slab;
}

void PageMemory::link(Slab* slab) {
  slab->before = nullptr;
  slab->after = with_space_;
  if (with_space_ != nullptr) with_space_->before = slab;
  with_space_ = slab;
}

void PageMemory::unlink(Slab* slab) {
  (slab->before == nullptr ? with_space_ : slab->before->after) = slab->after;
  if (slab->after != nullptr) slab->after->before = slab->before;
}

}  // namespace zipdream
