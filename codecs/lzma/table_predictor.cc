// SPDX-License-Identifier: Apache-2.0
// The tables law of xz and lzma.
//
// LZMA says a text in packets: a literal; a match, so many bytes from so far back; or a repetition,
// a match at one of the four distances used last, of which the latest may also be had for a single
// byte. A packet is a row of binary decisions, and each decision has a probability that depends on
// its context and adapts. At the end of a text they give every packet a probability, and like
// DEFLATE's tables (deflate_law.cc) they are a source of texts. The law sums over all ways to write
// the text so far in packets, however unlikely the encoder is to choose them.
//
// What the next packet costs depends on more than the place where it begins: on the state (which
// kinds the last packets were) and on the four distances. So where DEFLATE's law has one number at
// each place, boundary(i), there is one here for each hypothesis (state, distances):
//   weight(i, h) = sum over the packets that end at i and leave h, and over the hypotheses g where
//                  they begin, of weight(begin, g) P(packet | g).
// The next byte is c if a packet that begins at the end of the text begins with c, or if a match or
// repetition that began k bytes ago, agrees with all of them and is longer, goes on with c:
// lzma_weights.cc. Hypotheses differ in their matches' probability only through the state, so
// matches that have begun, and there are very many, need no hypotheses but two sums at each place:
// a match leaves one state after a literal and another one after anything else.
//
// The hypotheses are where it is no longer a sum over everything. Of those at a place the likeliest
// are kept and get the weight of all; the older distances that a match leaves are those of the
// likeliest hypothesis where it most likely began. In texts of a few bytes next to nothing is cut,
// and the law is within a hundredth of a bit of the sum over everything
// (tests/codecs/parse_sum_test.cc).
//
// The probabilities are not the coder's own, which jitter with the last thirty decisions, but
// steadier estimates of the same decisions, better by 0.03 bits per byte: lzma_estimates.h. To
// count them the context is compressed and the packets of the stream are read, at fixed places that
// lie up to a 32nd of the text apart (refresh.h). The sum begins anew at each of them, between two
// packets of the stream some 256 bytes before, with the state and the distances that the encoder
// had there.
//
// What is left out. Which packets liblzma would choose doesn't enter but by the estimates. .xz cuts
// its stream into chunks, stores those that don't get shorter, and begins the tables anew after
// them; the law reads them from the same packets in one piece, the stream of .lzma. Matches reach
// as far as the dictionary of the level.
#include <lzma.h>

#include <limits>
#include <memory>
#include <string>
#include <utility>

#include "codecs/common/byte_predictor.h"
#include "codecs/common/coding_loop.h"
#include "codecs/common/distance_slots.h"
#include "codecs/common/refresh.h"
#include "codecs/common/shared_text.h"
#include "codecs/lzma/estimates.h"
#include "codecs/lzma/lzma.h"
#include "codecs/lzma/parse_sum.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

constexpr RefreshSchedule kRefresh{.share = 32, .farthest = 32768};

class LzmaPredictor final : public BytePredictor {
 public:
  LzmaPredictor(std::shared_ptr<const Codec> codec, std::size_t reach)
      : codec_(std::move(codec)),
        text_(std::numeric_limits<std::size_t>::max()),
        slots_(lzma_slots(reach)),
        sum_(reach) {
    sum_.restart(std::make_shared<LzmaTables>(LzmaEstimates()), {});
  }

  void observe(ByteView bytes) override {
    text_.append(bytes);
    const std::size_t place = kRefresh.last(text_.size());
    if (place > renewed_) renew(place);
    while (sum_.end() < text_.size()) sum_.step(text_);
    slots_.update(text_);
  }

  void log2_probs_among(std::span<const Symbol> among, std::span<double> out) const override {
    std::array<double, 256> weights = sum_.weights(text_, slots_);
    double sum = 0;
    for (const double weight : weights) sum += weight;
    for (double& weight : weights) weight /= sum;
    normalize(weights, among, out);
  }

  [[nodiscard]] std::unique_ptr<Predictor> clone() const override {
    return std::make_unique<LzmaPredictor>(*this);
  }

 private:
  void renew(std::size_t place) {
    renewed_ = place;
    const Bytes data = text_.copy(0, place);
    const Bytes file = codec_->compress(data);
    const LzmaReading reading = read_lzma(file, data, place > kWarmUp ? place - kWarmUp : 0);
    sum_.restart(std::make_shared<LzmaTables>(reading.estimates), reading.place);
  }

  std::shared_ptr<const Codec> codec_;
  SharedText text_;
  SlotCounts slots_;
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
