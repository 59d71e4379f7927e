// SPDX-License-Identifier: Apache-2.0
// The table predictor of PNG (PNG specification, third edition, sections 9 and 10): rows of pixels,
// each filtered in one of five ways, and the filtered rows in DEFLATE.
//
// The codec is asked to write the last rows of what was seen, as many as DEFLATE's 32 KB hold. From
// its stream come the filters of these rows, the filtered rows themselves, and the Huffman codes of
// the last block that tells something of them. What is filtered away from the next byte depends on
// the filter of its row, which isn't known as long as the row isn't whole. So all five are followed
// through the row:
//
//   P(row so far, next byte b) = sum over filters f of
//       share of f among the last rows x P_deflate(residuals of the row by f, then b less what f
//                                                  predicts)
//
// where P_deflate sums over all ways to write the residuals in literals and matches, the first of
// which begins with the row (deflate/parse_sum.h). Sharp codes soon tell which filter the row must
// have. A filter that no row had counts as an eighth of a row; a 4096th of the probability is
// spread evenly.
//
// The width is that of the spec. Without one it is that of the codec's fold, which changes with
// every byte; it is kept for a while (png_continued() in shape.h). While the first row isn't whole,
// the codec writes what there is of it as a shorter row.
//
// When the codec is asked depends on the number of rows seen alone: when it is a multiple of a 16th
// of itself, rounded down to a power of 2, or of as many rows as make 256 bytes if those are fewer.
// Rows since then are filtered as the codec would.
//
// Left out: matches that begin in one row and end in the next, and that filters are chosen with an
// eye on the sizes of residuals rather than on the code.
#include <algorithm>
#include <array>
#include <bit>
#include <memory>
#include <utility>
#include <vector>

#include "base/portable_math.h"
#include "codecs/common/predictors.h"
#include "codecs/deflate/parse_sum.h"
#include "codecs/png/png.h"
#include "codecs/png/rows.h"

namespace zipdream {
namespace {

constexpr double kUnseen = 1.0 / 8;  // rows that have a filter that none has
constexpr double kFloor = 1.0 / 4096;
constexpr std::size_t kBytesPerReading = 256;
constexpr DeflateSumPolicy kPolicy{.max_distance = 32768,
                                   .search = DeflateSumPolicy::Search::kNearest};

// x rounded down to a multiple of a 16th of it, itself rounded to a power of 2 of at most `most`.
std::size_t rounded(std::size_t x, std::size_t most) {
  const std::size_t step = std::bit_floor(std::max<std::size_t>(1, std::min(x / 16, most)));
  return x - x % step;
}

class PngPredictor final : public BytePredictor {
 public:
  explicit PngPredictor(const PngOptions& options) : options_(options) {}

  void observe(ByteView bytes) override {
    image_.insert(image_.end(), bytes.begin(), bytes.end());
    follow_image();
  }

  void log2_probs_among(std::span<const Symbol> among, std::span<double> out) const override {
    std::array<double, 256> probs{};
    if (image_.empty()) {
      probs.fill(1);
      return normalize(probs, among, out);
    }
    const std::array<Byte, kPngFilters> predictions = predict();
    int exponent = row_by_filter_.front().exponent();
    for (const DeflateMarginal& row : row_by_filter_) exponent = std::max(exponent, row.exponent());
    for (int filter = 0; filter < kPngFilters; ++filter) {
      const DeflateMarginal& row = row_by_filter_[filter];
      const double weight = shares_[filter] * portable_exp2(row.exponent() - exponent);
      const std::array<double, 256> next = row.next();
      for (int residual = 0; residual < 256; ++residual) {
        probs[static_cast<Byte>(residual + predictions[filter])] += weight * next[residual];
      }
    }
    double sum = 0;
    for (const double p : probs) sum += p;
    for (double& p : probs) p = (1 - kFloor) * p / sum + kFloor / 256;
    normalize(probs, among, out);
  }

  [[nodiscard]] std::unique_ptr<Predictor> clone() const override {
    return std::make_unique<PngPredictor>(*this);
  }

 private:
  // What the codec was asked about.
  struct Question {
    std::size_t width = 0;
    std::size_t size = 0;  // bytes of the image
    friend bool operator==(const Question&, const Question&) = default;
  };

