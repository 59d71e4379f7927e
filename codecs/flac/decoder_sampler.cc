// SPDX-License-Identifier: Apache-2.0
// The decoder sampler of FLAC (RFC 9639).
//
// Algorithm
//
// A frame is a linear predictor, the few samples that it starts from, and what is to be added to
// its predictions, the residuals, in a Rice code. So frames are written whose predictor and Rice
// parameters are those of the context's own frames, whose first samples are the last ones decoded
// so far, and whose residuals are random bits; libFLAC decodes them, and out comes audio of the
// same colour and loudness that means nothing: a folded residual of q 2^k + r (k bits) has the
// probability 2^-(1 + q + k).
//
// A frame of the codec is cut into partitions, some 64 samples each with a Rice parameter of its
// own; the sample goes through them in order, partition after partition, and so swells and fades as
// the context did. It begins with the last frame of the context, and at its end goes over to one of
// the last 16, drawn at random. A sampled frame holds one partition. The samples that it starts
// from were decoded before, and are dropped.
//
// libFLAC would decode samples of more than 8 bits; where the next one would be such, the frame
// ends before it. If the frame ends before its first sample, the next sample is taken from a frame
// that predicts the last one again, so that audio too loud for its frames comes back.
//
// Left out
//
// Frame headers and new predictors: none is drawn at random.
#include "codecs/common/decoder_sampler.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "codecs/flac/flac.h"
#include "codecs/flac/frames.h"
#include "codecs/flac/stream.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

using flac::Frame;
using flac::Partition;
using flac::Predictor;

constexpr std::size_t kContextFrames = 16;
constexpr std::size_t kFrameSamples = 4096;  // in most frames that the codec writes
constexpr std::size_t kMinPartition = 64;

constexpr std::size_t kStreamSamples = std::size_t{1} << 20;  // that libFLAC decodes at once
constexpr Partition kReturnPartition{.parameter = 2};         // from audio that is too loud
constexpr int kMinSample = -128;
constexpr int kMaxSample = 127;

// Random bits as residuals in a Rice code, and a record of those that were taken.
class Residuals {
 public:
  explicit Residuals(Rng& rng) : rng_(rng) {}

  [[nodiscard]] const std::vector<bool>& bits() const { return bits_; }
  void drop_after(std::size_t count) { bits_.resize(count); }

  std::int64_t take(const Partition& partition) {
    if (partition.escaped) {
      const int bits = partition.parameter;
      const auto value = static_cast<std::int64_t>(take_bits(bits));
      return bits > 0 && value >> (bits - 1) == 1 ? value - (std::int64_t{1} << bits) : value;
    }
    std::uint64_t folded = 0;
    while (!take_bit()) ++folded;
    folded = folded << partition.parameter | take_bits(partition.parameter);
    return flac::unfold(folded);
  }

 private:
  std::uint64_t take_bits(int count) {
    std::uint64_t value = 0;
    while (count-- > 0) value = value << 1 | (take_bit() ? 1U : 0U);
    return value;
  }
  bool take_bit() {
    if (left_ == 0) {
      word_ = rng_.next();
      left_ = 64;
    }
    bits_.push_back((word_ >> --left_ & 1) != 0);
    return bits_.back();
  }

  Rng& rng_;
  std::uint64_t word_ = 0;
  int left_ = 0;  // bits of the word
  std::vector<bool> bits_;
};

// The frames that the codec writes for the end of the context; without any, one of noise.
std::vector<Frame> frames_of(const Codec& codec, ByteView context) {
  const ByteView end = context.last(std::min(context.size(), kContextFrames * kFrameSamples));
  std::vector<Frame> frames = flac::read_frames(codec.compress(end));
  if (!frames.empty()) return frames;
  return {{.samples = kFrameSamples,
           .predictor = {},
           .partitions = {{.escaped = true, .parameter = flac::kBitsPerSample}}}};
}

// The partitions in the order in which they are sampled.
class PartitionOrder {
 public:
  explicit PartitionOrder(std::vector<Frame> frames)
      : frames_(std::move(frames)), at_(frames_.size() - 1) {}

  void go_on(Rng& rng) {
    if (++partition_ < frame().partitions.size()) return;
    partition_ = 0;
    at_ = rng.next() % frames_.size();
  }

  [[nodiscard]] const Predictor& predictor() const { return frame().predictor; }
  [[nodiscard]] const Partition& partition() const { return frame().partitions[partition_]; }
  [[nodiscard]] std::size_t samples() const {
    return std::max(kMinPartition, frame().samples / frame().partitions.size());
  }

