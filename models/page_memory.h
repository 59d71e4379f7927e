// SPDX-License-Identifier: Apache-2.0
// Memory for the pages of paged arrays. A model looks into megabytes of them in no order at all, so
// that with the system's pages of 4 KiB the processor would spend its time on finding where each
// one lies. The pages are therefore cut from slabs of 2 MiB, for which the system is asked to use
// huge pages where it has them. A slab goes back to the system when none of its pages is in use,
// but for the last one.
#pragma once

#include <cstddef>
#include <mutex>

namespace zipdream {

// Pages of one size. Where an address sanitizer watches, each is an allocation of its own.
// Threads: all may use it at once.
class PageMemory {
 public:
  static constexpr std::size_t kAlignment = 64;

  // REQUIRES: page_bytes is a multiple of kAlignment and at most 64 KiB.
  explicit PageMemory(std::size_t page_bytes) : page_bytes_(page_bytes) {}
  PageMemory(const PageMemory&) = delete;
  PageMemory& operator=(const PageMemory&) = delete;

  // Aligned to kAlignment; throws std::bad_alloc.
  [[nodiscard]] void* allocate();
  void free(void* page);

 private:
  struct Slab;

  [[nodiscard]] Slab* make_slab();
  void link(Slab* slab);
  void unlink(Slab* slab);

  std::size_t page_bytes_;
  std::mutex mutex_;
  Slab* with_space_ = nullptr;  // slabs that have a free page, in a list
};

}  // namespace zipdream
