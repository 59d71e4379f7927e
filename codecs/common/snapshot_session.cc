// SPDX-License-Identifier: Apache-2.0
#include "codecs/common/snapshot_session.h"

#include <algorithm>
#include <cassert>
#include <new>
#include <optional>
#include <utility>

#include "base/interrupt.h"
#include "base/parallel.h"
#include "codecs/common/replica_pool.h"

namespace zipdream {
namespace {

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

  // nullptr when the input has none or the machine has no room for one.
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
