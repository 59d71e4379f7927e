// SPDX-License-Identifier: Apache-2.0
// The region of an arena, from its start: GuardedPages, the numbers of open pages, a flag per page;
// then the data; then as much for the saved copies. All is reserved at once and made writable as it
// is needed, so that it counts as memory only as far as it is used.
#include "codecs/common/arena.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cassert>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <new>
#include <vector>

namespace zipdream {

namespace {

constexpr std::size_t kControlBytes = std::size_t{16} << 20;
static_assert(kControlBytes + 2 * kMaxArenaBytes == kRegionBytes);

// ---- copy on write ----

bool write_at(int file, const Byte* bytes, std::size_t size, std::size_t offset) {
  while (size > 0) {
    const ssize_t put = pwrite(file, bytes, size, static_cast<off_t>(offset));
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) return false;
    bytes += put;
    offset += static_cast<std::size_t>(put);
    size -= static_cast<std::size_t>(put);
  }
  return true;
}

// Writes to the file all pages from `begin` to `end` that have contents of their own, neither the
// file's nor none at all. /proc/self/pagemap has a word for each page, which tells that. False when
// it can't be read, or the file not be written.
bool save_changed_pages(const Byte* begin, const Byte* end, int file) {
  constexpr std::uint64_t kIsPresent = std::uint64_t{3} << 62;  // or swapped out
  constexpr std::uint64_t kIsOfFile = std::uint64_t{1} << 61;
  const std::size_t size = page_size();
  const Descriptor pagemap(open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC));
  if (pagemap.get() < 0) return false;
  std::array<std::uint64_t, 4096> words;
  for (const Byte* page = begin; page < end;) {
    const std::size_t count = std::min(words.size(), static_cast<std::size_t>(end - page) / size);
    const auto wanted = static_cast<ssize_t>(count * sizeof(std::uint64_t));
    const std::uintptr_t number = reinterpret_cast<std::uintptr_t>(page) / size;
    if (pread(pagemap.get(), words.data(), static_cast<std::size_t>(wanted),
              static_cast<off_t>(number * sizeof(std::uint64_t))) != wanted) {
      return false;
    }
    for (std::size_t i = 0; i < count; ++i, page += size) {
      if ((words[i] & kIsPresent) == 0 || (words[i] & kIsOfFile) != 0) continue;
      if (!write_at(file, page, size, static_cast<std::size_t>(page - begin))) return false;
    }
  }
  return true;
}

// ---- the heap ----

// Freed blocks wait in lists by size class, four classes to an octave.
constexpr std::size_t kClassCount = 256;
constexpr std::size_t kMinBlock = 64;

// Stands in front of every block; its alignment is malloc's.
struct alignas(std::max_align_t) Header {
  std::size_t size_class;
  Header* next;
};

struct SizeClass {
  std::size_t index;
  std::size_t bytes;
};

SizeClass size_class_for(std::size_t bytes) {
  bytes = std::max(bytes, kMinBlock);
  const auto shift = static_cast<std::size_t>(std::bit_width(bytes - 1)) - 3;
  const std::size_t steps = ((bytes - 1) >> shift) + 1;
  return {shift * 4 + steps, steps << shift};
}

// At the start of the data, so that a restore puts it back too.
struct Heap {
  std::size_t used;  // bytes of the data, this struct included
  std::array<Header*, kClassCount> freed;
};

Heap& heap_of(const GuardedPages& pages) { return *reinterpret_cast<Heap*>(pages.data); }

std::size_t round_up(std::size_t size, std::size_t unit) { return (size + unit - 1) / unit * unit; }

// ---- what the ways to restore cost ----

constexpr std::size_t kGrowth = std::size_t{1} << 20;

// Up to here copying everything is as fast as copying what was written, and needs no signals; and
// up to there as fast as letting the kernel copy it.
constexpr std::size_t kCopyLimit = std::size_t{256} << 10;
constexpr std::size_t kCopyLimitWithoutGuards = std::size_t{2} << 20;

