// SPDX-License-Identifier: Apache-2.0
// The table predictor of every codec that writes DEFLATE: the sum over all parses of the text
// (parse_sum.h) by the probabilities of tokens in what the codec's encoder writes (token_tables.h).
//
// The encoder enters by its tokens alone. zlib's are known without a stream: its parse is followed
// as the text grows (parser.h). Another encoder writes the end of the text anew from time
// to time, and its tokens are read off the stream.
//
// What is left out. The sum begins 256 bytes before the last refresh as if a token did: what was
// before has no say. Which matches the encoder would take doesn't enter: zlib takes the longest of
// the nearest, looks one byte ahead, drops three bytes from beyond 4096; a predictor that excludes
// what it wouldn't take predicts worse, by 0.01 to 0.1 bits per byte, since its parse is one of
// many and the next byte follows from all. Blocks and their limits enter by the counts alone, and
// stored blocks not at all. Matches reach as far as zlib's, 32506 bytes.
//
// The tables are renewed at fixed sizes of the text (matches.h): every 512 bytes in long texts
// where the encoder is followed, every 2048 where it writes anew.
#include <algorithm>
#include <array>
#include <memory>
#include <utility>
#include <vector>

#include "codecs/common/matches.h"
#include "codecs/common/predictors.h"
#include "codecs/common/shared_text.h"
#include "codecs/deflate/block_headers.h"
#include "codecs/deflate/deflate.h"
#include "codecs/deflate/parse_sum.h"
#include "codecs/deflate/parser.h"
#include "codecs/deflate/token_tables.h"

namespace zipdream {
namespace {

constexpr DeflateSumPolicy kPolicy{.max_distance = deflate::kMaxDistance,
                                   .search = DeflateSumPolicy::Search::kAll};

// The tokens that an encoder has made of a growing text, counted.
class TokenCounter {
 public:
  virtual ~TokenCounter() = default;
  virtual void append(ByteView bytes) = 0;
  // How many bytes of the text are counted; it depends on the size of the text alone.
  [[nodiscard]] virtual std::size_t counted() const = 0;
  [[nodiscard]] virtual DeflateTables tables() const = 0;
  [[nodiscard]] virtual std::unique_ptr<TokenCounter> clone() const = 0;
};

// Follows zlib.
class ZlibCounter final : public TokenCounter {
 public:
  explicit ZlibCounter(int level) : follower_(level) {}

  void append(ByteView bytes) override {
    while (!bytes.empty()) {
      const std::size_t next = kRefresh.next(counted_);
      const ByteView piece = bytes.first(std::min(bytes.size(), next - size_));
      bytes = bytes.subspan(piece.size());
      follower_.append(piece);
      size_ += piece.size();
      if (size_ < next) break;
      counts_.update(follower_);
      counted_ = next;
    }
  }

  std::size_t counted() const override { return counted_; }
  DeflateTables tables() const override { return counts_.tables(); }
  std::unique_ptr<TokenCounter> clone() const override {
    return std::make_unique<ZlibCounter>(*this);
  }

 private:
  static constexpr RefreshSchedule kRefresh{.divisor = 32, .max_interval = 512};

  deflate::BlockFollower follower_;
  DeflateCounts counts_;
  std::size_t size_ = 0;
  std::size_t counted_ = 0;
};

// Has an encoder write the last 128 KB: what is farther back has faded.
class StreamCounter final : public TokenCounter {
 public:
  explicit StreamCounter(GzipWriter writer) : writer_(std::move(writer)), text_(kKept) {}

  void append(ByteView bytes) override {
    text_.append(bytes);
    const std::size_t size = kRefresh.last(text_.size());
    if (size == counted_) return;
    counted_ = size;
    const Bytes text = text_.copy(size - std::min(size, kWritten), size);
    const Bytes stream = writer_(text);
    counts_ = DeflateCounts();
    counts_.add_older(
        deflate::read_tokens(ByteView(stream).subspan(kGzipHeaderBytes), text.size()));
  }

  std::size_t counted() const override { return counted_; }
  DeflateTables tables() const override { return counts_.tables(); }
  std::unique_ptr<TokenCounter> clone() const override {
    return std::make_unique<StreamCounter>(*this);
  }

 private:
  static constexpr RefreshSchedule kRefresh{.divisor = 32, .max_interval = 2048};
  static constexpr std::size_t kWritten = std::size_t{1} << 17;
  static constexpr std::size_t kKept = kWritten + kRefresh.max_interval;

  GzipWriter writer_;
  DeflateCounts counts_;
  SharedText text_;
  std::size_t counted_ = 0;
};

class DeflatePredictor final : public BytePredictor {
 public:
  explicit DeflatePredictor(std::unique_ptr<TokenCounter> counter)
      : counter_(std::move(counter)), marginal_(kPolicy) {
    restart();
  }
  DeflatePredictor(const DeflatePredictor& other)
      : counter_(other.counter_->clone()), marginal_(other.marginal_) {}
  DeflatePredictor& operator=(const DeflatePredictor&) = delete;
  ~DeflatePredictor() override = default;

  void observe(ByteView bytes) override {
    const std::size_t counted = counter_->counted();
    counter_->append(bytes);
    marginal_.append(bytes);
    if (counter_->counted() != counted) restart();
    marginal_.advance();
  }

  void log2_probs_among(std::span<const Symbol> among, std::span<double> out) const override {
    std::array<double, 256> weights = marginal_.next_after_boundary();
    double sum = 0;
    for (const double weight : weights) sum += weight;
    for (double& weight : weights) weight /= sum;
    normalize(weights, among, out);
  }

  [[nodiscard]] std::optional<Sources> sources(Byte next, std::size_t max_sources) const override {
    double total = 0;
    for (const double weight : marginal_.next_after_boundary()) total += weight;
    return sources_by_weight(marginal_.sources_after_boundary(next), marginal_.literal(next), total,
                             max_sources);
  }

  [[nodiscard]] std::unique_ptr<Predictor> clone() const override {
    return std::make_unique<DeflatePredictor>(*this);
  }

 private:
  void restart() {
    const std::size_t counted = counter_->counted();
    marginal_.restart(std::make_shared<const DeflateTables>(counter_->tables()),
                      counted - std::min(counted, kWarmUp));
  }

  std::unique_ptr<TokenCounter> counter_;
  DeflateMarginal marginal_;
};

}  // namespace

std::unique_ptr<Predictor> make_deflate_predictor(const Spec& spec,
                                                  const PredictorOptions& /*options*/) {
  const auto level = static_cast<int>(spec.number("level"));
  return std::make_unique<DeflatePredictor>(std::make_unique<ZlibCounter>(level));
}

std::unique_ptr<Predictor> make_gzip_predictor(GzipWriter writer) {
  return std::make_unique<DeflatePredictor>(std::make_unique<StreamCounter>(std::move(writer)));
}

}  // namespace zipdream
