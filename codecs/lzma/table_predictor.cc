// SPDX-License-Identifier: Apache-2.0
// The predictor by tables of xz and lzma.
//
// Algorithm
//
// LZMA writes a text in packets: a literal; a match, so many bytes from so far back; or a
// repetition, a match at one of the four distances used last, of which the latest may also be had
// for a single byte. A packet is a row of binary decisions, and each decision has a probability
// that depends on its context and adapts. At the end of a text every packet has a probability by
// them, and like DEFLATE's tables (codecs/deflate/table_predictor.cc) they are a source of texts.
// The predictor sums over all ways to write the text so far in packets, however unlikely the
// encoder is to choose them.
//
// What the next packet costs depends on more than the position where it begins: on the state (which
// kinds the last packets were) and on the four distances. So where DEFLATE's sum has one number at
// each position, boundary(i), there is one here for each hypothesis (state, distances):
//   weight(i, h) = sum over the packets that end at i and leave h, and over the hypotheses g where
//                  they begin, of weight(begin, g) P(packet | g).
// The next byte is c if a packet that begins at the end of the text begins with c, or if a match or
// repetition that began k bytes ago, agrees with all of them and is longer, goes on with c:
// LzmaSum::weights(). Hypotheses differ in their matches' probability only through the state, so
// matches that have begun, and there are very many, need no hypotheses but two sums at each
// position: a match leaves one state after a literal and another one after anything else.
//
// The probabilities are not the coder's own, which jitter with the last thirty decisions, but
// steadier estimates of the same decisions, better by 0.03 bits per byte: LzmaEstimate in
// decoder.h. To count them the context is compressed and the packets of the stream are read, at
// fixed sizes of the text that lie up to a 32nd of it apart (RefreshSchedule). The sum begins anew
// at each of them, between two packets of the stream some 256 bytes before, with the state and the
// distances that the encoder had there.
//
// Optimizations
//
// With the hypotheses it is no longer a sum over everything. Of those at a position the likeliest
// are kept and get the weight of all; the older distances that a match leaves are those of the
// likeliest hypothesis where it most likely began. In texts of a few bytes next to nothing is cut,
// and the predictor is within a hundredth of a bit of the sum over everything
// (tests/codecs/parse_sum_test.cc).
//
// Left out
//
// Which packets liblzma would choose doesn't enter but by the estimates. .xz cuts its stream into
// chunks, stores those that don't get shorter, and begins the tables anew after them; the predictor
// reads them from the same packets in one piece, the stream of .lzma. Matches reach as far as the
// dictionary of the level.
#include <lzma.h>

#include <limits>
#include <memory>
#include <string>
#include <utility>

#include "codecs/common/coding_loop.h"
#include "codecs/common/matches.h"
#include "codecs/common/predictors.h"
#include "codecs/common/shared_text.h"
#include "codecs/lzma/decoder.h"
#include "codecs/lzma/lzma.h"
#include "codecs/lzma/parse_sum.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

constexpr RefreshSchedule kRefresh{.divisor = 32, .max_interval = 32768};

class LzmaPredictor final : public BytePredictor {
 public:
  LzmaPredictor(std::shared_ptr<const Codec> codec, std::size_t max_distance)
      : codec_(std::move(codec)),
        text_(std::numeric_limits<std::size_t>::max()),
        counts_(lzma_buckets(max_distance)),
        sum_(max_distance) {
    sum_.restart(std::make_shared<LzmaTables>(LzmaEstimates()), {});
  }

  void observe(ByteView bytes) override {
    text_.append(bytes);
    const std::size_t size = kRefresh.last(text_.size());
    if (size > renewed_) renew(size);
    while (sum_.end() < text_.size()) sum_.step(text_);
    counts_.update(text_);
  }

  void log2_probs_among(std::span<const Symbol> among, std::span<double> out) const override {
    std::array<double, 256> weights = sum_.weights(text_, counts_);
    double sum = 0;
    for (const double weight : weights) sum += weight;
    for (double& weight : weights) weight /= sum;
    normalize(weights, among, out);
  }

  [[nodiscard]] std::optional<Sources> sources(Byte next, std::size_t max_sources) const override {
    double total = 0;
    for (const double weight : sum_.weights(text_, counts_)) total += weight;
    return sources_by_weight(sum_.sources(text_, next), sum_.literal(text_, next), total,
                             max_sources);
  }

  [[nodiscard]] std::unique_ptr<Predictor> clone() const override {
    return std::make_unique<LzmaPredictor>(*this);
  }

 private:
  void renew(std::size_t size) {
    renewed_ = size;
    const Bytes data = text_.copy(0, size);
    const Bytes file = codec_->compress(data);
    const LzmaReading reading = read_lzma(file, data, size > kWarmUp ? size - kWarmUp : 0);
    sum_.restart(std::make_shared<LzmaTables>(reading.estimates), reading.state);
  }

  std::shared_ptr<const Codec> codec_;
  SharedText text_;
  BucketCounts counts_;
  std::size_t renewed_ = 0;
  LzmaSum sum_;
};

std::size_t dictionary_of(std::uint32_t preset) {
  lzma_options_lzma options;
  if (lzma_lzma_preset(&options, preset)) throw library_failure("lzma", "unknown preset");
  return options.dict_size;
}

}  // namespace

std::unique_ptr<Predictor> make_lzma_predictor(const Spec& spec,
                                               const PredictorOptions& /*options*/) {
  const std::uint32_t preset = lzma_preset(spec);
  return std::make_unique<LzmaPredictor>(make_lzma(preset), dictionary_of(preset));
}

}  // namespace zipdream
