// SPDX-License-Identifier: Apache-2.0
#include "codecs/common/replica_pool.h"

#include <algorithm>
#include <atomic>

namespace zipdream {
namespace {

// Idle replicas of all sessions together. Those beyond are dropped after use and compressed again
// when needed, which costs one compression per question of many candidates.
constexpr std::size_t kMaxIdleCost = std::size_t{1} << 30;
constinit std::atomic<std::size_t> idle_cost{0};

// While so much context is fed, so many guarded pages would fault that it is cheaper to guard them
// anew.
constexpr std::size_t kMuchContext = 512;

constexpr std::size_t kCandidatesPerCost = 64;

}  // namespace

std::optional<double> Replica::measure(ByteView context, ByteView candidate) {
  advance_to(context);
  encoder_->feed(candidate);
  const std::optional<double> bits = encoder_->finish();
  arena_.restore();
  arena_.close_unused_pages();
  update_cost();
  return bits;
}

void Replica::update_cost() {
  if (++measured_ % kCandidatesPerCost == 1) cost_ = arena_.cost();
}

void Replica::advance_to(ByteView context) {
  if (has_snapshot_ && fed_ == context.size()) return;
  const ByteView news = context.subspan(fed_);
  if (has_snapshot_ && news.size() >= kMuchContext) arena_.thaw();
  encoder_->feed_context(news);
  arena_.snapshot();
  fed_ = context.size();
  has_snapshot_ = true;
}

ReplicaPool::~ReplicaPool() {
  for (const Idle& idle : idle_) idle_cost -= idle.cost;
}

std::unique_ptr<Replica> ReplicaPool::take(std::size_t variant) {
  const std::lock_guard lock(mutex_);
  const auto has_variant = [&](const Idle& idle) { return idle.replica->variant() == variant; };
  // The last one first: its pages are in the cache, and its context is likely up to date.
  const auto found = std::find_if(idle_.rbegin(), idle_.rend(), has_variant);
  if (found == idle_.rend()) return nullptr;
  std::unique_ptr<Replica> replica = std::move(found->replica);
  idle_cost -= found->cost;
  idle_.erase(std::next(found).base());
  return replica;
}

void ReplicaPool::give_back(std::unique_ptr<Replica> replica) {
  const std::size_t cost = replica->cost();
  if (idle_cost.fetch_add(cost) + cost > kMaxIdleCost) {
    idle_cost -= cost;
    return;
  }
  const std::lock_guard lock(mutex_);
  idle_.push_back({std::move(replica), cost});
}

void ReplicaPool::keep_only(std::size_t variant) {
  const std::lock_guard lock(mutex_);
  std::erase_if(idle_, [&](const Idle& idle) {
    if (idle.replica->variant() == variant) return false;
    idle_cost -= idle.cost;
    return true;
  });
}

}  // namespace zipdream
