// SPDX-License-Identifier: Apache-2.0
#include "codecs/common/shared_text.h"

#include <cassert>

namespace zipdream {
namespace {

// How long a tail may become before it moves to the base; longer where that means copying the base.
constexpr std::size_t kShortTail = 1024;
constexpr std::size_t kLongTail = 16384;

}  // namespace

SharedText::SharedText(const SharedText& other)
    : kept_(other.kept_),
      shared_(true),
      base_(other.base_),
      tail_begin_(other.tail_begin_),
      tail_(other.tail_) {
  other.shared_.store(true, std::memory_order_relaxed);
}

void SharedText::append(ByteView bytes) {
  tail_.insert(tail_.end(), bytes.begin(), bytes.end());
  if (tail_.size() > (shared_.load(std::memory_order_relaxed) ? kLongTail : kShortTail)) fold();
}

Bytes SharedText::copy(std::size_t begin, std::size_t end) const {
  assert(begin <= end && end <= size());
  Bytes bytes;
  bytes.reserve(end - begin);
  const auto append_from = [&](const Byte* from, std::size_t offset, std::size_t stop) {
    if (begin >= stop) return;
    bytes.insert(bytes.end(), from + (begin - offset), from + (stop - offset));
    begin = stop;
  };
  append_from(base_->text.data(), base_->begin, std::min(end, tail_begin_));
  append_from(tail_.data() + kOverlap, tail_begin_, end);
  return bytes;
}

void SharedText::fold() {
  Base& base = *base_;
  const std::size_t old = base.text.size() > kept_ ? base.text.size() - kept_ : 0;
  const auto fresh = tail_.begin() + kOverlap;
  if (shared_.load(std::memory_order_relaxed)) {
    auto copy = std::make_shared<Base>();
    copy->begin = base.begin + old;
    copy->text.reserve(base.text.size() - old + 2 * tail_.size());
    copy->text.assign(base.text.begin() + static_cast<std::ptrdiff_t>(old), base.text.end());
    base_ = std::move(copy);
    shared_.store(false, std::memory_order_relaxed);
  } else if (old > 2 * kept_) {
    base.text.erase(base.text.begin(), base.text.begin() + static_cast<std::ptrdiff_t>(old));
    base.begin += old;
  }
  base_->text.insert(base_->text.end(), fresh, tail_.end());
  tail_begin_ += tail_.size() - kOverlap;
  tail_.erase(tail_.begin(), tail_.end() - kOverlap);
}

}  // namespace zipdream
