// SPDX-License-Identifier: Apache-2.0
// A model of bytes that is a model of residuals behind a signal predictor, and a codec that is a
// codec of residuals:
//
//   P(byte) = P_within(residual(byte)),   compress(bytes) = compress_within(residuals of bytes)
//
// The corpus and the context window are the inner model's, in residuals, so that the signal
// predictor always knows what came before.
#include "models/residual/residual.h"

#include <fmt/format.h>

#include <array>
#include <cassert>
#include <utility>
#include <vector>

#include "codecs/common/predictors.h"
#include "generator/coder/symbol_coder.h"
#include "media/media.h"
#include "models/residual/signal_predictor.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

// Codes a byte as the residual that it is, the way the inner model codes it.
class ResidualPredictor final : public BytePredictor, public SymbolCoder {
 public:
  ResidualPredictor(std::unique_ptr<SignalPredictor> signal, std::unique_ptr<Predictor> within)
      : signal_(std::move(signal)), within_(std::move(within)) {}

  void observe(ByteView bytes) override { within_->observe(take_residuals(*signal_, bytes)); }

  void log2_probs_among(std::span<const Symbol> among, std::span<double> out) const override {
    if (among.size() < alphabet_size()) return Predictor::log2_probs_among(among, out);
    std::array<double, 256> of_residuals;
    within_->log2_probs(of_residuals);
    shift(std::span<const double>(of_residuals), out);
  }

  void teacher_force_among(std::span<const Symbol> symbols, std::span<const Symbol> among,
                           const OnLog2Probs& visit) override {
    if (!among.empty()) return Predictor::teacher_force_among(symbols, among, visit);
    const Bytes bytes(symbols.begin(), symbols.end());
    const auto ahead = signal_->clone();  // the inner model reads all residuals together
    const Bytes residuals = take_residuals(*ahead, bytes);
    std::vector<double> out(alphabet_size());
    std::size_t at = 0;
    within_->teacher_force(std::vector<Symbol>(residuals.begin(), residuals.end()),
                           [&](std::span<const double> of_residuals) {
                             shift(of_residuals, std::span(out));
                             signal_->append(bytes[at++]);
                             if (visit) visit(out);
                           });
  }

  void score_symbols(std::span<const Symbol> symbols, const OnLog2Prob& visit) override {
    const Bytes bytes(symbols.begin(), symbols.end());
    const auto ahead = signal_->clone();
    const Bytes residuals = take_residuals(*ahead, bytes);
    std::size_t at = 0;
    within_->score_symbols(std::vector<Symbol>(residuals.begin(), residuals.end()),
                           [&](double log2_prob) {
                             signal_->append(bytes[at++]);
                             visit(log2_prob);
                           });
  }

  SymbolCoder* symbol_coder() override {
    return within_->symbol_coder() == nullptr ? nullptr : this;
  }

  void encode(Symbol symbol, RangeEncoder& encoder) override {
    const auto byte = static_cast<Byte>(symbol);
    within_->symbol_coder()->encode(signal_->residual(byte), encoder);
    signal_->append(byte);
  }

  Symbol decode(RangeDecoder& decoder) override {
    const Symbol residual = within_->symbol_coder()->decode(decoder);
    const Byte byte = signal_->byte(static_cast<Byte>(residual));
    signal_->append(byte);
    return byte;
  }

  void intervals_after(const Interval& now, std::span<Interval> out) const override {
    std::array<Interval, 256> of_residuals;
    within_->symbol_coder()->intervals_after(now, of_residuals);
    shift(std::span<const Interval>(of_residuals), out);
  }

  [[nodiscard]] std::span<const double> member_weights() const override {
    return within_->member_weights();
  }

  [[nodiscard]] std::uint64_t parameter_count() const override {
    return within_->parameter_count();
  }

  std::unique_ptr<Predictor> clone() const override {
    return std::unique_ptr<Predictor>(new ResidualPredictor(*this));
  }

  std::string describe() const override { return within_->describe(); }

 private:
  ResidualPredictor(const ResidualPredictor& other)
      : signal_(other.signal_->clone()), within_(other.within_->clone()) {}

  // Values by byte from values by residual.
  template <typename Value>
  void shift(std::span<const Value> of_residuals, std::span<Value> out) const {
    for (std::size_t i = 0; i < out.size(); ++i) {
      out[i] = of_residuals[signal_->residual(static_cast<Byte>(i))];
    }
  }

