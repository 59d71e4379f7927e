// SPDX-License-Identifier: Apache-2.0
#include "models/audio/audio.h"

#include <algorithm>
#include <array>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/process.h"
#include "codecs/common/predictors.h"
#include "generator/coder/symbol_coder.h"
#include "media/media.h"
#include "models/audio/channel_model.h"
#include "models/audio/prior.h"
#include "models/audio/sample_coding.h"
#include "models/audio/steady_model.h"
#include "models/common/fixed_math.h"

namespace zipdream {
namespace audio {
namespace {

// What is left to values of no share, as they fare beside the mixture. Noise is no signal: in it
// any value is as likely as another, which mixtures around a mean are bad at.
constexpr double kFirstUniform = 1e-4;
constexpr double kMinUniform = 1e-6;
constexpr double kMaxUniform = 0.999;

// `Model`: of one channel, ChannelModel or SteadyModel.
template <typename Model>
class AudioPredictor final : public BytePredictor, public SymbolCoder {
 public:
  // `model`: which has seen nothing. `parameters`: the numbers that it learnt beforehand.
  AudioPredictor(SampleFormat format, std::size_t channels, const Model& model,
                 std::uint64_t parameters)
      : parameters_(parameters),
        bin_width_(bin_width_of(format)),
        channels_(channels, model),
        codings_(channels),
        uniform_(channels, kFirstUniform) {
    for (auto& coding : codings_) coding = make_sample_coding(format);
    look_ahead();
  }
  AudioPredictor(const AudioPredictor& other)
      : parameters_(other.parameters_),
        bin_width_(other.bin_width_),
        channels_(other.channels_),
        uniform_(other.uniform_),
        channel_(other.channel_) {
    for (const auto& coding : other.codings_) codings_.push_back(coding->clone());
  }
  AudioPredictor& operator=(const AudioPredictor&) = delete;
  ~AudioPredictor() override = default;

  void observe(ByteView bytes) override {
    for (const Byte byte : bytes) append(byte);
  }

  void log2_probs_among(std::span<const Symbol> among, std::span<double> out) const override {
    std::array<std::uint64_t, 257> before;
    coding().sums(outlook(), before);
    std::array<double, 256> weights;  // by byte
    std::array<double, 256> logs;
    for (std::size_t r = 0; r < 256; ++r) {
      const Byte byte = coding().byte(static_cast<Byte>(r));
      weights[byte] = static_cast<double>(before[r + 1] - before[r]);
      // Most bytes are as unlikely as the one before them.
      const bool is_new = r == 0 || before[r + 1] - before[r] != before[r] - before[r - 1];
      logs[byte] =
          is_new ? log2_of_share(weights[byte]) : logs[coding().byte(static_cast<Byte>(r - 1))];
    }
    if (among.size() < alphabet_size()) return normalize(weights, among, out);
    std::ranges::copy(logs, out.begin());
  }

  void score_symbols(std::span<const Symbol> symbols, const OnLog2Prob& visit) override {
    for (const Symbol symbol : symbols) {
      check_interrupt();
      const auto byte = static_cast<Byte>(symbol);
      visit(log2_of_share(static_cast<double>(coding().part(outlook(), coding().rank(byte)).size)));
      append(byte);
    }
  }

  SymbolCoder* symbol_coder() override { return this; }

  void encode(Symbol symbol, RangeEncoder& encoder) override {
    const auto byte = static_cast<Byte>(symbol);
    const auto part = coding().part(outlook(), coding().rank(byte));
    encoder.encode(part.before, part.size, SampleCoding::kTotal);
    append(byte);
  }

  Symbol decode(RangeDecoder& decoder) override {
    const Byte rank = coding().find(outlook(), decoder.target(SampleCoding::kTotal));
    const auto part = coding().part(outlook(), rank);
    decoder.consume(part.before, part.size, SampleCoding::kTotal);
    const Byte byte = coding().byte(rank);
    append(byte);
    return byte;
  }

  void intervals_after(const Interval& now, std::span<Interval> out) const override {
    std::array<std::uint64_t, 257> before;
    coding().sums(outlook(), before);
    for (std::size_t r = 0; r < 256; ++r) {
      Interval& after = out[coding().byte(static_cast<Byte>(r))];
      after = now;
      after.skip(before[r], before[r + 1] - before[r], SampleCoding::kTotal);
    }
  }

