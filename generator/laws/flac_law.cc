// SPDX-License-Identifier: Apache-2.0
// The tables law of FLAC (RFC 9639): the next byte is a sample, a frame's linear predictor
// foretells it, and the Rice code says how probable each deviation is.
//
// A frame's coefficients stand in its header because the encoder has seen the whole frame; the
// frame in which the next sample will fall isn't written yet. So the law asks the codec for the
// frames that it would write for what was just heard, the last 128, 256, ... 4096 samples, and
// takes the last frame of each. Short ones follow a vowel quickly, long ones know a note better.
// Each is a hypothesis of a predictor p, and together with a Rice parameter k, or the raw bits of
// an escaped partition, of the law
//
//   P(sample) ~ 2^-(bits of the folded residual in Rice's code k),  residual = sample - p(context)
//
// (1 + k + (folded >> k) bits, restricted to the 256 samples that a byte can hold, and normalised).
// The law is the sum over all hypotheses, each weighted by
//   - how many partitions of its frame have that parameter (plus 1/8, and no more than k = 7), and
//   - 2^-(the bits that it would have cost for the last 128 samples, each of which weighs 15/16 of
//     the one after it): what fitted lately goes on fitting.
// A 1024th of the probability is spread evenly: a frame may be VERBATIM. That is also all that is
// said before the first byte.
//
// When a window of w samples is read anew depends on the number n of bytes seen alone: whenever n
// is a multiple of min(n, w) / 16, rounded down to a power of 2, and of 1 at least.
//
// Left out: what the frames' headers cost, the choice among block sizes, and predictions beyond the
// range of samples, which are taken for its end.
#include <algorithm>
#include <array>
#include <bit>
#include <cassert>
#include <limits>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/portable_math.h"
#include "codecs/flac_frames.h"
#include "codecs/flac_options.h"
#include "codecs/registry.h"
#include "generator/laws/factories.h"

namespace zipdream {
namespace {

constexpr std::size_t kShortestWindow = 128;
constexpr std::size_t kLongestWindow = 4096;
constexpr std::size_t kReadingsPerWindow = 16;
constexpr std::size_t kMemory = 128;  // samples by which hypotheses are judged
constexpr double kFading = 15.0 / 16;
constexpr double kUnseen = 1.0 / 8;  // of a partition, for every Rice parameter
constexpr int kMostRice = 7;
constexpr double kFloor = 1.0 / 1024;
constexpr int kImpossible = 64;  // bits for what an escaped partition can't hold

constexpr int kLowest = -128;
constexpr int kHighest = 127;

// 2^-bits. A folded residual of two samples is 510 at most.
constexpr auto kPowers = [] {
  std::array<double, 512> powers{1};
  for (std::size_t i = 1; i < powers.size(); ++i) powers[i] = powers[i - 1] / 2;
  return powers;
}();

struct Coding {
  flac::Partition partition;
  double share = 0;  // of the partitions

  [[nodiscard]] int bits(int residual) const {
    if (!partition.escaped) return static_cast<int>(partition.bits(residual));
    const auto folded = static_cast<int>(flac::fold(residual));
    return folded >> partition.parameter == 0 ? partition.parameter : kImpossible;
  }
};

// What one window has taught.
struct Reading {
  std::size_t at = 0;  // bytes seen when it was read
  flac::Predictor predictor;
  std::vector<Coding> codings;
};

std::vector<Coding> count_codings(std::span<const flac::Partition> partitions) {
  std::vector<Coding> codings;
  for (int k = 0; k <= kMostRice; ++k) codings.push_back({{.parameter = k}, kUnseen});
  for (const flac::Partition& partition : partitions) {
    const auto same = std::ranges::find(codings, partition, &Coding::partition);
    if (same != codings.end()) {
      same->share += 1;
    } else if (partition.escaped && partition.parameter <= flac::kBitsPerSample) {
      codings.push_back({partition, 1});
    }
  }
  double sum = 0;
  for (const Coding& coding : codings) sum += coding.share;
  for (Coding& coding : codings) coding.share /= sum;
  return codings;
}

// When a window is read that has seen n bytes: see above.
std::size_t reading_time(std::size_t n, std::size_t window) {
  const std::size_t step = std::max<std::size_t>(1, std::min(n, window) / kReadingsPerWindow);
  return n - n % std::bit_floor(step);
}

// A predictor with one way to code what it leaves over.
struct Hypothesis {
  const Reading* reading;
  const Coding* coding;
  int prediction;
  double cost;  // bits: for the last samples, and for the choice of the coding
};

// The samples of `bytes` without their wasted bits; before the first there was silence.
std::vector<int> last_samples(ByteView bytes, std::size_t count, int wasted_bits) {
  std::vector<int> samples(count);
  const std::size_t known = std::min(count, bytes.size());
  std::transform(bytes.end() - static_cast<std::ptrdiff_t>(known), bytes.end(),
                 samples.end() - static_cast<std::ptrdiff_t>(known),
                 [&](Byte byte) { return flac::to_sample(byte) >> wasted_bits; });
  return samples;
}

// What is foretold after `before`, no sample that there can't be.
int predict(const flac::Predictor& predictor, std::span<const int> before) {
  const std::int64_t lowest = kLowest >> predictor.wasted_bits;
  const std::int64_t highest = kHighest >> predictor.wasted_bits;
  return static_cast<int>(std::clamp(predictor.predict(before), lowest, highest));
}

void add_hypotheses(const Reading& reading, ByteView recent, std::vector<Hypothesis>& hypotheses) {
  const flac::Predictor& predictor = reading.predictor;
  const std::vector<int> samples =
      last_samples(recent, kMemory + flac::kMaxOrder, predictor.wasted_bits);
  const auto before = [&](std::size_t i) { return std::span(samples).first(flac::kMaxOrder + i); };
  const std::size_t first = kMemory - std::min(kMemory, recent.size());
  std::array<int, kMemory> residuals{};
  for (std::size_t i = first; i < kMemory; ++i) {
    residuals[i] = samples[flac::kMaxOrder + i] - predict(predictor, before(i));
  }
  const int prediction = predict(predictor, before(kMemory));
  for (const Coding& coding : reading.codings) {
    double cost = 0;
    for (std::size_t i = first; i < kMemory; ++i) {
      cost = cost * kFading + coding.bits(residuals[i]);
    }
    hypotheses.push_back({&reading, &coding, prediction, cost - portable_log2(coding.share)});
  }
}

// Adds weight x the law of one hypothesis.
void add_law(const Hypothesis& hypothesis, double weight, std::span<double, 256> law) {
  const int wasted_bits = hypothesis.reading->predictor.wasted_bits;
  const int lowest = kLowest >> wasted_bits;
  const int highest = kHighest >> wasted_bits;
  std::array<double, 256> terms;
  double sum = 0;
  for (int sample = lowest; sample <= highest; ++sample) {
    sum += terms[sample - lowest] =
        kPowers[hypothesis.coding->bits(sample - hypothesis.prediction)];
  }
  for (int sample = lowest; sample <= highest; ++sample) {
    law[flac::to_byte(sample << wasted_bits)] += weight * terms[sample - lowest] / sum;
  }
}

class FlacLaw final : public ByteLaw {
 public:
  explicit FlacLaw(std::shared_ptr<const Codec> codec) : codec_(std::move(codec)) {}

