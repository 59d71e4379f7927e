// SPDX-License-Identifier: Apache-2.0
#include "generator/search/scorer.h"

#include <algorithm>
#include <cassert>
#include <numeric>
#include <optional>
#include <utility>
#include <vector>

#include "base/parallel.h"
#include "base/process.h"
#include "codecs/common/predictors.h"
#include "generator/score.h"
#include "zipdream/codec.h"

namespace zipdream {

std::unique_ptr<Scorer> make_scorer(const Spec& spec, PredictorOptions options) {
  options.context_window = 0;
  const bool by_lengths = spec.info().is_codec() && chosen_probs(spec, options) == Probs::kLengths;
  if (!by_lengths) return make_predictor_scorer(make_predictor(spec, std::move(options)));
  std::shared_ptr<const Codec> codec = make_codec(spec);
  std::unique_ptr<Session> session = codec->start(options.units.value_or(Units::kBits));
  session->append(options.corpus);
  Alphabet alphabet = options.alphabet.empty() ? full_alphabet() : std::move(options.alphabet);
  return make_length_scorer(std::move(codec), std::move(session), std::move(alphabet));
}

namespace {

class LengthScorer final : public Scorer {
 public:
  LengthScorer(std::shared_ptr<const Codec> codec, std::unique_ptr<Session> session,
               std::shared_ptr<const Alphabet> alphabet)
      : codec_(std::move(codec)), session_(std::move(session)), alphabet_(std::move(alphabet)) {}

  [[nodiscard]] std::size_t alphabet_size() const override { return alphabet_->size(); }

  [[nodiscard]] ByteView symbol_bytes(Symbol symbol) const override {
    assert(symbol < alphabet_size());
    return {&(*alphabet_)[symbol], 1};
  }

  void append(ByteView bytes) override { session_->append(bytes); }
  void update(Symbol symbol, double /*bits*/) override { session_->append(symbol_bytes(symbol)); }

  void bits_with(std::span<double> out) const override {
    std::vector<ByteView> candidates;
    candidates.reserve(alphabet_->size());
    for (const Byte& byte : *alphabet_) candidates.emplace_back(&byte, 1);
    session_->bits_after(candidates, out);
  }

  void bits_after(std::span<const ByteView> candidates, std::span<double> out) const override {
    session_->bits_after(candidates, out);
  }

  [[nodiscard]] std::unique_ptr<Scorer> clone() const override {
    return std::make_unique<LengthScorer>(codec_, session_->clone(), alphabet_);
  }

 private:
  std::shared_ptr<const Codec> codec_;
  std::unique_ptr<Session> session_;
  std::shared_ptr<const Alphabet> alphabet_;
};

}  // namespace

std::unique_ptr<Scorer> make_length_scorer(std::shared_ptr<const Codec> codec,
                                           std::unique_ptr<Session> session, Alphabet alphabet) {
  return std::make_unique<LengthScorer>(std::move(codec), std::move(session),
                                        std::make_shared<const Alphabet>(std::move(alphabet)));
}

namespace {

// Candidates as a tree: what several begin with is asked for once.
class Tree {
 public:
  Tree(const ByteSymbols& symbols, std::span<const ByteView> candidates, std::span<double> out)
      : symbols_(symbols), candidates_(candidates), out_(out), order_(candidates.size()) {
    std::iota(order_.begin(), order_.end(), std::size_t{0});
    std::stable_sort(order_.begin(), order_.end(), [&](std::size_t a, std::size_t b) {
      return std::lexicographical_compare(candidates_[a].begin(), candidates_[a].end(),
                                          candidates_[b].begin(), candidates_[b].end());
    });
  }

  void measure(const Predictor& predictor, double bits) { visit(predictor, bits, 0, order_); }

 private:
  using Group = std::span<const std::size_t>;

