// SPDX-License-Identifier: Apache-2.0
#include "codecs/deflate/exact_session.h"

#include <algorithm>
#include <cassert>

#include "base/parallel.h"
#include "codecs/deflate/parser.h"

namespace zipdream {
namespace {

using deflate::Effort;
using deflate::kMostAppended;
using deflate::ParseState;
using deflate::Window;

constexpr std::size_t kGrain = 32;  // candidates per range

class ExactSession final : public Session {
 public:
  ExactSession(int level, std::size_t wrapper_bytes, Units units)
      : effort_(deflate::effort_of(level)),
        wrapper_bits_(8 * wrapper_bytes),
        units_(units),
        window_(effort_.is_lazy) {}

  void append(ByteView bytes) override {
    while (!bytes.empty()) {
      const ByteView piece = bytes.first(std::min<std::size_t>(bytes.size(), kMostAppended));
      bytes = bytes.subspan(piece.size());
      window_.append(piece, state_.at);
      deflate::advance(effort_, window_, state_);
    }
  }

  double bits() const override { return measure({}); }

  void bits_after(std::span<const ByteView> candidates, std::span<double> out) const override {
    assert(out.size() == candidates.size());
    parallel_for(candidates.size(), kGrain, [&](std::size_t begin, std::size_t end) {
      for (std::size_t i = begin; i < end; ++i) out[i] = measure(candidates[i]);
    });
  }

  std::unique_ptr<Session> clone() const override { return std::make_unique<ExactSession>(*this); }

 private:
  double measure(ByteView candidate) const {
    ExactSession copy(*this);
    copy.append(candidate);
    return in_units(deflate::finish(effort_, copy.window_, copy.state_));
  }

  double in_units(std::uint64_t bits) const {
    if (units_ == Units::kBytes) bits = (bits + 7) / 8 * 8;
    return static_cast<double>(wrapper_bits_ + bits);
  }

  const Effort& effort_;
  std::uint64_t wrapper_bits_;
  Units units_;
  Window window_;
  ParseState state_;
};

}  // namespace

std::unique_ptr<Session> start_exact_session(int level, std::size_t wrapper_bytes, Units units) {
  return std::make_unique<ExactSession>(level, wrapper_bytes, units);
}

}  // namespace zipdream
