// SPDX-License-Identifier: Apache-2.0
#include "generator/byte_predictor.h"

#include <cassert>
#include <utility>

#include "generator/tail.h"

namespace zipdream {
namespace {

constexpr std::size_t kAllBytes = 256;

class BytePredictor final : public Predictor {
 public:
  BytePredictor(std::unique_ptr<ByteLaw> law, BytePredictorOptions options)
      : shared_(std::make_shared<Shared>(std::move(law), std::move(options))),
        law_(shared_->primed->clone()),
        tail_(shared_->options.tail) {}

  [[nodiscard]] std::size_t alphabet_size() const override {
    return shared_->options.alphabet.size();
  }

  [[nodiscard]] ByteView symbol_bytes(Symbol symbol) const override {
    assert(symbol < alphabet_size());
    return {&shared_->options.alphabet[symbol], 1};
  }

  void observe(ByteView bytes) override {
    if (!tail_.append(bytes)) return law_->append(bytes);
    law_ = shared_->primed->clone();
    law_->append(tail_.bytes());
  }

  void update(Symbol symbol) override { observe(symbol_bytes(symbol)); }

  void log2_probs(std::span<double> out) const override {
    law_->log2_probs(shared_->options.alphabet, out);
  }

  void follow(std::span<const Symbol> symbols, const OnLaw& visit) override {
    if (shared_->options.tail > 0) return Predictor::follow(symbols, visit);
    Bytes bytes;
    for (const Symbol symbol : symbols) bytes.push_back(shared_->options.alphabet[symbol]);
    law_->foretell(bytes, shared_->options.alphabet, visit);
  }

  // The law's, which knows neither a smaller alphabet nor a tail.
  [[nodiscard]] SymbolCoder* symbol_coder() override {
    const bool is_plain = alphabet_size() == kAllBytes && shared_->options.tail == 0;
    return is_plain ? law_->symbol_coder() : nullptr;
  }

  [[nodiscard]] std::uint64_t parameter_count() const override { return law_->parameter_count(); }

  [[nodiscard]] std::unique_ptr<Predictor> clone() const override {
    return std::unique_ptr<Predictor>(new BytePredictor(*this));
  }

  [[nodiscard]] std::string describe() const override { return law_->describe(); }

 private:
  // What all clones have in common and none changes.
  struct Shared {
    Shared(std::unique_ptr<ByteLaw> law, BytePredictorOptions the_options)
        : options(std::move(the_options)), primed(std::move(law)) {
      assert(!options.alphabet.empty());
      primed->append(options.corpus);
      options.corpus = {};  // a law that needs it has it
    }
    BytePredictorOptions options;
    std::unique_ptr<ByteLaw> primed;  // has seen the corpus
  };

  BytePredictor(const BytePredictor& other)
      : shared_(other.shared_), law_(other.law_->clone()), tail_(other.tail_) {}

  std::shared_ptr<const Shared> shared_;
  std::unique_ptr<ByteLaw> law_;
  Tail tail_;
};

}  // namespace

std::unique_ptr<Predictor> make_byte_predictor(std::unique_ptr<ByteLaw> law,
                                               BytePredictorOptions options) {
  return std::make_unique<BytePredictor>(std::move(law), std::move(options));
}

}  // namespace zipdream