  [[nodiscard]] std::uint64_t parameter_count() const override { return parameters_; }

  [[nodiscard]] std::unique_ptr<Predictor> clone() const override {
    return std::make_unique<AudioPredictor>(*this);
  }

 private:
  static double log2_of_share(double part) {
    constexpr double kLogOfTotal = fixed_math::kLn2 * MixtureFrequencies::kTotalBits;
    return std::min((fast_log(part) - kLogOfTotal) * fixed_math::kLog2E, 0.0);
  }

  [[nodiscard]] const SampleCoding& coding() const { return *codings_[channel_]; }
  [[nodiscard]] Outlook outlook() const {
    return {channels_[channel_].mixture(), uniform_[channel_]};
  }

  void append(Byte byte) {
    SampleCoding& coding = *codings_[channel_];
    if (!coding.append(byte)) return;
    judge_uniform(coding);
    channels_[channel_].append(coding.value());
    channel_ = (channel_ + 1) % channels_.size();
    look_ahead();
  }

  // Bayes' rule, and bounds that let both come back.
  void judge_uniform(const SampleCoding& coding) {
    double& uniform = uniform_[channel_];
    const double by_mixture = (1 - uniform) * coding.share(channels_[channel_].mixture());
    const double by_all = uniform / coding.value_count();
    uniform = std::clamp(by_all / (by_all + std::max(by_mixture, 0.0)), kMinUniform, kMaxUniform);
  }

  // Each channel looks at the one before it, whose value at the same time is known but to the
  // first.
  void look_ahead() {
    const std::size_t count = channels_.size();
    const History* const other =
        count == 1 ? nullptr : &channels_[(channel_ + count - 1) % count].values();
    channels_[channel_].look_ahead(other, bin_width_);
  }

  std::uint64_t parameters_;
  BinWidth bin_width_;
  std::vector<Model> channels_;
  std::vector<std::unique_ptr<SampleCoding>> codings_;
  std::vector<double> uniform_;
  std::size_t channel_ = 0;  // whose sample is next
};

}  // namespace
}  // namespace audio

namespace {

std::unique_ptr<Predictor> make(const Spec& spec, const PredictorOptions& /*options*/) {
  const SampleFormat format = sample_format(spec.get("format"));
  const std::size_t channels = spec.number("channels");
  if (spec.get("steady") == "on") {
    return std::make_unique<audio::AudioPredictor<audio::SteadyModel>>(format, channels,
                                                                       audio::SteadyModel(), 0);
  }
  // Of other formats the net knows less than what needs no teaching.
  const bool is_taught = format == SampleFormat::kU8 && spec.get("prior") == "on";
  const audio::Prior& prior = is_taught ? audio::Prior::of_speech() : audio::Prior::neutral();
  return std::make_unique<audio::AudioPredictor<audio::ChannelModel>>(
      format, channels, audio::ChannelModel(prior, channels > 1), prior.parameter_count());
}

void adapt(Spec& spec, const MediaShape& shape) {
  if (!shape.samples) return;
  if (shape.samples->channels != 1 && !spec.has("channels")) {
    spec.set("channels", std::to_string(shape.samples->channels));
  }
  if (shape.samples->format != SampleFormat::kU8 && !spec.has("format")) {
    spec.set("format", std::string(name_of(shape.samples->format)));
  }
}

constexpr OptionInfo kOptions[] = {
    {.key = "prior",
     .kind = OptionInfo::Kind::kChoice,
     .choices = "on off",
     .fallback = "on",
     .summary = "off: nothing that was learnt from speech beforehand"},
    {.key = "channels", .min = 1, .max = 8, .fallback = "1", .unit = "number of channels"},
    {.key = "format",
     .kind = OptionInfo::Kind::kChoice,
     .choices = "u8 mulaw s16",
     .fallback = "u8"},
    {.key = "steady",
     .kind = OptionInfo::Kind::kChoice,
     .choices = "off on",
     .fallback = "off",
     .summary = "on: samples go on as the prompt ended; a worse predictor"}};

}  // namespace

constinit const ModelInfo kAudio{.name = "audio",
                                 .summary = "samples of sound, each from those before",
                                 .options = kOptions,
                                 .make_predictor = make,
                                 .adapt = adapt};

}  // namespace zipdream
