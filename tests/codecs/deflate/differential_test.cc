// SPDX-License-Identifier: Apache-2.0
// The exact session against zlib: random contexts of all kinds and sizes, fed in random pieces, and
// for each the 256 next bytes and some longer candidates, in bits and in bytes. The oracle is the
// session that copies zlib's encoder; one answer per context is also held against a stream that
// compress() wrote in one call.
//
// A few thousand candidates by default. scripts/differential.sh COUNT runs more:
// ZIPDREAM_DIFFERENTIAL is how many, ZIPDREAM_SEED where to begin, ZIPDREAM_DIFFERENTIAL_LARGEST
// the bytes of the largest context, ZIPDREAM_DIFFERENTIAL_FILE a file of 1 KB or more to take
// contexts from.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>

#include "base/files.h"
#include "codecs/deflate/deflater.h"
#include "codecs/deflate/exact_session.h"
#include "codecs/deflate/session.h"
#include "tests/codecs/sample_bytes.h"
#include "zipdream/random.h"
#include "zipdream/registry.h"

namespace zipdream {
namespace {

std::uint64_t from_environment(const char* name, std::uint64_t fallback) {
  const char* const value = std::getenv(name);
  return value == nullptr ? fallback : std::strtoull(value, nullptr, 10);
}

constexpr std::size_t kWindow = 32768;
constexpr std::size_t kSlide = 65274;  // the first position at which the window may slide
constexpr std::size_t kLargest = 100'000;

class Differential {
 public:
  // Contexts of up to `largest` bytes. REQUIRES: largest >= kLargest.
  Differential(std::uint64_t seed, std::size_t largest)
      : rng_(seed), seed_(seed), largest_(largest) {}

  [[nodiscard]] std::size_t candidates() const { return candidates_; }

