// SPDX-License-Identifier: Apache-2.0
// An array whose copies share memory until one of them writes (copy on write, by pages). A
// model of many megabytes can so be copied in microseconds and continued a little, as search and
// sessions do.
//
// Each array notes which pages it alone has: those it made or copied since it was last copied
// itself. A write to any other page copies the page first. Being copied starts a new epoch, which
// disowns all pages at once.
#pragma once

#include <array>
#include <atomic>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <type_traits>
#include <vector>

namespace zipdream {

// Larger pages are reached faster and make copying faster; smaller ones make the first writes after
// it faster.
// Threads: as a standard container; copying counts as reading.
template <typename T, std::size_t kPageBytes = 4096>
class PagedArray {
 public:
  static_assert(std::is_trivially_copyable_v<T>);
  static constexpr std::size_t kPageItems = kPageBytes / sizeof(T);

  PagedArray() = default;
  explicit PagedArray(std::size_t size) { resize(size); }
  PagedArray(const PagedArray& other) : size_(other.size_), pages_(other.pages_) {
    for (Slot& slot : pages_) slot.owned_in = 0;
    other.epoch_.fetch_add(1, std::memory_order_relaxed);
  }
  PagedArray& operator=(PagedArray other) {
    size_ = other.size_;
    pages_.swap(other.pages_);
    epoch_.store(other.epoch_.load(std::memory_order_relaxed), std::memory_order_relaxed);
    return *this;
  }
  ~PagedArray() = default;

  [[nodiscard]] std::size_t size() const { return size_; }

  [[nodiscard]] const T& operator[](std::size_t i) const {
    assert(i < size_);
    return pages_[i / kPageItems].page->items[i % kPageItems];
  }

  // Item i will be read soon: have it brought nearer now. (What only does this must be inlined: to
  // GCC it has no effect, and a call of it is nothing.)
  [[gnu::always_inline]] void prefetch(std::size_t i) const { __builtin_prefetch(&(*this)[i]); }

  // For writing. The reference is valid until the array is copied or resized.
  [[nodiscard]] T& edit(std::size_t i) {
    assert(i < size_);
    Slot& slot = pages_[i / kPageItems];
    if (slot.owned_in != epoch_.load(std::memory_order_relaxed)) own(slot);
    return slot.page->items[i % kPageItems];
  }

  // Items i to i + count - 1. REQUIRES: they lie in one page, which begins at a multiple of
  // kPageItems.
  [[nodiscard]] std::span<const T> items(std::size_t i, std::size_t count) const {
    assert(i % kPageItems + count <= kPageItems);
    return {&(*this)[i], count};
  }
  [[nodiscard]] std::span<T> edit_items(std::size_t i, std::size_t count) {
    assert(i % kPageItems + count <= kPageItems);
    return {&edit(i), count};
  }

  // New items are zero; they take no memory until they are written. REQUIRES: size >= size().
  void resize(std::size_t size) {
    assert(size >= size_);
    size_ = size;
    const std::size_t page_count = (size + kPageItems - 1) / kPageItems;
    pages_.resize(page_count, {std::shared_ptr<Page>(std::shared_ptr<Page>(), &zeros()), 0});
  }

 private:
  struct alignas(64) Page {  // so that items of 16 bytes, four by four, share a cache line
    std::array<T, kPageItems> items;
  };

  // What a page is before it is written: nobody's, so that copies need not count themselves.
  static Page& zeros() {
    static Page page{};
    return page;
  }

  struct Slot {
    std::shared_ptr<Page> page;
    std::uint64_t owned_in;  // the epoch in which the page became this array's alone
  };

  void own(Slot& slot) {
    slot.page = std::make_shared<Page>(*slot.page);
    slot.owned_in = epoch_.load(std::memory_order_relaxed);
  }

  std::size_t size_ = 0;
  std::vector<Slot> pages_;
  mutable std::atomic<std::uint64_t> epoch_{1};
};

}  // namespace zipdream
