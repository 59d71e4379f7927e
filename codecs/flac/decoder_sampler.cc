// SPDX-License-Identifier: Apache-2.0
// The dream of FLAC (RFC 9639). A frame is a linear predictor, the few samples that it starts from,
// and what is to be added to its predictions, the residuals, in a Rice code. So frames are written
// whose predictor and Rice parameters are those of the context's own frames, whose first samples
// are the last ones heard, and whose residuals are random bits; libFLAC decodes them, and out comes
// a sound of the same colour and loudness that means nothing: a folded residual of q 2^k + r (k
// bits) has the probability 2^-(1 + q + k).
//
// A frame of the codec is cut into partitions, some 64 samples each with a Rice parameter of its
// own; the dream goes through them in order, partition after partition, and so swells and fades as
// the context did. It begins with the last frame of the context, and at its end goes over to one of
// the last 16, drawn at random. A dreamt frame holds one partition. The samples that it starts from
// were heard before, and are dropped.
//
// libFLAC would hand out samples of more than 8 bits; where the next one would be such, the decoder
// refuses: the frame ends before it. If it ends before its first sample, the next sample is taken
// from a frame that predicts the last one again, so that a sound too loud for its frames comes
// back.
//
// Left out: what a frame's header costs is not dreamt, nor is any new predictor.
#include "codecs/common/decoder_sampler.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "codecs/flac/flac.h"
#include "codecs/flac/frames.h"
#include "codecs/flac/options.h"
#include "codecs/flac/stream.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

using flac::Frame;
using flac::Partition;
using flac::Predictor;

constexpr std::size_t kHeardFrames = 16;
constexpr std::size_t kFrameSamples = 4096;  // in most frames that the codec writes
constexpr std::size_t kShortestPartition = 64;

constexpr std::size_t kStream = std::size_t{1} << 20;  // samples that libFLAC decodes at once
constexpr Partition kReturn{.parameter = 2};           // from a sound that is too loud
constexpr int kLowest = -128;
constexpr int kHighest = 127;

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
std::vector<Frame> hear(const Codec& codec, ByteView context) {
  const ByteView heard = context.last(std::min(context.size(), kHeardFrames * kFrameSamples));
  std::vector<Frame> frames = flac::read_frames(codec.compress(heard));
  if (!frames.empty()) return frames;
  return {{.samples = kFrameSamples,
           .predictor = {},
           .partitions = {{.escaped = true, .parameter = flac::kBitsPerSample}}}};
}

// The partitions in the order in which they are dreamt.
class Score {
 public:
  explicit Score(std::vector<Frame> frames) : frames_(std::move(frames)), at_(frames_.size() - 1) {}

  void go_on(Rng& rng) {
    if (++partition_ < frame().partitions.size()) return;
    partition_ = 0;
    at_ = rng.next() % frames_.size();
  }

  [[nodiscard]] const Predictor& predictor() const { return frame().predictor; }
  [[nodiscard]] const Partition& partition() const { return frame().partitions[partition_]; }
  [[nodiscard]] std::size_t samples() const {
    return std::max(kShortestPartition, frame().samples / frame().partitions.size());
  }

 private:
  [[nodiscard]] const Frame& frame() const { return frames_[at_]; }

  std::vector<Frame> frames_;
  std::size_t at_;
  std::size_t partition_ = 0;
};

// The frames of a dream in one stream.
class Recording {
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
      if (sample < kLowest >> predictor.wasted_bits || sample > kHighest >> predictor.wasted_bits) {
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

  // What was added, as libFLAC hears it.
  [[nodiscard]] Bytes sound() const {
    std::size_t all = 0;
    for (const Lengths& frame : frames_) all += frame.heard + frame.added;
    const Bytes samples = flac::decode_stream(writer_.stream(), all);
    Bytes sound;
    auto at = samples.begin();
    for (const Lengths& frame : frames_) {
      at += static_cast<std::ptrdiff_t>(frame.heard);
      const auto end = at + static_cast<std::ptrdiff_t>(frame.added);
      sound.insert(sound.end(), at, end);
      at = end;
    }
    return sound;
  }

 private:
  struct Lengths {  // samples of a frame
    std::size_t heard;
    std::size_t added;
  };

  flac::StreamWriter writer_;
  std::vector<Lengths> frames_;
};

class FlacDecoderSampler final : public DecoderSampler {
 public:
  explicit FlacDecoderSampler(std::unique_ptr<Codec> codec) : codec_(std::move(codec)) {}

  Bytes sample(ByteView context, std::size_t count, Rng& rng) const override {
    Score score(hear(*codec_, context));
    const ByteView end = context.last(std::min<std::size_t>(context.size(), flac::kMaxOrder));
    Bytes text(end.begin(), end.end());
    Bytes sound;
    while (sound.size() < count) {
      const Bytes more = sample_stream(score, text, std::min(count - sound.size(), kStream), rng);
      sound.insert(sound.end(), more.begin(), more.end());
      text.erase(text.begin(),
                 text.end() - std::min<std::ptrdiff_t>(std::ssize(text), flac::kMaxOrder));
    }
    sound.resize(count);
    return sound;
  }

 private:
  // At least `count` samples, which are also appended to `text`.
  static Bytes sample_stream(Score& score, Bytes& text, std::size_t count, Rng& rng) {
    Recording recording;
    bool refused = false;
    sample_until(text, text.size() + count, [&] {
      const std::size_t before = text.size();
      if (refused && before > 0) {
        recording.add_frame(flac::fixed_predictor(1), kReturn, 1, text, rng);
      } else {
        recording.add_frame(score.predictor(), score.partition(), score.samples(), text, rng);
      }
      refused = text.size() == before;
      if (!refused) score.go_on(rng);
    });
    return recording.sound();
  }

  std::unique_ptr<Codec> codec_;
};

}  // namespace

std::unique_ptr<DecoderSampler> make_flac_decoder_sampler(const Spec& spec) {
  const FlacOptions options = flac_options(spec);
  if (!options.is_plain()) {
    throw usage_error("flac: dreams are of mono at 8 bits; leave out format and channels");
  }
  return std::make_unique<FlacDecoderSampler>(make_flac(options));
}

}  // namespace zipdream
