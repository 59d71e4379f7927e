// SPDX-License-Identifier: Apache-2.0
// The keys and values of the positions seen so far, by pages of kPanel positions. Copies share
// pages until one of them writes, so that a model can be copied in microseconds wherever it stands.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "models/lm/aligned.h"

namespace zipdream {

// Threads: as a standard container; copying counts as reading.
class KvCache {
 public:
  explicit KvCache(std::size_t page_floats) : page_floats_(page_floats) {}
  KvCache(const KvCache& other);
  KvCache& operator=(KvCache other);
  ~KvCache() = default;

  void clear() { pages_.clear(); }

  // For writing: page `index`, which is new when there were as many before. Valid until the cache
  // is copied or cleared. REQUIRES: index <= the number of pages.
  [[nodiscard]] float* edit_page(std::size_t index);

  [[nodiscard]] const float* page(std::size_t index) const { return pages_[index].data->data(); }
  [[nodiscard]] std::size_t page_count() const { return pages_.size(); }

 private:
  struct Page {
    std::shared_ptr<Floats> data;
    std::uint64_t owned_in;  // the epoch in which it became this cache's alone
  };

  std::size_t page_floats_;
  std::vector<Page> pages_;
  mutable std::atomic<std::uint64_t> epoch_{1};  // being copied begins a new one
};

}  // namespace zipdream