  std::unique_ptr<SignalPredictor> signal_;
  std::unique_ptr<Predictor> within_;
};

class ResidualCodec final : public Codec {
 public:
  ResidualCodec(std::unique_ptr<SignalPredictor> signal, std::unique_ptr<Codec> within)
      : signal_(std::move(signal)), within_(std::move(within)) {}

  Bytes compress(ByteView data) const override { return within_->compress(residuals(data)); }

  Bytes decompress(ByteView stream, std::size_t max_size) const override {
    Bytes data = within_->decompress(stream, max_size);
    const auto signal = signal_->clone();
    for (Byte& byte : data) {
      byte = signal->byte(byte);
      signal->append(byte);
    }
    return data;
  }

  double bits(ByteView data, Units units) const override {
    return within_->bits(residuals(data), units);
  }

 private:
  [[nodiscard]] Bytes residuals(ByteView data) const {
    const auto signal = signal_->clone();
    return take_residuals(*signal, data);
  }

  std::unique_ptr<const SignalPredictor> signal_;  // has seen nothing
  std::unique_ptr<Codec> within_;
};

class ResidualDecoderSampler final : public DecoderSampler {
 public:
  ResidualDecoderSampler(std::unique_ptr<SignalPredictor> signal,
                         std::unique_ptr<DecoderSampler> within)
      : signal_(std::move(signal)), within_(std::move(within)) {}

  Bytes sample(ByteView context, std::size_t count, Rng& rng) const override {
    const auto signal = signal_->clone();
    Bytes sampled = within_->sample(take_residuals(*signal, context), count, rng);
    for (Byte& byte : sampled) {
      byte = signal->byte(byte);
      signal->append(byte);
    }
    return sampled;
  }

 private:
  std::unique_ptr<const SignalPredictor> signal_;
  std::unique_ptr<DecoderSampler> within_;
};

std::unique_ptr<Predictor> make(const Spec& spec, const PredictorOptions& options) {
  auto signal = make_signal_predictor(residual_options(spec));
  PredictorOptions inner = options;
  inner.corpus = take_residuals(*signal, options.corpus);
  auto within = make_predictor(spec.inner()[0], std::move(inner));
  if (!is_bytewise(*within)) {
    throw usage_error(fmt::format(
        "residual: {} chooses among tokens, and residuals are bytes; name a codec, ppm or cm",
        spec.inner()[0].text()));
  }
  return std::make_unique<ResidualPredictor>(std::move(signal), std::move(within));
}

std::unique_ptr<Codec> make_around_codec(const Spec& spec, const OnCoded& on_coded) {
  return std::make_unique<ResidualCodec>(make_signal_predictor(residual_options(spec)),
                                         make_codec(spec.inner()[0], on_coded));
}

std::unique_ptr<DecoderSampler> make_sampler(const Spec& spec) {
  return std::make_unique<ResidualDecoderSampler>(make_signal_predictor(residual_options(spec)),
                                                  make_decoder_sampler(spec.inner()[0]));
}

void adapt(Spec& spec, const MediaShape& shape) {
  if (!shape.samples) return;
  if (shape.rows && !spec.has("width")) spec.set("width", std::to_string(shape.rows->width));
  if (shape.samples->channels != 1 && !spec.has("channels")) {
    spec.set("channels", std::to_string(shape.samples->channels));
  }
  if (shape.samples->format != SampleFormat::kU8 && !spec.has("format")) {
    spec.set("format", std::string(name_of(shape.samples->format)));
  }
}

constexpr OptionInfo kOptions[] = {
    {.key = "kind",
     .kind = OptionInfo::Kind::kChoice,
     .choices = "left up average paeth med line lpc"},
    {.key = "width", .min = 1, .max = 1'000'000},
    {.key = "channels", .min = 1, .max = 8, .fallback = "1", .unit = "number of channels"},
    {.key = "format",
     .kind = OptionInfo::Kind::kChoice,
     .choices = "u8 mulaw s16",
     .fallback = "u8"}};

}  // namespace

constinit const ModelInfo kResidual{.name = "residual",
                                    .summary = "residuals of a predictor of pixels or samples",
                                    .options = kOptions,
                                    .inner = ModelInfo::Inner::kAfterOptions,
                                    .example = "residual:med:gzip:9",
                                    .make_codec = make_around_codec,
                                    .make_predictor = make,
                                    .make_decoder_sampler = make_sampler,
                                    .adapt = adapt};

}  // namespace zipdream
