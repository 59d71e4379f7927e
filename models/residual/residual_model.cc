// SPDX-License-Identifier: Apache-2.0
// A model of bytes that is a model of residuals behind a forecast, and a codec that is a codec of
// residuals:
//
//   P(byte) = P_within(residual(byte)),   compress(bytes) = compress_within(residuals of bytes)
//
// The corpus and the tail are the inner model's, in residuals, so that the forecast always knows
// what came before.
#include "models/residual/residual_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/portable_math.h"
#include "generator/byte_symbols.h"
#include "models/residual/forecast.h"

namespace zipdream {
namespace {

class ResidualPredictor final : public Predictor {
 public:
  ResidualPredictor(std::unique_ptr<Forecast> forecast, std::unique_ptr<Predictor> within,
                    Alphabet alphabet)
      : alphabet_(std::make_shared<const Alphabet>(std::move(alphabet))),
        forecast_(std::move(forecast)),
        within_(std::move(within)) {}

  std::size_t alphabet_size() const override { return alphabet_->size(); }

  ByteView symbol_bytes(Symbol symbol) const override {
    assert(symbol < alphabet_size());
    return {&(*alphabet_)[symbol], 1};
  }

  void observe(ByteView bytes) override { within_->observe(take_residuals(*forecast_, bytes)); }
  void update(Symbol symbol) override { observe(symbol_bytes(symbol)); }

  void log2_probs(std::span<double> out) const override {
    std::array<double, 256> law;
    within_->log2_probs(law);
    shift(law, out);
  }

  void follow(std::span<const Symbol> symbols, const OnLaw& visit) override {
    Bytes bytes;
    for (const Symbol symbol : symbols) bytes.push_back((*alphabet_)[symbol]);
    const auto behind = forecast_->clone();  // it walks beside the inner model
    const Bytes residuals = take_residuals(*behind, bytes);
    std::vector<Symbol> within(residuals.begin(), residuals.end());
    std::vector<double> out(alphabet_size());
    std::size_t at = 0;
    within_->follow(within, [&](std::span<const double> law) {
      shift(law, out);
      forecast_->append(bytes[at++]);
      visit(out);
    });
  }

  std::unique_ptr<Predictor> clone() const override {
    return std::unique_ptr<Predictor>(new ResidualPredictor(*this));
  }

  std::string describe() const override { return within_->describe(); }

 private:
  ResidualPredictor(const ResidualPredictor& other)
      : alphabet_(other.alphabet_),
        forecast_(other.forecast_->clone()),
        within_(other.within_->clone()) {}

  // From residuals to bytes, and to sum to 1 over the alphabet.
  void shift(std::span<const double> law, std::span<double> out) const {
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = law[forecast_->residual((*alphabet_)[i])];
    if (out.size() == law.size()) return;
    double sum = 0;
    for (const double value : out) sum += portable_exp2(value);
    const double log2_sum = portable_log2(sum);
    for (double& value : out) value = std::min(value - log2_sum, 0.0);
  }

  std::shared_ptr<const Alphabet> alphabet_;
  std::unique_ptr<Forecast> forecast_;
  std::unique_ptr<Predictor> within_;
};

class ResidualCodec final : public Codec {
 public:
  ResidualCodec(std::unique_ptr<Forecast> forecast, std::unique_ptr<Codec> within)
      : forecast_(std::move(forecast)), within_(std::move(within)) {}

  Bytes compress(ByteView data) const override { return within_->compress(residuals(data)); }

  Bytes decompress(ByteView stream, std::size_t max_size) const override {
    Bytes data = within_->decompress(stream, max_size);
    const auto forecast = forecast_->clone();
    for (Byte& byte : data) {
      byte = forecast->byte(byte);
      forecast->append(byte);
    }
    return data;
  }

  double bits(ByteView data, Units units) const override {
    return within_->bits(residuals(data), units);
  }

 private:
  [[nodiscard]] Bytes residuals(ByteView data) const {
    const auto forecast = forecast_->clone();
    return take_residuals(*forecast, data);
  }

  std::unique_ptr<const Forecast> forecast_;  // has seen nothing
  std::unique_ptr<Codec> within_;
};

class ResidualDreamer final : public Dreamer {
 public:
  ResidualDreamer(std::unique_ptr<Forecast> forecast, std::unique_ptr<Dreamer> within)
      : forecast_(std::move(forecast)), within_(std::move(within)) {}

  Bytes dream(ByteView context, std::size_t count, Rng& rng) const override {
    const auto forecast = forecast_->clone();
    Bytes dreamt = within_->dream(take_residuals(*forecast, context), count, rng);
    for (Byte& byte : dreamt) {
      byte = forecast->byte(byte);
      forecast->append(byte);
    }
    return dreamt;
  }

 private:
  std::unique_ptr<const Forecast> forecast_;
  std::unique_ptr<Dreamer> within_;
};

}  // namespace

std::unique_ptr<Predictor> make_residual_predictor(const ResidualSpec& spec,
                                                   PredictorOptions options,
                                                   const MakePredictor& make) {
  auto forecast = make_forecast(spec.options);
  Alphabet alphabet = std::exchange(options.bytes.alphabet, full_alphabet());
  options.bytes.corpus = take_residuals(*forecast, options.bytes.corpus);
  auto within = make(spec.model, std::move(options));
  if (!is_bytewise(*within)) {
    throw usage_error(fmt::format(
        "residual: {} chooses among tokens, and residuals are bytes; name a codec, ppm or cm",
        spec.model));
  }
  return std::make_unique<ResidualPredictor>(std::move(forecast), std::move(within),
                                             std::move(alphabet));
}

std::unique_ptr<Codec> make_residual_codec(const ResidualSpec& spec,
                                           std::unique_ptr<Codec> within) {
  return std::make_unique<ResidualCodec>(make_forecast(spec.options), std::move(within));
}

std::unique_ptr<Dreamer> make_residual_dreamer(const ResidualSpec& spec,
                                               std::unique_ptr<Dreamer> within) {
  return std::make_unique<ResidualDreamer>(make_forecast(spec.options), std::move(within));
}

}  // namespace zipdream