  // One context, three times longer by a candidate.
  void round() {
    level_ = 1 + static_cast<int>(below(9));
    const Bytes all = make_text();
    const std::size_t size = std::min(choose_size(all), all.size() - 800);
    const auto mode = below(8) == 0 ? Units::kBytes : Units::kBits;
    const auto exact = start_exact_session(level_, 0, mode);
    const auto oracle = start_gzip_session(level_, 0, mode);
    for (std::size_t at = 0; at < size;) {
      const std::size_t step = std::min(size - at, 1 + below(below(3) == 0 ? 20'000 : 900));
      exact->append(ByteView(all).subspan(at, step));
      at += step;
    }
    oracle->append(ByteView(all).first(size));
    Bytes context(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(size));
    for (int step = 0; step < 3; ++step) {
      const std::vector<Bytes> found = make_candidates(context, ByteView(all).subspan(size));
      compare(*exact->clone(), *oracle, mode, context, found);
      const Bytes& next = found[below(found.size())];
      exact->append(next);
      oracle->append(next);
      context.insert(context.end(), next.begin(), next.end());
    }
  }

 private:
  std::size_t below(std::size_t count) { return static_cast<std::size_t>(rng_.next() % count); }

  // Anything up to the largest, with some weight on where the window slides and where a block is
  // full.
  std::size_t choose_size(ByteView all) {
    const std::size_t kind = below(16);
    const std::size_t slides = (largest_ - kSlide) / kWindow;
    if (kind == 0) return kSlide - 300 + kWindow * below(1 + slides) + below(600);
    if (kind == 1) return find_full_block(all, below(largest_ - 40'000));
    if (kind == 2) return below(12);
    if (kind < 6) return below(largest_);
    return below(kind < 8 ? 40'000 : 4000);
  }

  // The first size from `begin` on, in steps, after which a block may become full within 48 bytes.
  [[nodiscard]] std::size_t find_full_block(ByteView all, std::size_t begin) const {
    Deflater probe(level_);
    begin = std::min(begin, all.size());
    probe.feed(all.first(begin));
    while (begin + 12 <= all.size() && !probe.block_may_fill(48)) {
      probe.feed(all.subspan(begin, 12));
      begin += 12;
    }
    return begin;
  }

  // One kind, or literals only and then several kinds in turn, or a period, or a part of a file.
  Bytes make_text() {
    const std::size_t size = largest_ + 1000;
    const int seed = static_cast<int>(below(1'000'000));
    if (const char* const path = std::getenv("ZIPDREAM_DIFFERENTIAL_FILE"); path != nullptr) {
      static const Bytes file = read_file(path);
      const std::size_t begin = file.size() > size ? below(file.size() - size) : 0;
      const std::size_t end = std::min(file.size(), begin + size);
      return {file.begin() + static_cast<std::ptrdiff_t>(begin),
              file.begin() + static_cast<std::ptrdiff_t>(end)};
    }
    const std::size_t kind = below(sample_kinds().size() + 4);
    if (kind < sample_kinds().size()) return sample_kinds()[kind].make(size, seed);
    Bytes bytes;
    if (kind == sample_kinds().size()) bytes = without_matches(100'000, seed);
    if (kind == sample_kinds().size() + 1) {
      const Bytes period = random_bytes(1 + below(below(2) == 0 ? 20 : 40'000), seed);
      while (bytes.size() < size) bytes.push_back(period[bytes.size() % period.size()]);
      return bytes;
    }
    while (bytes.size() < size) {
      const SampleKind& part = sample_kinds()[below(sample_kinds().size())];
      const Bytes made = part.make(1 + below(30'000), seed + static_cast<int>(bytes.size()));
      bytes.insert(bytes.end(), made.begin(), made.end());
    }
    return bytes;
  }

  // The 256 bytes after nothing or after a common start, what follows in the text, copies of the
  // context, and noise.
  std::vector<Bytes> make_candidates(ByteView context, ByteView rest) {
    std::vector<Bytes> found(1);
    Bytes common;
    if (below(2) == 0) common.assign(rest.begin(), rest.begin() + 1 + below(23));
    for (const Byte byte : full_alphabet()) {
      found.push_back(common);
      found.back().push_back(byte);
    }
    for (int i = 0; i < 24; ++i) {
      const std::size_t size = 1 + below(below(8) == 0 ? 700 : 24);
      ByteView source = rest;
      if (i % 3 == 1 && context.size() > size) {
        source = context.subspan(below(context.size() - size));
      }
      found.emplace_back(source.begin(), source.begin() + static_cast<std::ptrdiff_t>(size));
      if (i % 3 == 2) found.back()[below(size)] = static_cast<Byte>(below(256));
    }
    return found;
  }

  void compare(const Session& exact, const Session& oracle, Units units, ByteView context,
               const std::vector<Bytes>& found) {
    const std::vector<ByteView> views(found.begin(), found.end());
    std::vector<double> got(views.size());
    std::vector<double> expected(views.size());
    exact.bits_after(views, got);
    oracle.bits_after(views, expected);
    for (std::size_t i = 0; i < views.size(); ++i) {
      ASSERT_EQ(got[i], expected[i])
          << "seed " << seed_ << ", level " << level_ << ", context of " << context.size()
          << ", candidate " << i << " of " << views[i].size();
    }
    const std::size_t one = below(views.size());
    const auto codec = make_codec("deflate:" + std::to_string(level_));
    const double bytes =
        8.0 * static_cast<double>(codec->compress(concat(context, found[one])).size());
    if (units == Units::kBytes) {
      ASSERT_EQ(got[one], bytes);
    } else {
      ASSERT_LE(got[one], bytes);
      ASSERT_GT(got[one], bytes - 8);
    }
    candidates_ += views.size();
  }

  Rng rng_;
  std::uint64_t seed_;
  std::size_t largest_;
  int level_ = 0;
  std::size_t candidates_ = 0;
};

TEST(ExactSession, EqualsZlibOnRandomContexts) {
  const std::uint64_t count = from_environment("ZIPDREAM_DIFFERENTIAL", 20'000);
  std::uint64_t seed = from_environment("ZIPDREAM_SEED", 1);
  const std::size_t largest =
      std::max(kLargest, from_environment("ZIPDREAM_DIFFERENTIAL_LARGEST", kLargest));
  std::uint64_t done = 0;
  for (std::uint64_t round = 1; done < count; ++round) {
    Differential differential(seed++, largest);
    differential.round();
    if (HasFatalFailure()) break;
    done += differential.candidates();
    if (round % 500 == 0) std::cout << done << " candidates equal" << std::endl;
  }
  std::cout << done << " candidates equal\n";
}

}  // namespace
}  // namespace zipdream
