// SPDX-License-Identifier: Apache-2.0
#include "models/lm/state_pages.h"

#include <cassert>

namespace zipdream {

StatePages::StatePages(const StatePages& other)
    : page_floats_(other.page_floats_), pages_(other.pages_) {
  for (Page& page : pages_) page.owned_in = 0;
  other.epoch_.fetch_add(1, std::memory_order_relaxed);
}

StatePages& StatePages::operator=(StatePages other) {
  page_floats_ = other.page_floats_;
  pages_.swap(other.pages_);
  epoch_.store(other.epoch_.load(std::memory_order_relaxed), std::memory_order_relaxed);
  return *this;
}

float* StatePages::edit_page(std::size_t index) {
  assert(index <= pages_.size());
  const std::uint64_t epoch = epoch_.load(std::memory_order_relaxed);
  if (index == pages_.size()) {
    pages_.push_back({std::make_shared<Floats>(page_floats_), epoch});
  }
  Page& page = pages_[index];
  if (page.owned_in != epoch) page = {std::make_shared<Floats>(*page.data), epoch};
  return page.data->data();
}

}  // namespace zipdream
