// SPDX-License-Identifier: Apache-2.0
// What a model keeps of the text that it has read.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "models/lm/kernels.h"
#include "zipdream/predictor.h"

namespace zipdream {

// By pages of equal size; what lies on them is the pass's affair (the keys and values of kPanel
// positions, or what a recurrent layer keeps). Copies share pages until one of them writes, so that
// a model can be copied in microseconds wherever it stands.
// Threads: as a standard container; copying counts as reading.
class StatePages {
 public:
  explicit StatePages(std::size_t page_floats) : page_floats_(page_floats) {}
  StatePages(const StatePages& other);
  StatePages& operator=(StatePages other);
  ~StatePages() = default;

  void clear() { pages_.clear(); }

  // For writing: page `index`, which is new, all zeros, when there were as many before. Valid until
  // the pages are copied or cleared. REQUIRES: index <= the number of pages.
  [[nodiscard]] float* edit_page(std::size_t index);

  [[nodiscard]] const float* page(std::size_t index) const { return pages_[index].data->data(); }
  [[nodiscard]] std::size_t page_count() const { return pages_.size(); }

 private:
  struct Page {
    std::shared_ptr<Floats> data;
    std::uint64_t owned_in;  // the epoch in which it became this owner's alone
  };

  std::size_t page_floats_;
  std::vector<Page> pages_;
  mutable std::atomic<std::uint64_t> epoch_{1};  // being copied begins a new one
};

// What a pass through the layers reads of one text: tokens that follow each other there.
struct TokenRun {
  std::span<const Symbol> tokens;  // not empty
  std::size_t first;               // the position of the first of them
  const StatePages* state;         // of the text
  StatePages* kept;  // that state, where they are to be part of it; null: it stays as it is
};

// Tokens of all runs of a pass, at most.
inline constexpr std::size_t kMaxPassRows = 128;

}  // namespace zipdream
