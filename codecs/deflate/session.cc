// SPDX-License-Identifier: Apache-2.0
#include "codecs/deflate/session.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cassert>

#include "base/parallel.h"
#include "codecs/common/coding_loop.h"
#include "codecs/deflate/deflater.h"
#include "codecs/deflate/exact_session.h"

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
    std::string source = "from copies of zlib's encoder";
    if (exact_session_knows_zlib()) return source;
    return fmt::format("{}, right but slower: the zlib here ({}) is not the one that is modelled",
                       source, zlibVersion());
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

// ---- the check of the exact session ----

constexpr std::array<std::size_t, 3> kSizes = {40, 700, 3000};

// Enough noise that a block becomes full in it, and enough text that the window slides.
constexpr std::size_t kLongNoise = 24'000;
constexpr std::size_t kLongSize = 70'000;

bool agree(int level, ByteView text) {
  const auto exact = start_exact_session(level, 0, Units::kBits);
  const auto zlib = start_gzip_session(level, 0, Units::kBits);
  exact->append(text);
  zlib->append(text);
  return exact->bits() == zlib->bits();
}

bool check() {
  for (int level = 1; level <= 9; ++level) {
    for (const std::size_t size : kSizes) {
      for (const unsigned letters : {2U, 12U, 90U}) {
        if (!agree(level, check_text(size, letters))) return false;
      }
    }
  }
  return agree(1, check_text(kLongSize, 90, kLongNoise));
}

}  // namespace

std::unique_ptr<Session> start_gzip_session(int level, std::size_t wrapper_bytes, Units units) {
  return std::make_unique<GzipSession>(level, wrapper_bytes, units);
}

bool exact_session_knows_zlib() {
  static const bool knows = check();
  return knows;
}

}  // namespace zipdream
