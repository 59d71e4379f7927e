// SPDX-License-Identifier: Apache-2.0
#include "generator/decorators.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <utility>
#include <vector>

#include "base/portable_math.h"
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

  // Of the bytes left the probabilities are larger, and so is each part of them.
  [[nodiscard]] std::optional<Sources> sources(Byte next, std::size_t max_sources) const override {
    const auto symbol = std::find_if(kept().begin(), kept().end(), [&](Symbol each) {
      const ByteView bytes = within_->symbol_bytes(each);
      return bytes.size() == 1 && bytes[0] == next;
    });
    if (symbol == kept().end()) return std::nullopt;
    std::optional<Sources> sources = within_->sources(next, max_sources);
    if (!sources) return sources;
    std::vector<double> all(within_->alphabet_size());
    within_->log2_probs(all);
    double kept_sum = 0;
    for (const Symbol each : kept()) kept_sum += portable_exp2(all[each]);
    sources->probability /= kept_sum;
    sources->elsewhere /= kept_sum;
    sources->others /= kept_sum;
    for (Source& source : sources->list) source.probability /= kept_sum;
    return sources;
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
  WindowedPredictor(std::shared_ptr<const Predictor> primed, std::size_t size,
                    std::size_t primed_with)
      : primed_(std::move(primed)),
        primed_with_(primed_with),
        within_(primed_->clone()),
        last_(size) {}

  [[nodiscard]] std::size_t alphabet_size() const override { return within_->alphabet_size(); }
  [[nodiscard]] ByteView symbol_bytes(Symbol symbol) const override {
    return primed_->symbol_bytes(symbol);
  }

  void observe(ByteView bytes) override {
    observed_ += bytes.size();
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

  // What fell out between the corpus and the window counts as seen.
  [[nodiscard]] std::optional<Sources> sources(Byte next, std::size_t max_sources) const override {
    std::optional<Sources> sources = within_->sources(next, max_sources);
    if (!sources) return sources;
    const std::uint64_t forgotten = observed_ - last_.bytes().size();
    for (Source& source : sources->list) {
      if (source.at >= primed_with_) source.at += forgotten;
    }
    return sources;
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
      : primed_(other.primed_),
        primed_with_(other.primed_with_),
        within_(other.within_->clone()),
        last_(other.last_),
        observed_(other.observed_) {}

  std::shared_ptr<const Predictor> primed_;  // has seen the corpus alone
  std::size_t primed_with_;                  // bytes of it
  std::unique_ptr<Predictor> within_;
  LastBytes last_;
  std::uint64_t observed_ = 0;  // bytes, after the corpus
};

}  // namespace

std::unique_ptr<Predictor> restrict_alphabet(std::unique_ptr<Predictor> within,
                                             const Alphabet& alphabet) {
  if (alphabet.size() == kAllBytes) return within;
  return std::make_unique<RestrictedPredictor>(std::move(within), alphabet);
}

std::unique_ptr<Predictor> limit_window(std::unique_ptr<Predictor> primed, std::size_t size,
                                        std::size_t primed_with) {
  if (size == 0) return primed;
  return std::make_unique<WindowedPredictor>(std::move(primed), size, primed_with);
}

}  // namespace zipdream