  [[nodiscard]] std::size_t row_bytes() const { return shape_.width * shape_.channels; }
  [[nodiscard]] ByteView row_above() const {
    return rows_ == 0 ? ByteView()
                      : ByteView(image_).subspan((rows_ - 1) * row_bytes(), row_bytes());
  }
  [[nodiscard]] ByteView row_begun() const { return ByteView(image_).subspan(rows_ * row_bytes()); }

  // Brings all that follows from the image up to date.
  void follow_image() {
    shape_ = png_continued(options_, image_.size());
    const std::size_t rows = image_.size() / row_bytes();
    const std::size_t most = std::max<std::size_t>(1, kBytesPerReading / row_bytes());
    const Question question{shape_.width, rows > 0 ? rounded(rows, most) * row_bytes()
                                                   : rounded(image_.size(), image_.size())};
    if (question != question_ || rows != rows_) {
      rows_ = rows;
      ask(question);
    }
    follow_row();
  }

  void ask(const Question& question) {
    if (question != question_) {
      question_ = question;
      tail_ = std::make_shared<const PngTail>(
          read_png_tail(shape_, ByteView(image_).first(question.size)));
      tables_ = std::make_shared<const DeflateTables>(
          deflate_tables(deflate::read_code_lengths(tail_->header)));
      shares_.fill(kUnseen);
      for (const Byte filter : tail_->filters) shares_[filter] += 1;
    }
    Bytes text = tail_->filtered;
    const ByteView image = image_;
    const std::size_t row = row_bytes();
    for (std::size_t at = rows_ == 0 ? 0 : question.size; at < rows_ * row; at += row) {
      const ByteView above = image.subspan(at - row, row);
      const ByteView next = image.subspan(at, row);
      append_filtered_row(choose_filter(next, above, shape_.channels, options_.filters), next,
                          above, shape_.channels, text);
    }
    DeflateMarginal marginal(kPolicy);
    marginal.append(ByteView(text).last(std::min(text.size(), kPolicy.max_distance)));
    marginal.restart(tables_, marginal.size());
    marginal.advance();
    row_by_filter_ = std::vector<DeflateMarginal>(kPngFilters, marginal);
    followed_ = 0;
  }

  void follow_row() {
    const ByteView row = row_begun();
    for (; followed_ < row.size(); ++followed_) {
      const std::array<Byte, kPngFilters> predictions = predict();
      for (int filter = 0; filter < kPngFilters; ++filter) {
        const Byte residual = static_cast<Byte>(row[followed_] - predictions[filter]);
        row_by_filter_[filter].append({&residual, 1});
        row_by_filter_[filter].advance();
      }
    }
  }

  // What each filter predicts for the byte after those followed.
  [[nodiscard]] std::array<Byte, kPngFilters> predict() const {
    const ByteView above = row_above();
    const ByteView row = row_begun();
    const bool has_left = followed_ >= shape_.channels;
    const Byte left = has_left ? row[followed_ - shape_.channels] : Byte{0};
    const Byte up = above.empty() ? Byte{0} : above[followed_];
    const Byte upper_left =
        above.empty() || !has_left ? Byte{0} : above[followed_ - shape_.channels];
    std::array<Byte, kPngFilters> predictions;
    for (int filter = 0; filter < kPngFilters; ++filter) {
      predictions[filter] = png_prediction(filter, left, up, upper_left);
    }
    return predictions;
  }

  PngOptions options_;
  Bytes image_;
  PngOptions shape_;      // with a width
  std::size_t rows_ = 0;  // whole ones
  Question question_;
  std::shared_ptr<const PngTail> tail_;          // the answer
  std::shared_ptr<const DeflateTables> tables_;  // of its codes
  std::array<double, kPngFilters> shares_{};     // rows of it that have each filter
  std::vector<DeflateMarginal> row_by_filter_;   // the row begun, if it has this filter
  std::size_t followed_ = 0;                     // bytes of it that these have
};

}  // namespace

std::unique_ptr<Predictor> make_png_predictor(const Spec& spec,
                                              const PredictorOptions& /*options*/) {
  return std::make_unique<PngPredictor>(png_options(spec));
}

}  // namespace zipdream
