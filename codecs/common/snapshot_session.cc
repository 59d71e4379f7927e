// SPDX-License-Identifier: Apache-2.0
#include "codecs/common/snapshot_session.h"

#include <atomic>
#include <cassert>
#include <mutex>
#include <new>
#include <utility>
#include <vector>

#include "base/parallel.h"
#include "base/process.h"

namespace zipdream {
namespace {

// What the idle replicas of all sessions together may cost. Those beyond are dropped after use and
// compressed again when needed, which costs one compression per question of many candidates.
constexpr std::size_t kMaxIdleCost = std::size_t{1} << 30;
constinit std::atomic<std::size_t> idle_cost{0};

// While so much context is fed, so many guarded pages would fault that it is cheaper to guard them
// anew.
constexpr std::size_t kThawingContext = 512;

constexpr std::size_t kCandidatesPerCost = 64;

// An encoder that has compressed (most of) a session's context and can rewind; lent to one thread
// at a time.
class Replica {
 public:
  Replica(const EncoderFactory& encoders, std::size_t variant)
      : variant_(variant), encoder_(encoders.start(arena_, variant)) {}

  [[nodiscard]] std::size_t variant() const { return variant_; }
  // What it costs the machine to keep, in bytes.
  [[nodiscard]] std::size_t cost() const { return cost_; }

  // The length of context and candidate together, as Encoder::finish() gives it. REQUIRES:
  // `context` begins with the one of the last call. After an exception the replica is of no more
  // use.
  [[nodiscard]] std::optional<double> measure(ByteView context, ByteView candidate) {
    advance_to(context);
    encoder_->feed(candidate);
    const std::optional<double> bits = encoder_->finish();
    arena_.restore();
    arena_.close_unused_pages();
    update_cost();
    return bits;
  }

 private:
  void advance_to(ByteView context) {
    if (has_snapshot_ && fed_ == context.size()) return;
    const ByteView news = context.subspan(fed_);
    if (has_snapshot_ && news.size() >= kThawingContext) arena_.thaw();
    encoder_->feed_context(news);
    arena_.snapshot();
    fed_ = context.size();
    has_snapshot_ = true;
  }

  // Asking the kernel takes as long as a small candidate, so it is not done for each.
  void update_cost() {
    if (++measured_ % kCandidatesPerCost == 1) cost_ = arena_.cost();
  }

  Arena arena_;
  std::size_t variant_;
  std::unique_ptr<Encoder> encoder_;
  std::size_t fed_ = 0;
  std::size_t cost_ = 0;
  bool has_snapshot_ = false;
  std::size_t measured_ = 0;  // candidates
};

// The idle replicas of one session. Threads: any.
class ReplicaPool {
 public:
  ReplicaPool() = default;
  ReplicaPool(const ReplicaPool&) = delete;
  ReplicaPool& operator=(const ReplicaPool&) = delete;
  ~ReplicaPool() {
    for (const Idle& idle : idle_) idle_cost -= idle.cost;
  }

  // nullptr when none of this variant is idle.
  [[nodiscard]] std::unique_ptr<Replica> take(std::size_t variant) {
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

  // Keeps the replica for the next take(), if all pools together don't hold too much already.
  void give_back(std::unique_ptr<Replica> replica) {
    const std::size_t cost = replica->cost();
    if (idle_cost.fetch_add(cost) + cost > kMaxIdleCost) {
      idle_cost -= cost;
      return;
    }
    const std::lock_guard lock(mutex_);
    idle_.push_back({std::move(replica), cost});
  }

  // Drops the idle replicas of other variants, which the growing context has left behind.
  void keep_only(std::size_t variant) {
    const std::lock_guard lock(mutex_);
    std::erase_if(idle_, [&](const Idle& idle) {
      if (idle.replica->variant() == variant) return false;
      idle_cost -= idle.cost;
      return true;
    });
  }

 private:
  struct Idle {
    std::unique_ptr<Replica> replica;
    std::size_t cost;
  };

  std::mutex mutex_;
  std::vector<Idle> idle_;
};

// Candidates per range: few enough that slow codecs keep every core busy to the end.
std::size_t grain_for(std::size_t count) {
  const std::size_t ranges = 4 * static_cast<std::size_t>(thread_count());
  return std::clamp<std::size_t>(count / ranges, 1, 16);
}

class SnapshotSession final : public Session {
 public:
  SnapshotSession(const Codec& codec, Units units, std::shared_ptr<const EncoderFactory> encoders,
                  Bytes context = {})
      : codec_(codec),
        units_(units),
        encoders_(std::move(encoders)),
        context_(std::move(context)) {}