 private:
  [[nodiscard]] const Frame& frame() const { return frames_[at_]; }

  std::vector<Frame> frames_;
  std::size_t at_;
  std::size_t partition_ = 0;
};

// The sampled frames in one stream.
class SampledStream {
 public:
  // Appends up to `count` samples to `text` and to the stream; fewer, even none, when libFLAC would
  // refuse what comes next. REQUIRES: text has as many bytes as the predictor's order.
  void add_frame(const Predictor& predictor, const Partition& partition, std::size_t count,
                 Bytes& text, Rng& rng) {
    const auto order = static_cast<std::size_t>(predictor.order);
    std::vector<int> samples;  // without their wasted bits
    for (const Byte byte : ByteView(text).last(order)) {
      samples.push_back(flac::to_sample(byte) >> predictor.wasted_bits);
    }
    const std::vector<int> warm_up = samples;
    Residuals residuals(rng);
    while (samples.size() < order + count) {
      const std::size_t accepted = residuals.bits().size();
      const std::int64_t sample = predictor.predict(samples) + residuals.take(partition);
      if (sample < kMinSample >> predictor.wasted_bits ||
          sample > kMaxSample >> predictor.wasted_bits) {
        residuals.drop_after(accepted);
        break;
      }
      samples.push_back(static_cast<int>(sample));
      text.push_back(flac::to_byte(samples.back() * (1 << predictor.wasted_bits)));
    }
    const std::size_t added = samples.size() - order;
    if (added == 0) return;
    writer_.add_frame(predictor, warm_up, partition, residuals.bits(), added);
    frames_.push_back({order, added});
  }

  // The samples that were added, decoded by libFLAC.
  [[nodiscard]] Bytes decode() const {
    std::size_t all = 0;
    for (const Lengths& frame : frames_) all += frame.warm_up + frame.added;
    const Bytes samples = flac::decode_stream(writer_.stream(), all);
    Bytes audio;
    auto at = samples.begin();
    for (const Lengths& frame : frames_) {
      at += static_cast<std::ptrdiff_t>(frame.warm_up);
      const auto end = at + static_cast<std::ptrdiff_t>(frame.added);
      audio.insert(audio.end(), at, end);
      at = end;
    }
    return audio;
  }

 private:
  struct Lengths {  // samples of a frame
    std::size_t warm_up;
    std::size_t added;
  };

  flac::StreamWriter writer_;
  std::vector<Lengths> frames_;
};

class FlacDecoderSampler final : public DecoderSampler {
 public:
  explicit FlacDecoderSampler(std::unique_ptr<Codec> codec) : codec_(std::move(codec)) {}

  Bytes sample(ByteView context, std::size_t count, Rng& rng) const override {
    PartitionOrder order(frames_of(*codec_, context));
    const ByteView end = context.last(std::min<std::size_t>(context.size(), flac::kMaxOrder));
    Bytes text(end.begin(), end.end());
    Bytes audio;
    while (audio.size() < count) {
      const Bytes more =
          sample_stream(order, text, std::min(count - audio.size(), kStreamSamples), rng);
      audio.insert(audio.end(), more.begin(), more.end());
      text.erase(text.begin(),
                 text.end() - std::min<std::ptrdiff_t>(std::ssize(text), flac::kMaxOrder));
    }
    audio.resize(count);
    return audio;
  }

 private:
  // At least `count` samples, which are also appended to `text`.
  static Bytes sample_stream(PartitionOrder& order, Bytes& text, std::size_t count, Rng& rng) {
    SampledStream stream;
    bool refused = false;
    sample_until(text, text.size() + count, [&] {
      const std::size_t before = text.size();
      if (refused && before > 0) {
        stream.add_frame(flac::fixed_predictor(1), kReturnPartition, 1, text, rng);
      } else {
        stream.add_frame(order.predictor(), order.partition(), order.samples(), text, rng);
      }
      refused = text.size() == before;
      if (!refused) order.go_on(rng);
    });
    return stream.decode();
  }

  std::unique_ptr<Codec> codec_;
};

}  // namespace

std::unique_ptr<DecoderSampler> make_flac_decoder_sampler(const Spec& spec) {
  const FlacOptions options = flac_options(spec);
  if (!options.is_plain()) {
    throw usage_error("flac: decoder sampling takes mono at 8 bits; leave out format and channels");
  }
  return std::make_unique<FlacDecoderSampler>(make_flac(options));
}

}  // namespace zipdream
