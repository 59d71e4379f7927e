// SPDX-License-Identifier: Apache-2.0
// The tables law of gzip, zlib and deflate.
//
// DEFLATE says a text in tokens: a literal, or a match, so many bytes from so far back. Its tables
// give every token a probability: of literal or length, times that of the distance, of which all in
// one slot are equally probable. So the tables are a source of texts: draw tokens, one after the
// other, and write them out. (That is what happens when random bits are fed to a decoder.) An
// encoder picks one of the many token sequences that give a text; the law sums over all of them.
//
// Let boundary(i) be the probability that the tokens so far give the first i bytes of the text and
// end there. A token that ends at i began somewhere before:
//   boundary(i) = boundary(i-1) P(literal text[i-1])
//               + sum over k of boundary(i-k) P(length k) sum over d of P(distance d),
// where d runs over the distances at which the k bytes before i occur earlier. The next byte is c
// if a token that begins at the end of the text begins with c, or if one that began k bytes ago,
// agrees with them all and is longer, goes on with c:
//   P(c) ~ boundary(n) P(literal c)
//        + sum over d with c at d of P(distance d) sum over k <= agree(d) of
//                                                   boundary(n-k) P(length > k),
// where agree(d) says how many of the last bytes occur at distance d: match_sets.h. The inner sum
// is one table for all d. For k = 0 all distances count, for which slots have counts
// (distance_slots.h); for k = 1 the text is searched.
//
// What is left out. The sum begins 256 bytes before the last refresh as if a token did: what was
// before has no say. Which matches zlib would take doesn't enter: it takes the longest of the
// nearest, looks one byte ahead, drops three bytes from beyond 4096; a law that excludes what it
// wouldn't take predicts worse, by 0.01 to 0.1 bits per byte, since its parse is one of many and
// the next byte follows from all. Blocks and their limits enter by the counts alone, and stored
// blocks not at all. Matches reach as far as zlib's, 32506 bytes.
//
// The tables are refreshed at fixed places, every 512 bytes in long texts (refresh.h,
// deflate_tables.h).
#include <algorithm>
#include <array>
#include <memory>
#include <vector>

#include "codecs/common/predictors.h"
#include "codecs/common/matches.h"
#include "codecs/common/shared_text.h"
#include "codecs/deflate/deflate.h"
#include "codecs/deflate/last_block.h"
#include "codecs/deflate/token_tables.h"

namespace zipdream {
namespace {

using deflate::kLongestMatch;
using deflate::kShortestMatch;

constexpr RefreshSchedule kRefresh{.divisor = 32, .max_interval = 512};
constexpr auto kReach = static_cast<std::size_t>(deflate::kMaxDistance);
constexpr std::size_t kMostPlaces = 4096;  // texts have a thousand; runs would have the window
constexpr std::size_t kKept = 2 * kReach + 2048;

class DeflatePredictor final : public BytePredictor {
 public:
  explicit DeflatePredictor(int level)
      : follower_(level),
        tables_(counts_.tables()),
        text_(kKept),
        matches_(kReach, kLongestMatch, kMostPlaces),
        slots_(deflate_buckets()) {}

  void observe(ByteView bytes) override {
    std::size_t at = text_.size();
    const std::size_t renewed = renewed_;
    while (!bytes.empty()) {
      const std::size_t next = kRefresh.next(renewed_);
      const ByteView piece = bytes.first(std::min(bytes.size(), next - text_.size()));
      bytes = bytes.subspan(piece.size());
      text_.append(piece);
      follower_.append(piece);
      if (text_.size() < next) break;
      counts_.update(follower_);
      renewed_ = next;
    }
    if (renewed_ != renewed) at = restart();
    while (at < text_.size()) step(++at);
    slots_.update(text_);
  }

  void log2_probs_among(std::span<const Symbol> among, std::span<double> out) const override {
    std::array<double, 256> weights = tables_.literal;
    add_beginning_matches(weights);
    add_open_matches(weights);
    double sum = 0;
    for (const double weight : weights) sum += weight;
    for (double& weight : weights) weight /= sum;
    normalize(weights, among, out);
  }

  [[nodiscard]] std::unique_ptr<Predictor> clone() const override {
    return std::make_unique<DeflatePredictor>(*this);
  }

