// SPDX-License-Identifier: Apache-2.0
#include "generator/codec_predictor.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <utility>
#include <vector>

#include "base/portable_math.h"

namespace zipdream {
namespace {

// Turns lengths into log2 probabilities in place: p_i = 2^-L_i / sum_j 2^-L_j. Subtracting the
// shortest length first keeps the sum between 1 and the number of symbols.
void lengths_to_log2_probs(std::span<double> lengths) {
  const double shortest = *std::min_element(lengths.begin(), lengths.end());
  double sum = 0;
  for (const double length : lengths) sum += portable_exp2(shortest - length);
  const double log2_sum = portable_log2(sum);
  for (double& length : lengths) length = shortest - length - log2_sum;
}

class CodecPredictor final : public Predictor {
 public:
  CodecPredictor(std::shared_ptr<const Codec> codec, CodecPredictorOptions options)
      : shared_(std::make_shared<Shared>(std::move(codec), std::move(options))),
        session_(shared_->primed->clone()) {}

  [[nodiscard]] std::size_t alphabet_size() const override { return shared_->candidates.size(); }

  [[nodiscard]] ByteView symbol_bytes(Symbol symbol) const override {
    assert(symbol < alphabet_size());
    return shared_->candidates[symbol];
  }

  void observe(ByteView bytes) override {
    const std::size_t tail = shared_->options.tail;
    if (tail == 0) return session_->append(bytes);
    recent_.insert(recent_.end(), bytes.begin(), bytes.end());
    if (recent_.size() <= tail) return session_->append(bytes);
    recent_.erase(recent_.begin(), recent_.end() - static_cast<std::ptrdiff_t>(tail));
    session_ = shared_->primed->clone();
    session_->append(recent_);
  }

  void update(Symbol symbol) override { observe(symbol_bytes(symbol)); }

  void log2_probs(std::span<double> out) const override {
    assert(out.size() == alphabet_size());
    session_->bits_after(shared_->candidates, out);
    lengths_to_log2_probs(out);
  }

  [[nodiscard]] std::unique_ptr<Predictor> clone() const override {
    return std::unique_ptr<Predictor>(new CodecPredictor(*this));
  }

  [[nodiscard]] std::string describe() const override {
    return fmt::format("length law in {} over {} bytes; {}",
                       shared_->options.units == Units::kBits ? "bits" : "whole bytes",
                       alphabet_size(), session_->describe());
  }

 private:
  // What all clones have in common and none changes.
  struct Shared {
    Shared(std::shared_ptr<const Codec> the_codec, CodecPredictorOptions the_options)
        : codec(std::move(the_codec)),
          options(std::move(the_options)),
          primed(codec->start(options.units)) {
      assert(!options.alphabet.empty());
      primed->append(options.corpus);
      for (const Byte& byte : options.alphabet) candidates.emplace_back(&byte, 1);
    }
    std::shared_ptr<const Codec> codec;
    CodecPredictorOptions options;
    std::unique_ptr<Session> primed;   // has seen the corpus
    std::vector<ByteView> candidates;  // one byte of options.alphabet each
  };

  CodecPredictor(const CodecPredictor& other)
      : shared_(other.shared_), session_(other.session_->clone()), recent_(other.recent_) {}

  std::shared_ptr<const Shared> shared_;
  std::unique_ptr<Session> session_;
  Bytes recent_;  // the last `tail` bytes observed, when there is a tail
};

}  // namespace

std::unique_ptr<Predictor> make_codec_predictor(std::shared_ptr<const Codec> codec,
                                                CodecPredictorOptions options) {
  return std::make_unique<CodecPredictor>(std::move(codec), std::move(options));
}

}  // namespace zipdream
