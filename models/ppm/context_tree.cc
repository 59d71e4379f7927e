// SPDX-License-Identifier: Apache-2.0
#include "models/ppm/context_tree.h"

#include <algorithm>
#include <cassert>
#include <utility>

namespace zipdream {
namespace {

// A child is nothing, a context, or a place in the text.
constexpr std::uint32_t kInText = 0x80000000;

constexpr std::uint32_t kNoBlock = 0xffffffff;

// Followers that fit into a block of each class.
constexpr auto kBlockSizes =
    std::to_array<std::uint16_t>({2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256});

// Of what is counted in a context, the next shorter one gets this part.
constexpr std::uint32_t kForSuffix = 6;
static_assert(kForSuffix < ContextTree::kOccurrence);

// A follower that has been counted more often makes its context forget: all counts are halved, so
// that what was true for long gives way to what is true now.
constexpr std::uint32_t kMaxCount = 64 * ContextTree::kOccurrence;

}  // namespace

ContextTree::ContextTree(int max_order) : max_order_(max_order) {
  assert(max_order >= 1 && max_order <= kMaxOrder);
  static_assert(kBlockSizes.size() == kBlockClasses);
  static_assert(sizeof(Context) == 16 && sizeof(Follower) == 8);
  free_blocks_.fill(kNoBlock);
  contexts_.resize(1);
}

std::span<ContextTree::Follower> ContextTree::edit_followers(Context& context) {
  if (context.size == 1) return {&context.only, 1};
  return followers_.edit_items(context.block.first, context.size);
}

std::uint16_t ContextTree::place_of(Byte byte, std::span<const Follower> followers) {
  for (std::size_t i = 0; i < followers.size(); ++i) {
    if (followers[i].byte() == byte) return static_cast<std::uint16_t>(i);
  }
  return kNowhere;
}

ContextTree::Places ContextTree::places(Byte byte) const {
  Places places;
  places.fill(kNowhere);
  for (int order = 0; order < chain_size_; ++order) {
    places[order] = place_of(byte, context(order).followers);
    if (places[order] == kNowhere) break;  // nor do longer contexts know what this one doesn't
  }
  return places;
}

void ContextTree::append(Byte byte, const Places& places) {
  if (text_size_ == text_.size()) text_.resize(text_.size() + PagedArray<Byte>::kPageItems);
  text_.edit(text_size_++) = byte;
  int order = chain_size_ - 1;
  for (; order >= 0 && places[order] == kNowhere; --order) add_follower(chain_[order], byte);
  // The chain moves on before counts do, because counting changes places.
  const std::array<std::uint32_t, kMaxOrder + 1> chain = chain_;
  advance(order, places);
  if (order < 0) return;
  count(chain[order], places[order], kOccurrence);
  if (order > 0) count(chain[order - 1], places[order - 1], kForSuffix);
}

// Adds to a count, and moves the follower one place forward when it overtakes the one before.
void ContextTree::count(std::uint32_t context_index, std::uint16_t place, std::uint32_t amount) {
  Context& context = contexts_.edit(context_index);
  const std::span<Follower> followers = edit_followers(context);
  std::uint32_t total = view(context).total + amount;
  Follower& follower = followers[place];
  follower.set_count(follower.count() + amount);
  if (follower.count() > kMaxCount) {
    total = 0;
    for (Follower& each : followers) {
      each.set_count(std::max(each.count() / 2, kOccurrence));
      total += each.count();
    }
  }
  if (context.size > 1) context.block.total = total;
  if (place > 0 && followers[place - 1].count() < follower.count()) {
    std::swap(followers[place - 1], follower);
  }
}

void ContextTree::add_follower(std::uint32_t context_index, Byte byte) {
  const Follower follower(byte, kOccurrence, kInText | static_cast<std::uint32_t>(text_size_));
  Context& context = contexts_.edit(context_index);
  if (context.size == 0) {
    context.only = follower;
    context.size = 1;
    return;
  }
  if (context.size == 1 || context.size == kBlockSizes[context.block_class]) grow_block(context);
  ++context.size;
  context.block.total += kOccurrence;
  edit_followers(context).back() = follower;
}

// The context that a follower leads to, made now if it was only a place in the text. Then all its
// suffixes are there, or are made as well.
std::uint32_t ContextTree::child_of(std::uint32_t parent, std::uint16_t place) {
  const Follower follower = view(contexts_[parent]).followers[place];
  if ((follower.child_ & kInText) == 0) return follower.child_;
  std::uint32_t suffix = 0;
  if (parent != 0) {
    const std::uint32_t shorter = contexts_[parent].suffix;
    suffix = child_of(shorter, place_of(follower.byte(), view(contexts_[shorter]).followers));
  }
  const std::uint32_t position = follower.child_ & ~kInText;
  assert(position < text_size_);
  const std::uint32_t child =
      add_context(suffix, {text_[position], kOccurrence, follower.child_ + 1});
  edit_followers(contexts_.edit(parent))[place].child_ = child;
  return child;
}

std::uint32_t ContextTree::add_context(std::uint32_t suffix, const Follower& only) {
  if (contexts_size_ == contexts_.size()) {
    contexts_.resize(contexts_.size() + PagedArray<Context>::kPageItems);
  }
  Context& context = contexts_.edit(contexts_size_);
  context.suffix = suffix;
  context.size = 1;
  context.only = only;
  return static_cast<std::uint32_t>(contexts_size_++);
}

// Moves the chain past a byte that it knows up to the order `known_order` (-1: not at all).
void ContextTree::advance(int known_order, const Places& places) {
  const int order = std::min(known_order, max_order_ - 1);
  chain_size_ = 1;
  if (order < 0) return;
  chain_size_ = order + 2;
  std::uint32_t context = child_of(chain_[order], places[order]);
  for (int i = chain_size_ - 1; i > 0; --i) {
    chain_[i] = context;
    const Context& in_chain = contexts_[context];
    if (in_chain.size > 1) followers_.prefetch(in_chain.block.first);
    context = in_chain.suffix;
  }
}

std::uint32_t ContextTree::take_block(std::uint16_t block_class) {
  std::uint32_t& head = free_blocks_[block_class];
  if (head != kNoBlock) return std::exchange(head, followers_[head].child_);
  const std::size_t size = kBlockSizes[block_class];
  const std::size_t page = PagedArray<Follower>::kPageItems;
  if (followers_size_ % page + size > page) followers_size_ += page - followers_size_ % page;
  if (followers_size_ + size > followers_.size()) followers_.resize(followers_.size() + page);
  const auto first = static_cast<std::uint32_t>(followers_size_);
  followers_size_ += size;
  return first;
}

// Moves the followers to a larger block.
void ContextTree::grow_block(Context& context) {
  if (context.size == 1) {
    const Follower only = context.only;
    context.block = {only.count(), take_block(0)};
    context.block_class = 0;
    followers_.edit(context.block.first) = only;
    return;
  }
  const std::uint32_t old = context.block.first;
  const auto larger = static_cast<std::uint16_t>(context.block_class + 1);
  context.block.first = take_block(larger);
  const auto to = followers_.edit_items(context.block.first, context.size);
  const auto from = followers_.items(old, context.size);
  std::copy(from.begin(), from.end(), to.begin());
  followers_.edit(old).child_ = std::exchange(free_blocks_[context.block_class], old);
  context.block_class = larger;
}

std::size_t ContextTree::memory() const {
  return text_size_ + contexts_size_ * sizeof(Context) + followers_size_ * sizeof(Follower);
}

Bytes ContextTree::recent_text(std::size_t count) const {
  Bytes recent;
  for (std::size_t i = text_size_ - std::min(count, text_size_); i < text_size_; ++i) {
    recent.push_back(text_[i]);
  }
  return recent;
}

}  // namespace zipdream
