// SPDX-License-Identifier: Apache-2.0
#include "codecs/deflate/session.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <cassert>

#include "base/parallel.h"
#include "codecs/deflate/deflater.h"
#include "codecs/deflate/self_check.h"

namespace zipdream {
namespace {

constexpr std::size_t kGrain = 8;  // candidates per range, at 10 to 200 us each

class GzipSession final : public Session {
 public:
  GzipSession(int level, std::size_t wrapper_bytes, Units units)
      : encoder_(level), wrapper_bits_(8 * wrapper_bytes), units_(units) {}

  void append(ByteView bytes) override { encoder_.feed(bytes); }

  double bits() const override { return measure({}, may_fill(0)); }

  void bits_after(std::span<const ByteView> candidates, std::span<double> out) const override {
    assert(out.size() == candidates.size());
    std::size_t longest = 0;
    for (const ByteView candidate : candidates) longest = std::max(longest, candidate.size());
    const bool check_full_block = may_fill(longest);
    parallel_for(candidates.size(), kGrain, [&](std::size_t begin, std::size_t end) {
      for (std::size_t i = begin; i < end; ++i) out[i] = measure(candidates[i], check_full_block);
    });
  }

  std::unique_ptr<Session> clone() const override { return std::make_unique<GzipSession>(*this); }

  std::string describe() const override {
    std::string way = "from copies of zlib's encoder";
    if (exact_session_knows_zlib()) return way;
    return fmt::format("{}, right but slower: the zlib here ({}) is not the one that is modelled",
                       way, zlibVersion());
  }

 private:
  bool may_fill(std::size_t count) const {
    return units_ == Units::kBits && encoder_.block_may_fill(count);
  }

  double measure(ByteView candidate, bool check_full_block) const {
    Deflater encoder(encoder_);
    encoder.feed(candidate);
    const std::uint64_t bits = units_ == Units::kBytes ? 8 * encoder.finish_bytes()
                                                       : encoder.finish_bits(check_full_block);
    return static_cast<double>(wrapper_bits_ + bits);
  }

  Deflater encoder_;
  std::uint64_t wrapper_bits_;
  Units units_;
};

}  // namespace

std::unique_ptr<Session> start_gzip_session(int level, std::size_t wrapper_bytes, Units units) {
  return std::make_unique<GzipSession>(level, wrapper_bytes, units);
}

}  // namespace zipdream
