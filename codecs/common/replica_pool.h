// SPDX-License-Identifier: Apache-2.0
// Encoders that have compressed (most of) a session's context and can rewind, lent to one thread at
// a time.
#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "codecs/common/snapshot_encoder.h"
#include "zipdream/bytes.h"

namespace zipdream {

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
  [[nodiscard]] std::optional<double> measure(ByteView context, ByteView candidate);

 private:
  void advance_to(ByteView context);

  // Asking the kernel takes as long as a small candidate, so it is not done at every turn.
  void update_cost();

  Arena arena_;
  std::size_t variant_;
  std::unique_ptr<Encoder> encoder_;
  std::size_t fed_ = 0;
  std::size_t cost_ = 0;
  bool has_snapshot_ = false;
  std::size_t measured_ = 0;  // candidates
};

// Threads: any.
class ReplicaPool {
 public:
  ReplicaPool() = default;
  ReplicaPool(const ReplicaPool&) = delete;
  ReplicaPool& operator=(const ReplicaPool&) = delete;
  ~ReplicaPool();

  // nullptr when none of this variant is idle.
  [[nodiscard]] std::unique_ptr<Replica> take(std::size_t variant);

  // Keeps the replica for the next take(), if all pools together don't hold too much already.
  void give_back(std::unique_ptr<Replica> replica);

  // Drops the idle replicas of other variants, which the growing context has left behind.
  void keep_only(std::size_t variant);

 private:
  struct Idle {
    std::unique_ptr<Replica> replica;
    std::size_t cost;
  };

  std::mutex mutex_;
  std::vector<Idle> idle_;
};

}  // namespace zipdream