  // Candidates that share their first `depth` bytes, which the predictor has seen.
  void visit(const Predictor& predictor, double bits, std::size_t depth, Group group) {
    while (!group.empty() && candidates_[group.front()].size() == depth) {
      out_[group.front()] = bits;
      group = group.subspan(1);
    }
    if (group.empty()) return;
    if (group.size() == 1) return go_on(predictor, bits, depth, group.front());
    std::vector<double> log2_probs(predictor.alphabet_size());
    predictor.log2_probs(log2_probs);
    const std::vector<Group> groups = split(group, depth);
    parallel_for(groups.size(), 1, [&](std::size_t begin, std::size_t end) {
      for (std::size_t i = begin; i < end; ++i) {
        const std::optional<Symbol> symbol = symbols_[candidates_[groups[i].front()][depth]];
        assert(symbol);
        const std::unique_ptr<Predictor> next = predictor.clone();
        next->update(*symbol);
        visit(*next, bits - log2_probs[*symbol], depth + 1, groups[i]);
      }
    });
  }

  // A candidate whose beginning no other shares.
  void go_on(const Predictor& predictor, double bits, std::size_t depth, std::size_t candidate) {
    std::vector<Symbol> symbols;
    for (const Byte byte : candidates_[candidate].subspan(depth)) {
      assert(symbols_[byte]);
      symbols.push_back(*symbols_[byte]);
    }
    predictor.clone()->score_symbols(symbols, [&](double log2_prob) { bits -= log2_prob; });
    out_[candidate] = bits;
  }

  // By the byte at `depth`.
  [[nodiscard]] std::vector<Group> split(Group group, std::size_t depth) const {
    std::vector<Group> groups;
    for (std::size_t begin = 0, end = 0; begin < group.size(); begin = end) {
      const Byte byte = candidates_[group[begin]][depth];
      while (end < group.size() && candidates_[group[end]][depth] == byte) ++end;
      groups.push_back(group.subspan(begin, end - begin));
    }
    return groups;
  }

  const ByteSymbols& symbols_;
  std::span<const ByteView> candidates_;
  std::span<double> out_;
  std::vector<std::size_t> order_;
};

class PredictorScorer final : public Scorer {
 public:
  PredictorScorer(std::unique_ptr<Predictor> predictor, std::shared_ptr<const ByteSymbols> symbols,
                  double bits)
      : predictor_(std::move(predictor)), symbols_(std::move(symbols)), bits_(bits) {}

  [[nodiscard]] std::size_t alphabet_size() const override { return predictor_->alphabet_size(); }
  [[nodiscard]] ByteView symbol_bytes(Symbol symbol) const override {
    return predictor_->symbol_bytes(symbol);
  }

  void append(ByteView bytes) override { predictor_->observe(bytes); }

  void update(Symbol symbol, double bits) override {
    predictor_->update(symbol);
    bits_ = bits;
  }

  void bits_with(std::span<double> out) const override {
    predictor_->log2_probs(out);
    for (double& value : out) value = bits_ - value;
  }

  void bits_after(std::span<const ByteView> candidates, std::span<double> out) const override {
    if (symbols_) return Tree(*symbols_, candidates, out).measure(*predictor_, bits_);
    parallel_for(candidates.size(), 1, [&](std::size_t begin, std::size_t end) {
      for (std::size_t i = begin; i < end; ++i) out[i] = bits_ + token_bits(candidates[i]);
    });
  }

  [[nodiscard]] std::unique_ptr<Scorer> clone() const override {
    return std::make_unique<PredictorScorer>(predictor_->clone(), symbols_, bits_);
  }

 private:
  // In the predictor's own tokens.
  [[nodiscard]] double token_bits(ByteView candidate) const {
    const std::unique_ptr<Predictor> copy = predictor_->clone();
    const std::vector<double> bits = score(*copy, candidate, [](double) {});
    check_interrupt();
    return std::accumulate(bits.begin(), bits.end(), 0.0);
  }

  std::unique_ptr<Predictor> predictor_;
  std::shared_ptr<const ByteSymbols> symbols_;  // null: some are longer than a byte
  double bits_;
};

}  // namespace

std::unique_ptr<Scorer> make_predictor_scorer(std::unique_ptr<Predictor> predictor) {
  std::shared_ptr<const ByteSymbols> symbols;
  if (!is_subword(*predictor)) {
    symbols = std::make_shared<const ByteSymbols>(byte_symbols(*predictor));
  }
  return std::make_unique<PredictorScorer>(std::move(predictor), std::move(symbols), 0);
}

}  // namespace zipdream
