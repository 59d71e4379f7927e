// SPDX-License-Identifier: Apache-2.0
// An array whose copies share memory until one of them writes (copy on write, by pages). A model of
// many megabytes can so be copied in microseconds and continued a little, as search and sessions
// do.
//
// Pages hang on branches, 64 on each, and a copy of the array takes over the branches alone. Each
// array notes which branches it alone has, and on those which pages: what it made or copied since
// it was last copied itself. A write to anything else copies the branch first, then the page.
// Being copied starts a new epoch, which disowns all branches at once.
#pragma once

#include <array>
#include <atomic>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <span>
#include <type_traits>
#include <vector>

#include "models/page_memory.h"

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
  PagedArray(const PagedArray& other) : size_(other.size_), branches_(other.branches_) {
    for (Held& held : branches_) held.owned_in = 0;
    other.epoch_.fetch_add(1, std::memory_order_relaxed);
  }
  PagedArray& operator=(PagedArray other) {
    size_ = other.size_;
    branches_.swap(other.branches_);
    epoch_.store(other.epoch_.load(std::memory_order_relaxed), std::memory_order_relaxed);
    return *this;
  }
  ~PagedArray() = default;

  [[nodiscard]] std::size_t size() const { return size_; }

  [[nodiscard]] const T& operator[](std::size_t i) const {
    assert(i < size_);
    const std::size_t page = i / kPageItems;
    return branches_[page / kBranchPages].branch->pages[page % kBranchPages].items()[i %
                                                                                     kPageItems];
  }

  // Item i will be read soon: have it brought nearer now. (A function that does only this must be
  // inlined: GCC takes it for one without effect and drops its calls.)
  [[gnu::always_inline]] void prefetch(std::size_t i) const { __builtin_prefetch(&(*this)[i]); }

  // For writing. The reference is valid until the array is copied or resized.
  [[nodiscard]] T& edit(std::size_t i) {
    assert(i < size_);
    const std::size_t page = i / kPageItems;
    Held& held = branches_[page / kBranchPages];
    const std::uint64_t bit = std::uint64_t{1} << page % kBranchPages;
    if (held.owned_in != epoch_.load(std::memory_order_relaxed)) own(held);
    if ((held.branch->owned & bit) == 0) own_page(*held.branch, page % kBranchPages);
    return held.branch->pages[page % kBranchPages].items()[i % kPageItems];
  }

  // The items i to i + count - 1. The span of items() is valid until any item is edited: that may
  // replace its page. REQUIRES: they lie in one page, which begins at a multiple
  // of kPageItems.
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
    constexpr std::size_t kBranchItems = kPageItems * kBranchPages;
    branches_.resize((size + kBranchItems - 1) / kBranchItems, {zero_branch(), 0});
  }

 private:
  static constexpr std::size_t kBranchPages = 64;

  struct alignas(64) Page {  // so that items of 16 bytes, four by four, share a cache line
    std::array<T, kPageItems> items;
    std::atomic<std::uint32_t> users;  // branches
  };
  static PageMemory& memory() {
    static auto* const memory = new PageMemory(sizeof(Page));  // outlives all arrays
    return *memory;
  }

  // A share of a page; at first, of the one of zeros, which isn't counted.
  class SharedPage {
   public:
    SharedPage() = default;
    SharedPage(const SharedPage& other) : page_(other.page_) {
      if (page_ != &zeros) page_->users.fetch_add(1, std::memory_order_relaxed);
    }
    SharedPage& operator=(const SharedPage&) = delete;
    ~SharedPage() {
      if (page_ == &zeros || page_->users.fetch_sub(1, std::memory_order_acq_rel) > 1) return;
      memory().free(page_);
    }

    [[nodiscard]] std::array<T, kPageItems>& items() const { return page_->items; }
    // Becomes the only share of a copy.
    void make_own() {
      Page* const copy = new (memory().allocate()) Page{page_->items, {1}};
      this->~SharedPage();
      page_ = copy;
    }

   private:
    static inline Page zeros{};
    Page* page_ = &zeros;
  };

  struct Branch {
    std::array<SharedPage, kBranchPages> pages;
    std::uint64_t owned = 0;  // by bits: the pages that only the owner of the branch has
  };
  struct Held {
    std::shared_ptr<Branch> branch;
    std::uint64_t owned_in;  // the epoch in which the branch became this array's alone
  };

  // A branch of pages that no array has written to. It is never deleted, so that pointers to it
  // need not be counted.
  static std::shared_ptr<Branch> zero_branch() {
    static Branch branch;
    return {std::shared_ptr<Branch>(), &branch};
  }

  void own(Held& held) {
    held.branch = std::make_shared<Branch>(*held.branch);
    held.branch->owned = 0;
    held.owned_in = epoch_.load(std::memory_order_relaxed);
  }
  static void own_page(Branch& branch, std::size_t page) {
    branch.pages[page].make_own();
    branch.owned |= std::uint64_t{1} << page;
  }

  std::size_t size_ = 0;
  std::vector<Held> branches_;
  mutable std::atomic<std::uint64_t> epoch_{1};
};

}  // namespace zipdream
