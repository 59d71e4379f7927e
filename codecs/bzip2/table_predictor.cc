// SPDX-License-Identifier: Apache-2.0
// The predictor by tables of bzip2.
//
// Algorithm
//
// bzip2 sorts the rows of a block by what follows each byte and codes the column of the bytes
// themselves; so it predicts a byte from what follows it. To predict from what came before, the
// context x is compressed reversed. Then we know where the row of all of x stands
// (sorted_contexts.h), and the next byte of x is the one that would be written there. How probable
// the block's Huffman codes make it, between the rows around, is Bzip2Insertion.
//
// One row is one sample: rows that share less context are further away, but if any of them stood
// where ours does, the codes would be of a byte after almost the same context. So we sum over how
// much of the context counts. The contexts that share with x the longest suffix that any shares are
// neighbours; for that depth and each less by one byte, kDepths in all, we average over positions
// among the rows of that depth, kPositions of them where there are more, and weigh each depth by
// kDepthRatio of the one before. (The last row above alone makes 2.71 bits per byte on text, all
// depths 2.55.)
//
// The codes are those that libbz2 writes for the first r bytes of the context, where r is fixed by
// how many bytes there are; they change little. The column always has all of them. Beyond a block
// of bzip2's, 100,000 bytes times the level, only the last block counts, and its beginning moves on
// in steps of an eighth.
//
// Left out
//
// Bzip2's first step, which shortens runs of four equal bytes and more before it sorts (it guards
// the sort against long repetitions; the codes read are those of the shortened text), and the
// cyclic order of rows that are equal up to the beginning of the context.
#include <algorithm>
#include <map>
#include <memory>
#include <string>

#include "codecs/bzip2/bzip2.h"
#include "codecs/bzip2/sorted_contexts.h"
#include "codecs/bzip2/tables.h"
#include "codecs/common/matches.h"
#include "codecs/common/predictors.h"