  void append(ByteView bytes) override {
    context_.insert(context_.end(), bytes.begin(), bytes.end());
    replicas_.keep_only(encoders_->variant(context_.size() + 1));
  }

  double bits() const override {
    const std::size_t variant = encoders_->variant(context_.size());
    std::unique_ptr<Replica> replica =
        variant == EncoderFactory::kNone ? nullptr : replicas_.take(variant);
    // One answer is not worth a replica.
    if (!replica) return codec_.bits(context_, units_);
    const std::optional<double> bits = replica->measure(context_, {});
    replicas_.give_back(std::move(replica));
    return bits ? *bits : codec_.bits(context_, units_);
  }

  void bits_after(std::span<const ByteView> candidates, std::span<double> out) const override {
    assert(out.size() == candidates.size());
    parallel_for(candidates.size(), grain_for(candidates.size()),
                 [&](std::size_t begin, std::size_t end) {
                   measure(candidates.subspan(begin, end - begin), out.subspan(begin, end - begin));
                 });
  }

  // The copy compresses the context again when it is first asked.
  std::unique_ptr<Session> clone() const override {
    return std::make_unique<SnapshotSession>(codec_, units_, encoders_, context_);
  }

  std::string describe() const override {
    return "from snapshots of the encoder, where that saves time";
  }

 private:
  // An exception drops the replica, whose state nobody knows then.
  void measure(std::span<const ByteView> candidates, std::span<double> out) const {
    std::unique_ptr<Replica> replica;
    for (std::size_t i = 0; i < candidates.size(); ++i) {
      check_interrupt();  // one candidate can take a tenth of a second
      const std::size_t variant = encoders_->variant(context_.size() + candidates[i].size());
      if (replica && replica->variant() != variant) {
        replicas_.give_back(std::exchange(replica, nullptr));
      }
      if (!replica) replica = find_replica(variant);
      std::optional<double> bits;
      if (replica) bits = replica->measure(context_, candidates[i]);
      out[i] = bits ? *bits : recompress(candidates[i]);
    }
    if (replica) replicas_.give_back(std::move(replica));
  }

  // nullptr when the input has no encoder or the machine no memory for one.
  std::unique_ptr<Replica> find_replica(std::size_t variant) const {
    if (variant == EncoderFactory::kNone) return nullptr;
    if (std::unique_ptr<Replica> idle = replicas_.take(variant)) return idle;
    try {
      return std::make_unique<Replica>(*encoders_, variant);
    } catch (const std::bad_alloc&) {
      return nullptr;
    }
  }

  double recompress(ByteView candidate) const {
    Bytes data = context_;
    data.insert(data.end(), candidate.begin(), candidate.end());
    return codec_.bits(data, units_);
  }

  const Codec& codec_;
  Units units_;
  std::shared_ptr<const EncoderFactory> encoders_;
  Bytes context_;
  mutable ReplicaPool replicas_;
};

}  // namespace

std::unique_ptr<Session> start_snapshot_session(const Codec& codec, Units units,
                                                std::shared_ptr<const EncoderFactory> encoders) {
  return std::make_unique<SnapshotSession>(codec, units, std::move(encoders));
}

}  // namespace zipdream
