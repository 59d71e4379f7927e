// SPDX-License-Identifier: Apache-2.0
#include "codecs/deflate/parse_sum.h"

#include <algorithm>
#include <utility>

namespace zipdream {
namespace {

using Search = DeflateSumPolicy::Search;
using deflate::kLongestMatch;
using deflate::kShortestMatch;

constexpr std::size_t kMaxPositions = 4096;  // texts have a thousand; runs would have the window
constexpr std::size_t kMaxCounted = 4096;
constexpr std::size_t kKept = 2 * 32768 + 2048;
constexpr std::size_t kBoundaries = kLongestMatch + 1;  // that matter

constexpr int kScale = 256;
constexpr double kSmall = 0x1p-256;
// Boundaries so far above what is under way were left behind by a text that disagreed; they are of
// no use any more.
constexpr double kMaxBoundary = 0x1p512;

}  // namespace

DeflateMarginal::DeflateMarginal(const DeflateSumPolicy& policy)
    : policy_(policy),
      text_(kKept),
      matches_(policy.max_distance, kLongestMatch, kMaxPositions),
      buckets_(deflate_buckets()) {
  last_.fill(-1);
}

void DeflateMarginal::append(ByteView bytes) {
  text_.append(bytes);
  if (policy_.search == Search::kAll) return;
  for (const Byte byte : bytes) {
    const auto at = static_cast<std::int32_t>(same_before_.size());
    same_before_.push_back(std::exchange(last_[byte], at));
  }
}

void DeflateMarginal::restart(std::shared_ptr<const DeflateTables> tables, std::size_t begin) {
  tables_ = std::move(tables);
  at_ = begin;
  boundary_.assign(1, 1.0);
  exponent_ = 0;
  matches_.restart();
  nearest_.clear();
  beginnings_.fill(0);
  if (policy_.search == Search::kAll) return;
  BucketCursor walk(deflate_buckets());
  for (std::size_t distance = 1; distance <= std::min(at_, policy_.max_distance); ++distance) {
    beginnings_[text_[at_ - distance]] += tables_->distance[walk.bucket_of(distance)];
  }
}

void DeflateMarginal::advance() {
  while (at_ < text_.size()) step();
  if (policy_.search == Search::kAll) buckets_.update(text_);
}

std::span<const MatchPosition> DeflateMarginal::positions() const {
  return policy_.search == Search::kAll ? matches_.positions() : nearest_;
}

// How many bytes before `at` are the last ones before at_, at most `most`. REQUIRES: the last one
// is.
std::size_t DeflateMarginal::match_length(std::size_t at, std::size_t most) const {
  std::size_t count = 1;
  while (count < most && text_[at - 1 - count] == text_[at_ - 1 - count]) ++count;
  return count;
}

// A match doesn't begin before the sum does, so no more bytes agree than have come since.
void DeflateMarginal::find_nearest() {
  nearest_.clear();
  const std::size_t longest = std::min<std::size_t>(boundary_.size(), kLongestMatch);
  const auto end = static_cast<std::int32_t>(at_);
  const std::int32_t lowest = end - 1 - static_cast<std::int32_t>(policy_.max_distance);
  const std::array<double, deflate::kDistances>& distances = tables_->distance;
  std::size_t counted = 0;
  BucketCursor walk(deflate_buckets());
  for (std::int32_t last = same_before_[at_ - 1];
       last >= std::max(lowest, 0) && counted < kMaxCounted; last = same_before_[last]) {
    const auto at = static_cast<std::size_t>(last) + 1;
    ++counted;
    if (distances[walk.bucket_of(at_ - at)] == 0) continue;
    const std::size_t agreeing = match_length(at, std::min(longest, at));
    counted += agreeing;
    nearest_.push_back({static_cast<std::uint32_t>(at), static_cast<std::uint32_t>(agreeing)});
  }
}

// Each byte at any distance. With the text each bucket gets a new first byte and loses its last.
void DeflateMarginal::count_beginnings() {
  const BucketStarts& starts = deflate_buckets();
  for (std::size_t bucket = 0; bucket < deflate::kDistances && starts[bucket] <= at_; ++bucket) {
    const double each = tables_->distance[bucket];
    beginnings_[text_[at_ - starts[bucket]]] += each;
    if (starts[bucket + 1] <= at_) beginnings_[text_[at_ - starts[bucket + 1]]] -= each;
  }
}

// Adds boundary(at_ + 1).
void DeflateMarginal::step() {
  ++at_;
  Ends ends;
  if (policy_.search == Search::kAll) {
    matches_.step(text_, at_);
    ends = sum_by_length();
  } else {
    find_nearest();
    count_beginnings();
    ends = sum_by_position();
  }
  boundary_.push_back(ends.here);
  keep_in_range(ends.here + ends.later);
  if (boundary_.size() < 4 * kBoundaries) return;
  boundary_.erase(boundary_.begin(), boundary_.end() - kBoundaries);
}

// In both sums boundary_ ends before the last byte, with boundary(n - 1).
DeflateMarginal::Ends DeflateMarginal::sum_by_length() {
  // sums[k]: over the distances at which k bytes agree, and no more.
  ByLength sums{};
  const std::size_t most = std::min<std::size_t>(kLongestMatch, boundary_.size());
  longest_ = 1;
  BucketCursor walk(deflate_buckets());
  for (const MatchPosition& match : positions()) {
    const std::size_t k = std::min<std::size_t>(match.length, most);
    sums[k] += tables_->distance[walk.bucket_of(at_ - match.at)];
    longest_ = std::max(longest_, k);
  }
  Ends ends{.here = boundary_.back() * tables_->literal[text_[at_ - 1]], .later = 0};
  double sum = 0;
  for (std::size_t k = longest_; k >= kShortestMatch; --k) {
    sum += sums[k];
    const double began = boundary_[boundary_.size() - k];
    ends.here += began * tables_->length[k] * sum;
    ends.later += began * tables_->longer[k] * sum;
  }
  return ends;
}

DeflateMarginal::Ends DeflateMarginal::sum_by_position() {
  // Of the matches that began at most k bytes ago.
  ByLength here{};
  ByLength later{};
  const std::size_t most = std::min<std::size_t>(kLongestMatch, boundary_.size());
  for (std::size_t k = 1; k <= most; ++k) {
    const double began = boundary_[boundary_.size() - k];
    here[k] = here[k - 1] + began * tables_->length[k];
    later[k] = later[k - 1] + began * tables_->longer[k];
  }
  Ends ends;
  longest_ = 1;
  BucketCursor walk(deflate_buckets());
  for (const MatchPosition& match : positions()) {
    const double distance = tables_->distance[walk.bucket_of(at_ - match.at)];
    const std::size_t k = std::min<std::size_t>(match.length, most);
    ends.here += distance * here[k];
    ends.later += distance * later[k];
    longest_ = std::max(longest_, k);
  }
  ends.here += boundary_.back() * tables_->literal[text_[at_ - 1]];
  return ends;
}

void DeflateMarginal::keep_in_range(double under_way) {
  if (under_way >= kSmall) return;
  const std::size_t used = std::min(boundary_.size(), kBoundaries);
  for (double& boundary : std::span(boundary_).last(used)) {
    boundary = std::min(boundary / kSmall, kMaxBoundary);
  }
  exponent_ -= kScale;
}

std::array<double, 256> DeflateMarginal::next_in_units_of(double unit) const {
  std::array<double, 256> weights{};
  const double end = boundary_.back() / unit;
  if (policy_.search == Search::kAll) {
    add_beginning(end, weights);
    add_open(unit, weights);
  } else {
    add_open(unit, weights);
    add_beginning(end, weights);
  }
  return weights;
}

// What tokens that begin at the end begin with; `end` is boundary(n).
void DeflateMarginal::add_beginning(double end, std::span<double, 256> weights) const {
  const double match = end * tables_->longer[0];
  if (policy_.search == Search::kNearest) {
    for (std::size_t byte = 0; byte < 256; ++byte) {
      weights[byte] += end * tables_->literal[byte] + match * beginnings_[byte];
    }
    return;
  }
  for (std::size_t byte = 0; byte < 256; ++byte) weights[byte] += end * tables_->literal[byte];
  for (std::size_t bucket = 0; bucket < buckets_.buckets().size(); ++bucket) {
    const double each = tables_->distance[bucket] * match;
    const BucketCounts::Counts& counts = buckets_.buckets()[bucket];
    for (std::size_t byte = 0; byte < 256; ++byte) weights[byte] += each * counts[byte];
  }
}

// [k]: of the matches that began at most k bytes ago, but for their distances.
DeflateMarginal::ByLength DeflateMarginal::open_by_length(double unit) const {
  ByLength open{};
  for (std::size_t k = 1; k <= longest_; ++k) {
    const double began = boundary_[boundary_.size() - 1 - k] / unit;
    open[k] = open[k - 1] + began * tables_->longer[k];
  }
  return open;
}

// What matches that have begun go on with.
void DeflateMarginal::add_open(double unit, std::span<double, 256> weights) const {
  if (boundary_.size() == 1) return;  // nothing has begun
  const ByLength open = open_by_length(unit);
  double counted = 0;
  if (policy_.search == Search::kAll) {
    const std::size_t lowest = std::max<std::size_t>(1, at_ - std::min(at_, policy_.max_distance));
    BucketCursor walk(deflate_buckets());
    text_.find(text_[at_ - 1], lowest, at_, [&](std::size_t at, Byte next) {
      weights[next] += open[1] * tables_->distance[walk.bucket_of(at_ - at)];
      return true;
    });
    counted = open[1];
  }
  BucketCursor walk(deflate_buckets());
  for (const MatchPosition& match : positions()) {
    const double more = open[std::min<std::size_t>(match.length, longest_)] - counted;
    weights[text_[match.at]] += more * tables_->distance[walk.bucket_of(at_ - match.at)];
  }
}

// At each distance a match may begin, and where bytes before it agree, one may go on.
std::vector<Source> DeflateMarginal::sources_after_boundary(Byte next) const {
  const bool has_open = boundary_.size() > 1;
  const ByLength open = has_open ? open_by_length(boundary_.back()) : ByLength{};
  const std::span<const MatchPosition> agreeing = positions();
  auto match = agreeing.begin();
  std::vector<Source> sources;
  BucketCursor walk(deflate_buckets());
  const std::size_t farthest = std::min(at_, deflate_buckets().back() - 1);
  text_.find_byte(next, at_ - farthest, [&](std::size_t at) {
    while (match != agreeing.end() && match->at > at) ++match;
    std::size_t length = 0;
    if (match != agreeing.end() && match->at == at) {
      length = match->length;
    } else if (has_open && at > 0 && text_[at - 1] == text_[at_ - 1]) {
      length = 1;
    }
    if (at_ - at > policy_.max_distance) length = 0;
    const double distance = tables_->distance[walk.bucket_of(at_ - at)];
    const double ways = tables_->longer[0] + open[std::min(length, longest_)];
    sources.push_back({at, distance * ways, static_cast<std::uint32_t>(length)});
  });
  return sources;
}

}  // namespace zipdream