 private:
  // With new tables. Returns where the sum begins.
  std::size_t restart() {
    tables_ = counts_.tables();
    matches_.restart();
    boundary_.assign(1, 1.0);
    return renewed_ > kWarmUp ? renewed_ - kWarmUp : 0;
  }

  // Adds boundary(end).
  void step(std::size_t end) {
    matches_.step(text_, end);
    // sums[k]: over the distances at which k bytes agree, and no more.
    std::array<double, kLongestMatch + 1> sums{};
    const std::size_t most = std::min<std::size_t>(kLongestMatch, boundary_.size());
    std::size_t longest = 0;
    BucketCursor walk(deflate_buckets());
    for (const MatchPosition& match : matches_.positions()) {
      const std::size_t k = std::min<std::size_t>(match.length, most);
      sums[k] += tables_.distance[walk.bucket_of(end - match.at)];
      longest = std::max(longest, k);
    }
    double ends = boundary_.back() * tables_.literal[text_[end - 1]];
    double sum = 0;
    for (std::size_t k = longest; k >= kShortestMatch; --k) {
      sum += sums[k];
      ends += boundary_[boundary_.size() - k] * tables_.length[k] * sum;
    }
    boundary_.push_back(ends);
    keep_in_range();
  }

  // Only ratios matter. What overflows is never used: where k bytes agree, the boundary after them
  // is at least that before them times the probability of their match, which is above 2^-60.
  void keep_in_range() {
    if (boundary_.back() > 0x1p-400) return;
    for (double& boundary : boundary_) boundary *= 0x1p+400;
  }

  // For each byte, of the matches that begin with it at the end of the text.
  void add_beginning_matches(std::span<double, 256> weights) const {
    for (std::size_t slot = 0; slot < slots_.buckets().size(); ++slot) {
      const double each = tables_.distance[slot] * tables_.longer[0];
      const BucketCounts::Counts& counts = slots_.buckets()[slot];
      for (std::size_t byte = 0; byte < 256; ++byte) weights[byte] += each * counts[byte];
    }
  }

  // For each byte, of the matches that have begun, as a multiple of boundary(n).
  void add_open_matches(std::span<double, 256> weights) const {
    const std::size_t size = text_.size();
    const std::size_t most = std::min<std::size_t>(kLongestMatch - 1, boundary_.size() - 1);
    if (most == 0) return;
    std::size_t longest = 1;
    for (const MatchPosition& match : matches_.positions()) {
      longest = std::max<std::size_t>(longest, match.length);
    }
    longest = std::min(longest, most);
    // open[k]: of those that began at most k bytes ago.
    std::array<double, kLongestMatch> open{};
    for (std::size_t k = 1; k <= longest; ++k) {
      const double began = boundary_[boundary_.size() - 1 - k] / boundary_.back();
      open[k] = open[k - 1] + began * tables_.longer[k];
    }
    BucketCursor walk(deflate_buckets());
    const std::size_t lowest = std::max<std::size_t>(1, size > kReach ? size - kReach : 0);
    text_.find(text_[size - 1], lowest, size, [&](std::size_t at, Byte next) {
      weights[next] += open[1] * tables_.distance[walk.bucket_of(size - at)];
      return true;
    });
    walk = BucketCursor(deflate_buckets());
    for (const MatchPosition& match : matches_.positions()) {
      const double more = open[std::min<std::size_t>(match.length, longest)] - open[1];
      weights[text_[match.at]] += more * tables_.distance[walk.bucket_of(size - match.at)];
    }
  }

  deflate::BlockFollower follower_;
  DeflateCounts counts_;  // as of renewed_
  DeflateTables tables_;  // likewise
  std::size_t renewed_ = 0;
  SharedText text_;
  MatchSets matches_;
  BucketCounts slots_;
  std::vector<double> boundary_{1.0};  // of the last places, to a common factor
};

}  // namespace

std::unique_ptr<Predictor> make_deflate_predictor(const Spec& spec,
                                                  const PredictorOptions& /*options*/) {
  return std::make_unique<DeflatePredictor>(static_cast<int>(spec.number("level")));
}

}  // namespace zipdream
