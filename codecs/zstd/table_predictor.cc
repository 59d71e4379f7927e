// SPDX-License-Identifier: Apache-2.0
// The predictor by tables of zstd.
//
// Algorithm
//
// Zstandard writes a text in sequences: a run of literals and a match, so many bytes from so far
// back. By its tables every literal, length of a run, length of a match and distance has a
// probability (token_code.h), and so has every way to cut a text into sequences. From a position
// where a sequence begins, the predictor sums over all ways to go on, and each state that they can
// be in at the end of the text has a distribution of the next byte:
//
//   in a run of l literals     literal b, times the probability of more than l
//   at the start of a match    the byte at each distance, times that of the distance
//   k bytes into a match       the byte after each position where the last k bytes occurred, times
//                              that of its distance and of more than k
//
// Where does a sequence begin? Summed over from far back, as for DEFLATE, the parse with the
// longest match outweighs all others; when that match ends, nothing is known but how often literals
// occur, since a run's literals and the first byte of a match depend on nothing before. So a
// decoder would go on from this parse. But the encoder has not parsed yet: zstd looks ahead before
// it ends a sequence, so where it begins the last one that concerns us depends on bytes that are
// still to come, and what is past decides only how long matches can be. So each position within the
// longest match is taken to be as probable as any other: the distribution is the mean of those if a
// sequence begins 2, 3, ... m bytes before the end, where m is the most that occurred before (up to
// 256). One byte before the end it can't begin: the shortest match would tell nothing of the next.
// After 30 KB of text, at level 3, the farthest position alone makes 2.84 bits per byte, the
// mean 2.56.
//
// The counts are those of what libzstd writes at the end of the first r bytes, where r is fixed by
// how many bytes there are (RefreshSchedule). Matches are looked for in all bytes.
//
// Left out
//
// A sequence that begins more than 20 bytes before the end is taken to begin 20 before; the end of
// the window, though distances beyond it are rare in the counts; repetitions of the last three
// distances, which count as the distances that they mean; and which of all parses zstd would take.
#include <algorithm>
#include <array>
#include <memory>
#include <numeric>
#include <string>

#include "codecs/common/matches.h"
#include "codecs/common/predictors.h"
#include "codecs/common/shared_text.h"
#include "codecs/zstd/tables.h"
#include "codecs/zstd/token_code.h"
#include "codecs/zstd/zstd.h"

namespace zipdream {
namespace {

using Weights = std::array<double, 256>;

constexpr std::size_t kColumns = ZstdWindow::kColumns;
constexpr std::size_t kMaxMatchLength = 256;  // longer matches count as this long
constexpr std::size_t kMaxDistance = std::size_t{1} << 31;

// libzstd writes the whole text anew: at level 19, 256 bytes for 10 ms or 8 KB for 0.6 s.
constexpr RefreshSchedule kRefresh{.divisor = 64, .max_interval = std::size_t{1} << 40};

class ZstdPredictor final : public BytePredictor {
 public:
  explicit ZstdPredictor(int level)
      : codec_(make_zstd(level)),
        text_(kMaxDistance),
        matches_(kMaxDistance, kMaxMatchLength),
        counts_(zstd_buckets()) {
    read_code();
  }

  void observe(ByteView bytes) override {
    std::size_t end = text_.size();
    text_.append(bytes);
    const bool is_new = kRefresh.last(text_.size()) != read_;
    if (is_new) read_code();
    if (is_new || bytes.size() > kMaxMatchLength) {
      matches_.restart();
      end = text_.size() - std::min(text_.size(), kMaxMatchLength);
    }
    while (end < text_.size()) step(++end);
    counts_.update(text_);
  }

  void log2_probs_among(std::span<const Symbol> among, std::span<double> out) const override {
    normalize(weights(at_end()), among, out);
  }

  // At each distance a match may begin, and where bytes before it agree, one may go on.
  [[nodiscard]] std::optional<Sources> sources(Byte next, std::size_t max_sources) const override {
    const AtEnd end = at_end();
    const Weights all = weights(end);
    const std::vector<MatchPosition>& agreeing = matches_.positions();
    auto match = agreeing.begin();
    const std::size_t size = text_.size();
    std::vector<Source> sources;
    BucketCursor cursor(zstd_buckets());
    text_.find_byte(next, 0, [&](std::size_t at) {
      while (match != agreeing.end() && match->at > at) ++match;
      std::size_t length = at > 0 && text_[at - 1] == text_[size - 1] ? 1 : 0;
      if (match != agreeing.end() && match->at == at) length = match->length;
      double ways = end.states.in_match[0] + end.in_matches[std::min(length, kColumns)];
      if (length > 0) ways += end.states.in_match[1];
      sources.push_back({at, ways * code_->distance[cursor.bucket_of(size - at)],
                         static_cast<std::uint32_t>(length)});
    });
    return sources_by_weight(std::move(sources), end.states.in_run * code_->literal[next],
                             std::accumulate(all.begin(), all.end(), 0.0), max_sources);
  }

  [[nodiscard]] std::unique_ptr<Predictor> clone() const override {
    return std::make_unique<ZstdPredictor>(*this);
  }

