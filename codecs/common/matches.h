// SPDX-License-Identifier: Apache-2.0
// What the predictors by tables of DEFLATE, LZMA and Zstandard look up: where the last bytes of a
// text occurred before, what stands at each distance, and when to read the codec's tables anew.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "codecs/common/shared_text.h"

namespace zipdream {

// ---- earlier occurrences of the last bytes ----

// An earlier position at which the `length` bytes before `at` are the text's last: a match would go
// on with the byte at `at`.
struct MatchPosition {
  std::uint32_t at;
  std::uint32_t length;
};

// All earlier positions where a text's last bytes occur, each with its match length: what the
// matches are that the last bytes may be the beginning of, or all of.
//
// Algorithm: a match that began k bytes ago, whatever its distance, must agree with these k bytes.
// So the sets of matches that began 1, 2, 3... bytes ago lie within each other, and one list holds
// them all: each position with the number of bytes that agree before it. When the text grows by a
// byte, a position moves on by one and its length grows by one if the byte agrees there, and it
// leaves the list otherwise. Where a single byte agrees there are too many positions to keep; they
// are found when wanted.
//
// Left out: the codecs' own chains and trees. They limit the search, and a predictor that sums over
// all matches has no use for these limits.
//
// Threads: one at a time may change it; const members may be called from many.
class MatchSets {
 public:
  // `max_distance`: how far back it looks; `max_length`: longer matches count as this long;
  // `max_positions`: so many are kept, the nearest, which bounds what texts of very few different
  // bytes cost. REQUIRES: max_length >= 2.
  MatchSets(std::size_t max_distance, std::size_t max_length, std::size_t max_positions = 65536)
      : max_distance_(max_distance), max_length_(max_length), max_positions_(max_positions) {}

  // Forgets what agreed so far.
  void restart() { positions_.clear(); }

  // Comes to the text's first `end` bytes from its first `end` - 1, or from anywhere after
  // restart(). REQUIRES: the text keeps `max_distance` bytes and two more before there.
  void step(const SharedText& text, std::size_t end);

  // Where two bytes or more agree, nearest first.
  [[nodiscard]] const std::vector<MatchPosition>& positions() const { return positions_; }

 private:
  std::size_t max_distance_;
  std::size_t max_length_;
  std::size_t max_positions_;
  std::vector<MatchPosition> positions_;
  std::vector<MatchPosition> before_;  // scratch: those of the step before
};

// ---- distances by buckets ----
//
// Codes of matches name the bucket of a distance and then, all equally probable or nearly so, which
// distance of the bucket it is. Buckets are ranges that grow with the distance: DEFLATE's distance
// symbols, LZMA's slots, Zstandard's offset codes.

// Bucket i holds the distances [starts[i], starts[i + 1]); the last of `starts` ends the last
// bucket.
using BucketStarts = std::vector<std::size_t>;

// The bucket of each of a sequence of distances that don't decrease.
class BucketCursor {
 public:
  // REQUIRES: `starts` outlives it.
  explicit BucketCursor(const BucketStarts& starts) : starts_(starts.data()) {}

  // REQUIRES: starts[0] <= distance < starts[last].
  std::size_t bucket_of(std::size_t distance) {
    while (distance >= starts_[bucket_ + 1]) ++bucket_;
    return bucket_;
  }

 private:
  const std::size_t* starts_;
  std::size_t bucket_ = 0;
};

// How often each byte stands in each bucket of distances from the end of a text: what bytes a match
// that begins at the end may begin with, without looking at all distances.
class BucketCounts {
 public:
  using Counts = std::array<std::uint32_t, 256>;

  // REQUIRES: `starts` ascend from 1.
  explicit BucketCounts(BucketStarts starts) : starts_(std::move(starts)) {}

  // From the text as it was at the last call to its present end. REQUIRES: the text keeps the last
  // bucket's distances twice over.
  void update(const SharedText& text);

  // Of the buckets that the text reaches.
  [[nodiscard]] const std::vector<Counts>& buckets() const { return counts_; }

 private:
  void count_all(const SharedText& text);
  void grow(const SharedText& text);

  BucketStarts starts_;
  std::vector<Counts> counts_;
  std::size_t end_ = 0;
};

// ---- when tables are read anew ----

// At which sizes of the text a predictor renews the tables that it reads. What it predicts must
// follow from the bytes alone, however they came in calls; renewing at fixed sizes makes it so, and
// makes what is expensive rare. The sizes lie a `divisor`-th of the text apart, rounded down to a
// power of two.
struct RefreshSchedule {
  std::size_t divisor;       // REQUIRES: >= 1
  std::size_t max_interval;  // a power of two

  // The last refresh at or before `size`; `size` itself for small ones.
  [[nodiscard]] std::size_t last(std::size_t size) const { return size - size % interval(size); }
  // The first refresh after `refresh`. REQUIRES: refresh == last(refresh).
  [[nodiscard]] std::size_t next(std::size_t refresh) const { return refresh + interval(refresh); }

 private:
  [[nodiscard]] std::size_t interval(std::size_t size) const {
    return std::min(max_interval, std::bit_floor(std::max<std::size_t>(1, size / divisor)));
  }
};

// A predictor sums over parses from so many bytes before the last refresh: what lies farther back
// hardly matters, and the sum can begin anew at each refresh.
inline constexpr std::size_t kWarmUp = 256;

}  // namespace zipdream
