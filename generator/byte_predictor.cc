// SPDX-License-Identifier: Apache-2.0
#include "generator/byte_predictor.h"

#include <cassert>
#include <utility>

namespace zipdream {
namespace {

constexpr std::size_t kAllBytes = 256;

class BytePredictor final : public Predictor {
 public:
  BytePredictor(std::unique_ptr<ByteLaw> law, BytePredictorOptions options)
      : shared_(std::make_shared<Shared>(std::move(law), std::move(options))),
        law_(shared_->primed->clone()) {}

  [[nodiscard]] std::size_t alphabet_size() const override {
    return shared_->options.alphabet.size();
  }

  [[nodiscard]] ByteView symbol_bytes(Symbol symbol) const override {
    assert(symbol < alphabet_size());
    return {&shared_->options.alphabet[symbol], 1};
  }

  void observe(ByteView bytes) override {
    const std::size_t tail = shared_->options.tail;
    if (tail == 0) return law_->append(bytes);
    recent_.insert(recent_.end(), bytes.begin(), bytes.end());
    if (recent_.size() <= tail) return law_->append(bytes);
    recent_.erase(recent_.begin(), recent_.end() - static_cast<std::ptrdiff_t>(tail));
    law_ = shared_->primed->clone();
    law_->append(recent_);
  }

  void update(Symbol symbol) override { observe(symbol_bytes(symbol)); }

  void log2_probs(std::span<double> out) const override {
    law_->log2_probs(shared_->options.alphabet, out);
  }

  // The law's, which knows neither a smaller alphabet nor a tail.
  [[nodiscard]] SymbolCoder* symbol_coder() override {
    const bool is_plain = alphabet_size() == kAllBytes && shared_->options.tail == 0;
    return is_plain ? law_->symbol_coder() : nullptr;
  }

  [[nodiscard]] std::unique_ptr<Predictor> clone() const override {
    return std::unique_ptr<Predictor>(new BytePredictor(*this));
  }

 private:
  // What all clones have in common and none changes.
  struct Shared {
    Shared(std::unique_ptr<ByteLaw> law, BytePredictorOptions the_options)
        : options(std::move(the_options)), primed(std::move(law)) {
      assert(!options.alphabet.empty());
      primed->append(options.corpus);
    }
    BytePredictorOptions options;
    std::unique_ptr<ByteLaw> primed;  // has seen the corpus
  };

  BytePredictor(const BytePredictor& other)
      : shared_(other.shared_), law_(other.law_->clone()), recent_(other.recent_) {}

  std::shared_ptr<const Shared> shared_;
  std::unique_ptr<ByteLaw> law_;
  Bytes recent_;  // the last `tail` bytes observed, when there is a tail
};

}  // namespace

std::unique_ptr<Predictor> make_byte_predictor(std::unique_ptr<ByteLaw> law,
                                               BytePredictorOptions options) {
  return std::make_unique<BytePredictor>(std::move(law), std::move(options));
}

}  // namespace zipdream