 private:
  void read_code() {
    read_ = kRefresh.last(text_.size());
    const Bytes text = text_.copy(0, read_);
    const auto blocks = read_zstd_tables(codec_->compress(text));
    code_ = std::make_shared<const ZstdCode>(zstd_code(blocks, text));
  }

  // Comes to the text's first `end` bytes.
  void step(std::size_t end) {
    matches_.step(text_, end);
    ZstdWindow::ByLength& agreeing = agreeing_[end % kColumns];
    agreeing.fill(0);
    BucketCursor cursor(zstd_buckets());
    for (const MatchPosition& match : matches_.positions()) {
      agreeing[std::min<std::size_t>(match.length, kColumns)] +=
          code_->distance[cursor.bucket_of(end - match.at)];
    }
    for (std::size_t k = kColumns; k > 2; --k) agreeing[k - 1] += agreeing[k];
  }

  // The weight of each byte at any distance.
  [[nodiscard]] Weights first_bytes() const {
    Weights weights{};
    for (std::size_t bucket = 0; bucket < counts_.buckets().size(); ++bucket) {
      for (std::size_t byte = 0; byte < 256; ++byte) {
        weights[byte] += code_->distance[bucket] * counts_.buckets()[bucket][byte];
      }
    }
    return weights;
  }

  // The weight of each byte that follows the text's last byte somewhere before.
  [[nodiscard]] Weights second_bytes() const {
    Weights weights{};
    const std::size_t size = text_.size();
    if (size < 2) return weights;
    BucketCursor cursor(zstd_buckets());
    text_.find(text_[size - 1], 1, size, [&](std::size_t at, Byte next) {
      weights[next] += code_->distance[cursor.bucket_of(size - at)];
      return true;
    });
    return weights;
  }

  // What there is to say of the end of the text.
  struct AtEnd {
    Weights first;   // first_bytes()
    Weights second;  // second_bytes()
    ZstdStates states;
    ZstdWindow::ByLength in_matches{};  // [k]: in a match of at least two bytes and at most k
  };
  [[nodiscard]] AtEnd at_end() const {
    AtEnd end{.first = first_bytes(), .second = second_bytes(), .states = {}};
    ZstdWindow window = window_at_end();
    auto& agreeing = window.agreeing[window.size];
    agreeing[0] = std::accumulate(end.first.begin(), end.first.end(), 0.0);
    if (window.size > 0) agreeing[1] = std::accumulate(end.second.begin(), end.second.end(), 0.0);
    end.states = mean_states(window);
    for (std::size_t k = 2; k <= kColumns; ++k) {
      end.in_matches[k] = end.in_matches[k - 1] + end.states.in_match[k];
    }
    return end;
  }

  [[nodiscard]] Weights weights(const AtEnd& end) const {
    Weights weights;
    for (std::size_t byte = 0; byte < 256; ++byte) {
      weights[byte] = end.states.in_run * code_->literal[byte] +
                      end.states.in_match[0] * end.first[byte] +
                      end.states.in_match[1] * end.second[byte];
    }
    BucketCursor cursor(zstd_buckets());
    for (const MatchPosition& match : matches_.positions()) {
      const double distance = code_->distance[cursor.bucket_of(text_.size() - match.at)];
      weights[text_[match.at]] +=
          distance * end.in_matches[std::min<std::size_t>(match.length, kColumns)];
    }
    return weights;
  }

  [[nodiscard]] ZstdWindow window_at_end() const {
    ZstdWindow window;
    window.size = std::min(text_.size(), kColumns);
    const std::size_t begin = text_.size() - window.size;
    for (std::size_t column = 0; column < window.size; ++column) {
      window.bytes[column] = text_[begin + column];
      window.agreeing[column + 1] = agreeing_[(begin + column + 1) % kColumns];
    }
    return window;
  }

  // The mean over the positions where a sequence may begin, times their number, which makes no
  // difference.
  [[nodiscard]] ZstdStates mean_states(const ZstdWindow& window) const {
    const std::size_t nearest = std::min(kZstdShortestMatch - 1, window.size);
    std::size_t longest = nearest;
    for (const MatchPosition& match : matches_.positions()) {
      longest = std::max<std::size_t>(longest, match.length);
    }
    ZstdStates sum;
    for (std::size_t back = nearest; back <= std::min(longest, window.size); ++back) {
      const ZstdStates states = sum_zstd_parses(*code_, window, window.size - back);
      const auto share = static_cast<double>(back < window.size ? 1 : longest + 1 - back);
      sum.in_run += share * states.in_run;
      for (std::size_t k = 0; k <= back; ++k) sum.in_match[k] += share * states.in_match[k];
    }
    return sum;
  }

  std::shared_ptr<const Codec> codec_;
  std::size_t read_ = 0;  // the code is that of so many bytes
  std::shared_ptr<const ZstdCode> code_;
  SharedText text_;
  MatchSets matches_;
  BucketCounts counts_;
  // For the last columns: agreeing_[end % kColumns] is what ZstdWindow::agreeing holds of the
  // column after the first `end` bytes.
  std::array<ZstdWindow::ByLength, kColumns> agreeing_{};
};

}  // namespace

std::unique_ptr<Predictor> make_zstd_predictor(const Spec& spec,
                                               const PredictorOptions& /*options*/) {
  return std::make_unique<ZstdPredictor>(static_cast<int>(spec.number("level")));
}

}  // namespace zipdream