namespace zipdream {
namespace {

constexpr std::size_t kMaxDepth = 32;  // bytes of context beyond which none is told from another
constexpr std::size_t kDepths = 5;
constexpr std::size_t kPositions = 8;
constexpr double kDepthRatio = 0.3;

// libbz2 begins a new block this many bytes before the block is full.
constexpr std::size_t kBlockMargin = 19;

// Where the block of a text begins.
std::size_t block_start(std::size_t size, std::size_t block) {
  if (size <= block) return 0;
  const std::size_t step = block / 8;
  return (size - block + step - 1) / step * step;
}

// How many bytes of a text the codes are read from.
constexpr RefreshSchedule kRefresh{.divisor = 32, .max_interval = std::size_t{1} << 40};

class Bzip2Predictor final : public BytePredictor {
 public:
  explicit Bzip2Predictor(int level)
      : codec_(make_bzip2(level)),
        block_(std::size_t{100'000} * (codec_->compress({})[3] - '0') - kBlockMargin) {}

  void observe(ByteView bytes) override {
    text_.insert(text_.end(), bytes.begin(), bytes.end());
    const std::size_t start = block_start(text_.size(), block_);
    if (start != start_) contexts_ = SortedContexts();
    start_ = start;
    for (std::size_t i = start_ + contexts_.size(); i < text_.size(); ++i) {
      contexts_.append(text_[i]);
    }
    read_codes();
  }

  void log2_probs_among(std::span<const Symbol> among, std::span<double> out) const override {
    std::array<double, 256> weights{};
    if (insertion_) {
      for (const auto& [place, weight] : positions()) add(place, weight, weights);
    }
    // Beside them any byte, one in so many: those that don't occur in the block have no code,
    // whatever the shortened text holds.
    const double unexpected = 1.0 / static_cast<double>(contexts_.size() + 1);
    for (unsigned byte = 0; byte < 256; ++byte) {
      if (contexts_.count(static_cast<Byte>(byte)) == 0) weights[byte] = 0;
      weights[byte] += unexpected / 256;
    }
    normalize(weights, among, out);
  }

  [[nodiscard]] std::unique_ptr<Predictor> clone() const override {
    return std::make_unique<Bzip2Predictor>(*this);
  }

 private:
  void read_codes() {
    const std::size_t size = kRefresh.last(text_.size());
    if (size == read_) return;
    read_ = size;
    Bytes reversed(text_.begin() + static_cast<std::ptrdiff_t>(block_start(size, block_)),
                   text_.begin() + static_cast<std::ptrdiff_t>(size));
    std::reverse(reversed.begin(), reversed.end());
    const auto tables = read_bzip2_tables(codec_->compress(reversed));
    if (tables) insertion_ = std::make_shared<const Bzip2Insertion>(*tables);
  }

  // How many bytes a row's context shares with the end of the text, at most kMaxDepth.
  [[nodiscard]] std::size_t depth(std::size_t row) const {
    const std::size_t length = contexts_.length(row);
    const std::size_t limit = std::min(length, kMaxDepth);
    const auto context = text_.rend() - static_cast<std::ptrdiff_t>(start_ + length);
    return static_cast<std::size_t>(
        std::mismatch(context, context + static_cast<std::ptrdiff_t>(limit), text_.rbegin()).first -
        context);
  }

  // Positions in the column, and how much each counts; 1 in sum.
  [[nodiscard]] std::map<std::size_t, double> positions() const {
    std::size_t low = contexts_.place();
    std::size_t high = low;
    std::size_t deepest = 0;
    if (low > 0) deepest = depth(low - 1);
    if (high < contexts_.size()) deepest = std::max(deepest, depth(high));

    std::map<std::size_t, double> positions;
    double share = 1;
    double sum = 0;
    for (std::size_t i = 0; i < kDepths && i <= deepest; ++i, share *= kDepthRatio) {
      low = first_row(0, low, [&](std::size_t row) { return depth(row) >= deepest - i; });
      high = first_row(high, contexts_.size(),
                       [&](std::size_t row) { return depth(row) < deepest - i; });
      const std::size_t count = std::min(high - low + 1, kPositions);
      for (std::size_t j = 0; j < count; ++j) {
        const std::size_t place = count == 1 ? low : low + j * (high - low) / (count - 1);
        positions[place] += share / static_cast<double>(count);
      }
      sum += share;
    }
    for (auto& [place, weight] : positions) weight /= sum;
    return positions;
  }

  // The first row of [begin, end) for which `is_right` is true, as it is for all after it; `end` if
  // there is none.
  template <class Predicate>
  static std::size_t first_row(std::size_t begin, std::size_t end, const Predicate& is_right) {
    while (begin < end) {
      const std::size_t middle = begin + (end - begin) / 2;
      if (is_right(middle)) {
        end = middle;
      } else {
        begin = middle + 1;
      }
    }
    return begin;
  }

  void add(std::size_t place, double weight, std::span<double, 256> weights) const {
    std::array<Byte, Bzip2Insertion::kMaxLookback + Bzip2Insertion::kWindow> rows;
    const std::size_t above = std::min(place, Bzip2Insertion::kMaxLookback);
    const std::size_t below = std::min(contexts_.size() - place, Bzip2Insertion::kWindow);
    contexts_.copy_next(place - above, std::span(rows).first(above + below));
    const ByteView view(rows);
    insertion_->add(view.first(above), view.subspan(above, below), weight, weights);
  }

  std::shared_ptr<const Codec> codec_;
  std::size_t block_;
  Bytes text_;
  std::size_t start_ = 0;  // of the block in the text
  SortedContexts contexts_;
  std::size_t read_ = 0;  // the codes are those of so many bytes
  std::shared_ptr<const Bzip2Insertion> insertion_;
};

}  // namespace

std::unique_ptr<Predictor> make_bzip2_predictor(const Spec& spec,
                                                const PredictorOptions& /*options*/) {
  return std::make_unique<Bzip2Predictor>(static_cast<int>(spec.number("level")));
}

}  // namespace zipdream
