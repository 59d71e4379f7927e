// SPDX-License-Identifier: Apache-2.0
#include "generator/continuation.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace zipdream {

Continuation::Continuation(std::size_t count, const Endings& endings,
                           std::function<void(ByteView)> on_generated, Bytes& bytes)
    : count_(count), endings_(endings), on_generated_(std::move(on_generated)), bytes_(bytes) {}

void Continuation::append(ByteView bytes) {
  if (stopped_) return;
  const std::size_t size_before = bytes_.size();
  bytes = bytes.first(std::min(bytes.size(), count_ - size_before));
  bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
  stopped_ = cut_at_stop(size_before);
  report(done() ? bytes_.size() : bytes_.size() - held_back());
}

// Before the first stop that ends within what is new.
bool Continuation::cut_at_stop(std::size_t size_before) {
  std::size_t first = std::string_view::npos;
  for (const std::string& stop : endings_.stops) {
    const std::size_t from = size_before - std::min(size_before, stop.size() - 1);
    first = std::min(first, as_chars(bytes_).find(stop, from));
  }
  if (first == std::string_view::npos) return false;
  bytes_.resize(first);
  return true;
}

// The longest end that is the beginning of a stop.
std::size_t Continuation::held_back() const {
  const std::string_view all = as_chars(bytes_);
  std::size_t held = 0;
  for (const std::string& stop : endings_.stops) {
    for (std::size_t size = std::min(stop.size() - 1, all.size()); size > held; --size) {
      if (all.ends_with(std::string_view(stop).substr(0, size))) held = size;
    }
  }
  return held;
}

void Continuation::report(std::size_t end) {
  if (end <= reported_) return;
  const ByteView fresh = ByteView(bytes_).subspan(reported_, end - reported_);
  reported_ = end;
  on_generated_(fresh);
}

}  // namespace zipdream
