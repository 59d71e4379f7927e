// SPDX-License-Identifier: Apache-2.0
#include "generator/decorators.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <utility>
#include <vector>

#include "zipdream/error.h"

namespace zipdream {

namespace {

constexpr std::size_t kAllBytes = 256;
constexpr Symbol kNone = ~Symbol{0};

class RestrictedPredictor final : public Predictor {
 public:
  RestrictedPredictor(std::unique_ptr<Predictor> within, const Alphabet& alphabet)
      : numbers_(std::make_shared<const Numbers>(*within, alphabet)), within_(std::move(within)) {}

  [[nodiscard]] std::size_t alphabet_size() const override { return kept().size(); }

  [[nodiscard]] ByteView symbol_bytes(Symbol symbol) const override {
    return within_->symbol_bytes(kept()[symbol]);
  }

  [[nodiscard]] bool ends_text(Symbol symbol) const override {
    return within_->ends_text(kept()[symbol]);
  }

  [[nodiscard]] std::uint32_t token_id(Symbol symbol) const override {
    return within_->token_id(kept()[symbol]);
  }

  void observe(ByteView bytes) override { within_->observe(bytes); }
  void update(Symbol symbol) override { within_->update(kept()[symbol]); }

  void log2_probs(std::span<double> out) const override { within_->log2_probs_among(kept(), out); }

  void log2_probs_among(std::span<const Symbol> among, std::span<double> out) const override {
    within_->log2_probs_among(kept_among(among), out);
  }

  [[nodiscard]] std::vector<Token> tokenize(ByteView bytes) const override {
    std::vector<Token> tokens = within_->tokenize(bytes);
    for (Token& token : tokens) {
      const Symbol number = numbers_->of_symbol[token.symbol];
      if (number == kNone) {
        throw Error::of_option(
            "alphabet", "",
            fmt::format("the text needs the token {}, which is not made of its bytes",
                        token.symbol),
            "add them, or use all");
      }
      token.symbol = number;
    }
    return tokens;
  }

  void teacher_force_among(std::span<const Symbol> symbols, std::span<const Symbol> among,
                           const OnLog2Probs& visit) override {
    const auto asked = among.empty() ? numbers_->kept : kept_among(among);
    within_->teacher_force_among(kept_among(symbols), asked, visit);
  }

  [[nodiscard]] std::span<const double> member_weights() const override {
    return within_->member_weights();
  }

  [[nodiscard]] std::uint64_t parameter_count() const override {
    return within_->parameter_count();
  }

  [[nodiscard]] std::unique_ptr<Predictor> clone() const override {
    return std::unique_ptr<Predictor>(new RestrictedPredictor(*this));
  }

  [[nodiscard]] std::string describe() const override { return within_->describe(); }

 private:
  // What all clones have in common and none changes.
  struct Numbers {
    Numbers(const Predictor& predictor, const Alphabet& alphabet)
        : of_symbol(predictor.alphabet_size(), kNone) {
      for (std::size_t i = 0; i < of_symbol.size(); ++i) {
        const auto symbol = static_cast<Symbol>(i);
        const auto is_in = [&](Byte byte) {
          return std::binary_search(alphabet.begin(), alphabet.end(), byte);
        };
        const ByteView bytes = predictor.symbol_bytes(symbol);
        if (!std::all_of(bytes.begin(), bytes.end(), is_in)) continue;
        of_symbol[i] = static_cast<Symbol>(kept.size());
        kept.push_back(symbol);
      }
      if (kept.empty()) {
        throw Error::of_option("alphabet", "", "no token is made of these bytes",
                               "add some, or use all");
      }
    }
    std::vector<Symbol> kept;       // the symbol within, of each of ours
    std::vector<Symbol> of_symbol;  // ours, of each symbol within, or kNone
  };

  RestrictedPredictor(const RestrictedPredictor& other)
      : numbers_(other.numbers_), within_(other.within_->clone()) {}

  [[nodiscard]] const std::vector<Symbol>& kept() const { return numbers_->kept; }

  [[nodiscard]] std::vector<Symbol> kept_among(std::span<const Symbol> symbols) const {
    std::vector<Symbol> result;
    result.reserve(symbols.size());
    for (const Symbol symbol : symbols) result.push_back(kept()[symbol]);
    return result;
  }

  std::shared_ptr<const Numbers> numbers_;
  std::unique_ptr<Predictor> within_;
};

class WindowedPredictor final : public Predictor {
 public:
  WindowedPredictor(std::shared_ptr<const Predictor> primed, std::size_t size)
      : primed_(std::move(primed)), within_(primed_->clone()), last_(size) {}

  [[nodiscard]] std::size_t alphabet_size() const override { return within_->alphabet_size(); }
  [[nodiscard]] ByteView symbol_bytes(Symbol symbol) const override {
    return primed_->symbol_bytes(symbol);
  }

  void observe(ByteView bytes) override {
    if (!last_.append(bytes)) return within_->observe(bytes);
    within_ = primed_->clone();
    within_->observe(last_.bytes());
  }

  void update(Symbol symbol) override { observe(symbol_bytes(symbol)); }

  void log2_probs(std::span<double> out) const override { within_->log2_probs(out); }

  void log2_probs_among(std::span<const Symbol> among, std::span<double> out) const override {
    within_->log2_probs_among(among, out);
  }

  [[nodiscard]] std::span<const double> member_weights() const override {
    return within_->member_weights();
  }

  [[nodiscard]] std::uint64_t parameter_count() const override {
    return within_->parameter_count();
  }

  [[nodiscard]] std::unique_ptr<Predictor> clone() const override {
    return std::unique_ptr<Predictor>(new WindowedPredictor(*this));
  }

  [[nodiscard]] std::string describe() const override { return within_->describe(); }

 private:
  WindowedPredictor(const WindowedPredictor& other)
      : primed_(other.primed_), within_(other.within_->clone()), last_(other.last_) {}

  std::shared_ptr<const Predictor> primed_;  // has seen the corpus alone
  std::unique_ptr<Predictor> within_;
  LastBytes last_;
};

}  // namespace

std::unique_ptr<Predictor> restrict_alphabet(std::unique_ptr<Predictor> within,
                                             const Alphabet& alphabet) {
  if (alphabet.size() == kAllBytes) return within;
  return std::make_unique<RestrictedPredictor>(std::move(within), alphabet);
}

std::unique_ptr<Predictor> limit_window(std::unique_ptr<Predictor> primed, std::size_t size) {
  if (size == 0) return primed;
  return std::make_unique<WindowedPredictor>(std::move(primed), size);
}

}  // namespace zipdream