  void append(ByteView bytes) override {
    seen_ += bytes.size();
    const ByteView kept = bytes.last(std::min(bytes.size(), kKept));
    recent_.insert(recent_.end(), kept.begin(), kept.end());
    if (recent_.size() > 2 * kKept) recent_.erase(recent_.begin(), recent_.end() - kKept);
    read_windows();
  }

  void log2_probs(const Alphabet& alphabet, std::span<double> out) const override {
    std::vector<Hypothesis> hypotheses;
    for (const Reading& reading : readings_) add_hypotheses(reading, recent_, hypotheses);
    double least_cost = std::numeric_limits<double>::infinity();
    for (const Hypothesis& h : hypotheses) least_cost = std::min(least_cost, h.cost);
    double sum = 0;
    std::vector<double> weights;
    for (const Hypothesis& h : hypotheses) {
      weights.push_back(portable_exp2(least_cost - h.cost));
      sum += weights.back();
    }
    std::array<double, 256> law;
    law.fill(kFloor / 256);
    for (std::size_t i = 0; i < hypotheses.size(); ++i) {
      add_law(hypotheses[i], (1 - kFloor) * weights[i] / sum, law);
    }
    normalise(law, alphabet, out);
  }

  [[nodiscard]] std::unique_ptr<ByteLaw> clone() const override {
    return std::make_unique<FlacLaw>(*this);
  }

 private:
  // Reads those windows whose time has come, and forgets those that the context doesn't fill to
  // more than half, but for the shortest.
  void read_windows() {
    std::size_t i = 0;
    for (std::size_t window = kShortestWindow; window <= kLongestWindow; window *= 2, ++i) {
      if (seen_ == 0 || (window > kShortestWindow && seen_ <= window / 2)) break;
      const std::size_t time = reading_time(seen_, window);
      if (readings_.size() == i) readings_.emplace_back();
      if (readings_[i].at != time) readings_[i] = read(window, time);
    }
  }

  // REQUIRES: time > 0.
  [[nodiscard]] Reading read(std::size_t window, std::size_t time) const {
    const ByteView known = ByteView(recent_).first(recent_.size() - (seen_ - time));
    const Bytes stream = codec_->compress(known.last(std::min(known.size(), window)));
    const flac::Frame frame = flac::read_frames(stream).back();
    return {time, frame.predictor, count_codings(frame.partitions)};
  }

  static constexpr std::size_t kKept = 2 * kLongestWindow;
  static_assert(kKept >= kLongestWindow + kLongestWindow / kReadingsPerWindow);
  static_assert(kKept >= kMemory + flac::kMaxOrder);

  std::shared_ptr<const Codec> codec_;
  std::size_t seen_ = 0;
  Bytes recent_;                   // the last kKept bytes, or up to twice as many
  std::vector<Reading> readings_;  // the shortest window first
};

}  // namespace

bool flac_law_covers(std::string_view options) { return parse_flac_options(options).is_plain(); }

std::unique_ptr<ByteLaw> make_flac_law(std::string_view options) {
  return std::make_unique<FlacLaw>(make_codec("flac:" + std::string(options)));
}

}  // namespace zipdream
