// SPDX-License-Identifier: Apache-2.0
#include "codecs/common/recompressing_session.h"

#include <algorithm>
#include <cassert>

#include "base/interrupt.h"
#include "base/parallel.h"

namespace zipdream {
namespace {

// Candidates per range: few enough that slow codecs keep every core busy to the end, many enough
// that the one copy of the context per range is lost beside the compressions.
std::size_t grain_for(std::size_t count) {
  const std::size_t ranges = 4 * static_cast<std::size_t>(thread_count());
  return std::clamp<std::size_t>(count / ranges, 1, 16);
}

class RecompressingSession final : public Session {
 public:
  RecompressingSession(const Codec& codec, Units units) : codec_(codec), units_(units) {}

  void append(ByteView bytes) override {
    context_.insert(context_.end(), bytes.begin(), bytes.end());
  }

  double bits() const override { return codec_.bits(context_, units_); }

  void bits_after(std::span<const ByteView> candidates, std::span<double> out) const override {
    assert(out.size() == candidates.size());
    parallel_for(candidates.size(), grain_for(candidates.size()),
                 [&](std::size_t begin, std::size_t end) {
                   Bytes scratch = context_;
                   for (std::size_t i = begin; i < end; ++i) {
                     check_interrupt();  // one compression can take a second
                     scratch.insert(scratch.end(), candidates[i].begin(), candidates[i].end());
                     out[i] = codec_.bits(scratch, units_);
                     scratch.resize(context_.size());
                   }
                 });
  }

  std::unique_ptr<Session> clone() const override {
    return std::make_unique<RecompressingSession>(*this);
  }

  std::string describe() const override {
    return "by compressing the context again for each candidate";
  }

 private:
  const Codec& codec_;
  Units units_;
  Bytes context_;
};

}  // namespace

std::unique_ptr<Session> start_recompressing_session(const Codec& codec, Units units) {
  return std::make_unique<RecompressingSession>(codec, units);
}

}  // namespace zipdream
