// SPDX-License-Identifier: Apache-2.0
#include "codecs/deflate/window.h"

#include <algorithm>
#include <cassert>
#include <cstring>

namespace zipdream::deflate {
namespace {

constexpr int kHashes = 32768;
constexpr std::uint16_t kNotInChain = 0xffff;
constexpr int kShortTail = 128;
constexpr int kLongTail = 1024;
constexpr std::size_t kBaseBytes = 32768;              // before the tail, those that matter
constexpr std::size_t kMaxBaseBytes = 3 * kBaseBytes;  // when to drop those that don't

constexpr std::uint16_t hash_of(const Byte* bytes) {
  return static_cast<std::uint16_t>((bytes[0] << 10 ^ bytes[1] << 5 ^ bytes[2]) & (kHashes - 1));
}

}  // namespace

Window::Window(bool links_follow_text)
    : links_follow_text_(links_follow_text), base_(std::make_shared<Base>()) {
  base_->heads.assign(kHashes, -1);
}

Window::Window(const Window& other)
    : links_follow_text_(other.links_follow_text_),
      shared_(true),
      base_(other.base_),
      tail_begin_(other.tail_begin_),
      tail_size_(other.tail_size_),
      linked_(other.linked_) {
  other.shared_.store(true, std::memory_order_relaxed);
  std::copy_n(other.text_.begin(), tail_size_, text_.begin());
  std::copy_n(other.hashes_.begin(), linked_, hashes_.begin());
  std::copy_n(other.links_.begin(), linked_, links_.begin());
}

void Window::append(ByteView bytes, Position done) {
  assert(bytes.size() <= kMaxAppended && done >= tail_begin_);
  if (tail_size_ + bytes.size() > kTailSize) fold(done);
  assert(tail_size_ + bytes.size() <= kTailSize);
  std::copy(bytes.begin(), bytes.end(), text_.begin() + tail_size_);
  tail_size_ += static_cast<int>(bytes.size());
  if (!links_follow_text_) return;
  for (; linked_ + 2 < tail_size_; ++linked_) set_link(linked_);
}

void Window::tidy(Position done) {
  if (tail_size_ > (shared_.load(std::memory_order_relaxed) ? kLongTail : kShortTail)) fold(done);
}

void Window::insert(Position at) {
  const int offset = static_cast<int>(at - tail_begin_);
  assert(offset >= linked_ && offset + 2 < tail_size_);
  std::fill(hashes_.begin() + linked_, hashes_.begin() + offset, kNotInChain);
  set_link(offset);
  linked_ = offset + 1;
}

void Window::set_link(int at) {
  hashes_[at] = hash_of(text_.data() + at);
  const Position before = latest_of(hashes_[at], at);
  const Position distance = tail_begin_ + at - before;
  links_[at] = before < 0 || distance > kMaxDistance ? 0 : static_cast<std::uint16_t>(distance);
}

Position Window::latest(Byte next) const {
  const Byte last[] = {at(end() - 2), at(end() - 1), next};
  return latest_of(hash_of(last), linked_);
}

// The latest position with this hash, of the first `before` positions of the tail and of the base.
// Blocks of 16 let the compiler compare
// them at once.
Position Window::latest_of(std::uint16_t hash, int before) const {
  int i = before;
  for (; i >= 16; i -= 16) {
    int found = 0;
    for (int j = i - 16; j < i; ++j) found |= hashes_[j] == hash;
    if (found != 0) break;
  }
  while (i-- > 0) {
    if (hashes_[i] == hash) return tail_begin_ + i;
  }
  const std::int32_t head = base_->heads[hash];
  return head < 0 ? -1 : base_->begin + head;
}

int Window::common(Position a, Position b, int max_count) const {
  int count = 0;
  while (count < max_count) {
    // As far as neither leaves the base.
    const Position a_left = a + count < tail_begin_ ? tail_begin_ - a - count : max_count;
    const Position b_left = b + count < tail_begin_ ? tail_begin_ - b - count : max_count;
    const int step = static_cast<int>(std::min({Position{max_count - count}, a_left, b_left}));
    const Byte* const left = bytes(a + count);
    const Byte* const right = bytes(b + count);
    int i = 0;
    while (i + 8 <= step && std::memcmp(left + i, right + i, 8) == 0) i += 8;
    for (; i < step; ++i) {
      if (left[i] != right[i]) return count + i;
    }
    count += step;
  }
  return count;
}

Window::Base& Window::base_to_write() {
  if (shared_.load(std::memory_order_relaxed)) {
    base_ = std::make_shared<Base>(*base_);
    shared_.store(false, std::memory_order_relaxed);
  }
  Base& base = *base_;
  if (base.text.size() > kMaxBaseBytes) {
    const auto drop = static_cast<std::ptrdiff_t>(base.text.size() - kBaseBytes);
    base.text.erase(base.text.begin(), base.text.begin() + drop);
    base.links.erase(base.links.begin(), base.links.begin() + drop);
    base.begin += drop;
    for (std::int32_t& head : base.heads) {
      head = std::max<std::int32_t>(-1, head - static_cast<std::int32_t>(drop));
    }
  }
  return base;
}

// Moves the tail to the base as far as the parser is done with it and it is in its chains.
void Window::fold(Position done) {
  int count = static_cast<int>(done - tail_begin_);
  if (links_follow_text_) count = std::min(count, linked_);
  if (count == 0) return;
  Base& base = base_to_write();
  if (linked_ < count) {
    std::fill(hashes_.begin() + linked_, hashes_.begin() + count, kNotInChain);
    linked_ = count;
  }
  for (int i = 0; i < count; ++i) {
    if (hashes_[i] != kNotInChain) {
      base.heads[hashes_[i]] = static_cast<std::int32_t>(base.text.size()) + i;
    }
  }
  base.text.insert(base.text.end(), text_.begin(), text_.begin() + count);
  base.links.insert(base.links.end(), links_.begin(), links_.begin() + count);
  std::copy(text_.begin() + count, text_.begin() + tail_size_, text_.begin());
  std::copy(hashes_.begin() + count, hashes_.begin() + linked_, hashes_.begin());
  std::copy(links_.begin() + count, links_.begin() + linked_, links_.begin());
  tail_begin_ += count;
  tail_size_ -= count;
  linked_ -= count;
}

}  // namespace zipdream::deflate