// Pages that were written once, or while the context grew, stay open and are copied in vain. When
// as much time has been lost so as it takes to close all pages and open again those that are still
// in use, that is done. In copies of pages:
constexpr std::size_t kCostOfClosing = 1000;
constexpr std::size_t kCostOfOpening = 40;  // each
// After so many candidates the pages that are in use are taken to be open.
constexpr std::size_t kWarmUpCandidates = 16;

// An open page lies in a mapping of its own, of which a process has 65530 unless told otherwise.
constexpr std::size_t kCostOfOpenPage = std::size_t{64} << 10;

}  // namespace

Arena::Arena(Restore how) : how_(how) {
  void* const region =
      mmap(nullptr, kRegionBytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (region == MAP_FAILED) throw std::bad_alloc();
  if (mprotect(region, kControlBytes, PROT_READ | PROT_WRITE) != 0) {
    munmap(region, kRegionBytes);
    throw std::bad_alloc();
  }
  Byte* const begin = static_cast<Byte*>(region);
  const std::size_t max_pages = kMaxArenaBytes / page_size();
  Byte* const lists = begin + page_size();
  pages_ = new (region) GuardedPages{.data = begin + kControlBytes,
                                     .saved = begin + kControlBytes + kMaxArenaBytes,
                                     .count = 0,
                                     .open_count = 0,
                                     .opened = reinterpret_cast<std::uint32_t*>(lists),
                                     .is_open = lists + max_pages * sizeof(std::uint32_t)};
  if (!make_writable(pages_->data, writable_data_, sizeof(Heap))) {
    munmap(region, kRegionBytes);
    throw std::bad_alloc();
  }
  new (pages_->data) Heap{.used = round_up(sizeof(Heap), alignof(Header)), .freed = {}};
}

Arena::~Arena() {
  if (is_registered_) forget_region(*pages_);
  munmap(pages_, kRegionBytes);
}

bool Arena::make_writable(Byte* begin, std::size_t& writable, std::size_t needed) noexcept {
  if (needed <= writable) return true;
  if (needed > kMaxArenaBytes) return false;
  const std::size_t end = std::min(round_up(needed, kGrowth), kMaxArenaBytes);
  if (mprotect(begin + writable, end - writable, PROT_READ | PROT_WRITE) != 0) return false;
  writable = end;
  return true;
}

void* Arena::allocate(std::size_t size) noexcept {
  if (size > kMaxArenaBytes / 2) return nullptr;
  const SizeClass wanted = size_class_for(size + sizeof(Header));
  Heap& heap = heap_of(*pages_);
  if (Header* const header = heap.freed[wanted.index]) {
    heap.freed[wanted.index] = header->next;
    return header + 1;
  }
  if (!make_writable(pages_->data, writable_data_, heap.used + wanted.bytes)) return nullptr;
  void* const place = pages_->data + heap.used;
  heap.used += wanted.bytes;
  return new (place) Header{wanted.index, nullptr} + 1;
}

void Arena::release(void* block) noexcept {
  if (block == nullptr) return;
  Header* const header = static_cast<Header*>(block) - 1;
  Heap& heap = heap_of(*pages_);
  header->next = heap.freed[header->size_class];
  heap.freed[header->size_class] = header;
}

void Arena::snapshot() {
  const std::size_t used = round_up(heap_of(*pages_).used, page_size());
  const bool was_guarded = restores_by_ == Restore::kGuards;
  if (can_guard(used) && snapshot_by_guards(used)) {
    restores_by_ = Restore::kGuards;
    return;
  }
  if (was_guarded) unguard(*pages_);
  const bool may_map = how_ == Restore::kCopyOnWrite ||
                       (how_ == Restore::kAutomatic && used > kCopyLimitWithoutGuards);
  if (may_map && snapshot_by_mapping(used)) {
    restores_by_ = Restore::kCopyOnWrite;
    return;
  }
  snapshot_by_copy(used);
}

void Arena::snapshot_by_copy(std::size_t used) {
  if (!make_writable(pages_->saved, writable_saved_, used)) throw std::bad_alloc();
  std::memcpy(pages_->saved, pages_->data, used);
  copied_ = used;
  restores_by_ = Restore::kCopy;
}

// What lies in the file is mapped; what is changed in the mapping, or not mapped yet, is written to
// the file first.
bool Arena::snapshot_by_mapping(std::size_t used) {
  if (!file_) {
    file_.emplace(memfd_create("zipdream arena", MFD_CLOEXEC));
    if (file_->get() >= 0 && ftruncate(file_->get(), static_cast<off_t>(kMaxArenaBytes)) != 0) {
      file_->close_now();
    }
  }
  if (file_->get() < 0) return false;
  if (!save_changed_pages(pages_->data, pages_->data + used, file_->get())) return false;
  if (used <= mapped_) return true;
  void* const begin = pages_->data + mapped_;
  if (mmap(begin, used - mapped_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED | MAP_NORESERVE,
           file_->get(), static_cast<off_t>(mapped_)) == MAP_FAILED) {
    throw std::bad_alloc();
  }
  mapped_ = used;
  return true;
}

bool Arena::can_guard(std::size_t used) {
  if (how_ == Restore::kCopy || how_ == Restore::kCopyOnWrite) return false;
  if (how_ == Restore::kAutomatic && used <= kCopyLimit) return false;
  if (!faults_are_handled()) return false;
  if (!is_registered_) is_registered_ = register_region(*pages_);
  return is_registered_;
}

bool Arena::snapshot_by_guards(std::size_t used) {
  if (!make_writable(pages_->saved, writable_saved_, used)) throw std::bad_alloc();
  const std::size_t size = page_size();
  for (std::size_t i = 0; i < pages_->open_count; ++i) {
    const std::size_t at = pages_->opened[i] * size;
    std::memcpy(pages_->saved + at, pages_->data + at, size);
  }
  // What the context has opened since is not in use.
  candidates_since_closing_ = pages_->open_count == 0 ? 0 : kWarmUpCandidates;
  return guard(*pages_, used / size);
}

void Arena::restore() {
  switch (restores_by_) {
    case Restore::kGuards:
      return restore_open_pages();
    case Restore::kCopyOnWrite:
      madvise(pages_->data, mapped_, MADV_DONTNEED);
      return;
    default:
      std::memcpy(pages_->data, pages_->saved, copied_);
  }
}

// In order, so that neighbours go in one copy.
void Arena::restore_open_pages() {
  std::uint32_t* const opened = pages_->opened;
  const std::size_t count = pages_->open_count;
  if (sorted_count_ != count) std::sort(opened, opened + count);
  sorted_count_ = count;
  for (std::size_t i = 0; i < count;) {
    std::size_t run = 1;
    while (i + run < count && opened[i + run] == opened[i] + run) ++run;
    const std::size_t at = opened[i] * page_size();
    std::memcpy(pages_->data + at, pages_->saved + at, run * page_size());
    i += run;
  }
}

void Arena::close_unused_pages() {
  if (restores_by_ != Restore::kGuards) return;
  const std::size_t open = pages_->open_count;
  if (candidates_since_closing_ < kWarmUpCandidates) {
    ++candidates_since_closing_;
    used_count_ = open;
  }
  copied_in_vain_ += open - std::min(open, used_count_);
  if (copied_in_vain_ < kCostOfClosing + kCostOfOpening * used_count_) return;
  copied_in_vain_ = 0;
  candidates_since_closing_ = 0;
  if (!close_pages(*pages_)) snapshot_by_copy(round_up(heap_of(*pages_).used, page_size()));
}

void Arena::thaw() {
  if (restores_by_ == Restore::kGuards) unguard(*pages_);
  restores_by_ = Restore::kCopy;
}

std::size_t Arena::cost() const {
  const std::size_t size = page_size();
  const std::size_t used = round_up(heap_of(*pages_).used, size);
  std::vector<unsigned char> is_resident(used / size);
  if (mincore(pages_->data, used, is_resident.data()) != 0) return used;
  const auto resident =
      static_cast<std::size_t>(std::count_if(is_resident.begin(), is_resident.end(),
                                             [](unsigned char flags) { return (flags & 1) != 0; }));
  const std::size_t guarded = pages_->open_count * kCostOfOpenPage;
  return resident * size + (restores_by_ == Restore::kGuards ? guarded : copied_);
}

}  // namespace zipdream
