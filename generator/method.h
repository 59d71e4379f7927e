// SPDX-License-Identifier: Apache-2.0
// A way to continue a strand: draw symbol after symbol (sampling.h), search (search/), ... What
// they have in common, strands in parallel, seeds and interruption, is generate.h's.
#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <utility>

#include "base/bytes.h"
#include "base/rng.h"
#include "base/strand.h"

namespace zipdream {

// What a strand gets, as it comes. One thread.
class Continuation {
 public:
  // Grows `bytes` to `count` bytes and calls `on_generated` with what is new. REQUIRES: `bytes` is
  // empty and outlives it.
  Continuation(std::size_t count, std::function<void(ByteView)> on_generated, Bytes& bytes)
      : count_(count), on_generated_(std::move(on_generated)), bytes_(bytes) {}

  [[nodiscard]] bool done() const { return bytes_.size() >= count_; }
  [[nodiscard]] ByteView bytes() const { return bytes_; }

  // What overruns the count is cut off.
  void append(ByteView bytes) {
    bytes = bytes.first(std::min(bytes.size(), count_ - bytes_.size()));
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
    on_generated_(bytes);
  }

 private:
  std::size_t count_;
  std::function<void(ByteView)> on_generated_;
  Bytes& bytes_;
};

// Immutable; many threads may call at once.
class Method {
 public:
  virtual ~Method() = default;

  // Appends to `out` until it is done. The bytes depend on the strand and on `rng`, whose coins are
  // the only ones, not on the threads. Throws Interrupted when the user asks to stop, which leaves
  // in `out` what there was, and Error when the strand can't be continued.
  virtual void continue_strand(const Strand& strand, Rng rng, Continuation& out) const = 0;
};

}  // namespace zipdream
