// SPDX-License-Identifier: Apache-2.0
#include "models/mix/logistic_mixture.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include "base/portable_math.h"
#include "codecs/common/predictors.h"
#include "generator/coder/symbol_coder.h"
#include "models/mix/members.h"
#include "models/mix/mixer.h"

namespace zipdream {
namespace {

using mix::Decision;
using mix::Mixer;

constexpr std::uint64_t kOne = std::uint64_t{1} << Mixer::kProbabilityBits;

// What a member says of each node of the tree, either way it says it.
class Tree {
 public:
  // From its 256 probabilities.
  static Tree of(std::span<const double> log2_probs) {
    constexpr double kScale = 0x1p40;
    std::array<double, 256> probs;
    std::ranges::copy(log2_probs, probs.begin());
    portable_exp2(probs);
    Tree tree;
    for (std::size_t i = 0; i < 256; ++i) {
      tree.sums_[256 + i] = 1 + static_cast<std::uint64_t>(kScale * probs[i]);
    }
    for (std::size_t node = 255; node > 0; --node) {
      tree.sums_[node] = tree.sums_[2 * node] + tree.sums_[2 * node + 1];
    }
    return tree;
  }

  [[nodiscard]] std::int32_t logit(unsigned node) const {
    return mix::logit(sums_[2 * node + 1], sums_[2 * node]);
  }

 private:
  std::array<std::uint64_t, 512> sums_;  // sums_[1] is about 2^40
};

std::int32_t logit_of_decision(std::uint32_t p) {
  return mix::logit(p, (1U << ByteDecisions::kProbabilityBits) - p);
}

class LogisticMixture final : public BytePredictor, public SymbolCoder {
 public:
  explicit LogisticMixture(std::vector<std::unique_ptr<Predictor>> members)
      : mixer_(members.size()) {
    for (std::size_t i = 0; i < members.size(); ++i) {
      const bool by_decisions = members[i]->byte_decisions() != nullptr;
      (by_decisions ? deciding_places_ : plain_places_).push_back(i);
      (by_decisions ? deciding_ : plain_).add(std::move(members[i]));
    }
  }

  void observe(ByteView bytes) override {
    for_each_byte(std::vector<Symbol>(bytes.begin(), bytes.end()),
                  [&](Symbol symbol, std::span<const Tree> trees) {
                    pass(trees,
                         [symbol](int bits, std::uint32_t /*p*/) { return bit_of(symbol, bits); });
                  });
  }

  void log2_probs_among(std::span<const Symbol> among, std::span<double> out) const override {
    write_probs(trees(), among, out);
  }

  void teacher_force_among(std::span<const Symbol> symbols, std::span<const Symbol> among,
                           const OnLog2Probs& visit) override {
    const std::span<const Symbol> asked = among.empty() ? all_bytes() : among;
    std::vector<double> out(asked.size());
    for_each_byte(symbols, [&](Symbol symbol, std::span<const Tree> trees) {
      if (visit) {
        write_probs(trees, asked, out);
        visit(out);
      }
      pass(trees, [symbol](int bits, std::uint32_t /*p*/) { return bit_of(symbol, bits); });
    });
  }

  void score_symbols(std::span<const Symbol> symbols, const OnLog2Prob& visit) override {
    for_each_byte(symbols, [&](Symbol symbol, std::span<const Tree> trees) {
      double probability = 1;
      pass(trees, [&](int bits, std::uint32_t p) {
        const bool bit = bit_of(symbol, bits);
        probability = of_both(probability, bit, p);
        if (bits == 7) visit(portable_log2(probability));
        return bit;
      });
    });
  }

  SymbolCoder* symbol_coder() override { return this; }

  void encode(Symbol symbol, RangeEncoder& encoder) override { encode_all({&symbol, 1}, encoder); }

  void encode_all(std::span<const Symbol> symbols, RangeEncoder& encoder) override {
    for_each_byte(symbols, [&](Symbol symbol, std::span<const Tree> trees) {
      pass(trees, [symbol, &encoder](int bits, std::uint32_t p) {
        const bool bit = bit_of(symbol, bits);
        bit ? encoder.encode(0, p, kOne) : encoder.encode(p, kOne - p, kOne);
        return bit;
      });
    });
  }

  Symbol decode(RangeDecoder& decoder) override {
    const Symbol symbol = pass(trees(), [&decoder](int /*bits*/, std::uint32_t p) {
      const bool bit = decoder.target(kOne) < p;
      bit ? decoder.consume(0, p, kOne) : decoder.consume(p, kOne - p, kOne);
      return bit;
    });
    for (std::size_t i = 0; i < plain_.size(); ++i) plain_[i].update(symbol);
    return symbol;
  }

  void intervals_after(const Interval& now, std::span<Interval> out) const override {
    std::array<Interval, 256> intervals;  // by node
    intervals[1] = now;
    for_each_node(trees(), [&](unsigned node, std::uint32_t p) {
      for (const bool bit : {false, true}) {
        const unsigned next = 2 * node + (bit ? 1 : 0);
        Interval& after = next < 256 ? intervals[next] : out[next - 256];
        after = intervals[node];
        bit ? after.skip(0, p, kOne) : after.skip(p, kOne - p, kOne);
      }
    });
  }

  [[nodiscard]] std::span<const double> member_weights() const override { return weights_; }

  [[nodiscard]] std::uint64_t parameter_count() const override {
    return plain_.parameter_count() + deciding_.parameter_count();
  }

  [[nodiscard]] std::unique_ptr<Predictor> clone() const override {
    return std::make_unique<LogisticMixture>(*this);
  }

  [[nodiscard]] std::string describe() const override { return plain_.describe(); }

 private:
  // The probability of what came before with that of one more bit. Those of all bytes sum to 1 but
  // for rounding.
  static double of_both(double before, bool bit, std::uint32_t p) {
    return before * static_cast<double>(bit ? p : kOne - p) / kOne;
  }

  static bool bit_of(Symbol symbol, int bits) { return (symbol >> (7 - bits) & 1) != 0; }

  // Of the plain members.
  [[nodiscard]] std::vector<Tree> trees() const {
    std::vector<double> log2_probs(256 * plain_.size());
    plain_.log2_probs(log2_probs);
    return trees_of(log2_probs);
  }

  static std::vector<Tree> trees_of(std::span<const double> log2_probs) {
    std::vector<Tree> trees;
    trees.reserve(log2_probs.size() / 256);
    for (std::size_t at = 0; at < log2_probs.size(); at += 256) {
      trees.push_back(Tree::of(log2_probs.subspan(at, 256)));
    }
    return trees;
  }

  // visit(symbol, trees) for each symbol; the plain members have then seen it.
  template <typename Visit>
  void for_each_byte(std::span<const Symbol> symbols, Visit visit) {
    plain_.teacher_force(symbols, [&](Symbol symbol, std::span<const double> log2_probs) {
      visit(symbol, trees_of(log2_probs));
    });
  }

  // visit(node, p) for all decisions that the next byte may take, each after those before it.
  template <typename Visit>
  void for_each_node(std::span<const Tree> trees, Visit visit) const {
    std::vector<std::array<std::uint32_t, 256>> decisions(deciding_.size());
    for (std::size_t i = 0; i < deciding_.size(); ++i) {
      deciding_.all_decisions(i, decisions[i]);
    }
    Decision decision;
    for (unsigned node = 1; node < 256; ++node) {
      set_inputs(trees, node, decision);
      for (std::size_t i = 0; i < decisions.size(); ++i) {
        decision.inputs[deciding_places_[i]] = logit_of_decision(decisions[i][node]);
      }
      mixer_.predict(node, decision);
      visit(node, decision.p);
    }
  }

  void write_probs(std::span<const Tree> trees, std::span<const Symbol> among,
                   std::span<double> out) const {
    std::array<double, 512> probabilities;  // by node; those of whole bytes last
    probabilities[1] = 1;
    for_each_node(trees, [&](unsigned node, std::uint32_t p) {
      probabilities[2 * node] = of_both(probabilities[node], false, p);
      probabilities[2 * node + 1] = of_both(probabilities[node], true, p);
    });
    const auto of_bytes = std::span(probabilities).last<256>();
    if (among.size() < of_bytes.size()) return normalize(of_bytes, among, out);
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = portable_log2(of_bytes[i]);
  }

  void set_inputs(std::span<const Tree> trees, unsigned node, Decision& decision) const {
    for (std::size_t i = 0; i < trees.size(); ++i) {
      decision.inputs[plain_places_[i]] = trees[i].logit(node);
    }
  }

  // Goes through the next byte: decide(bits so far, p) gives the outcome of each decision. Then
  // learns from it; the plain members are not told.
  template <typename Decide>
  Symbol pass(std::span<const Tree> trees, Decide decide) {
    std::array<Decision, 8> decisions;
    unsigned node = 1;
    for (int bits = 0; bits < 8; ++bits) {
      Decision& decision = decisions[static_cast<std::size_t>(bits)];
      set_inputs(trees, node, decision);
      for (std::size_t i = 0; i < deciding_.size(); ++i) {
        decision.inputs[deciding_places_[i]] =
            logit_of_decision(deciding_[i].byte_decisions()->decision());
      }
      mixer_.predict(node, decision);
      const bool bit = decide(bits, decision.p);
      for (std::size_t i = 0; i < deciding_.size(); ++i) {
        deciding_[i].byte_decisions()->decide(bit);
      }
      node = 2 * node + (bit ? 1 : 0);
    }
    mixer_.learn(static_cast<Byte>(node), decisions, weights_);
    return node - 256;
  }

  Members plain_;                          // that are asked for 256 probabilities
  Members deciding_;                       // that are asked for decisions
  std::vector<std::size_t> plain_places_;  // of each among all members
  std::vector<std::size_t> deciding_places_;
  Mixer mixer_;
  std::vector<double> weights_;  // member_weights()
};

}  // namespace

std::unique_ptr<Predictor> make_logistic_mixture(std::vector<std::unique_ptr<Predictor>> members) {
  assert(members.size() > 1 && members.size() <= mix::kMaxMembers);
  return std::make_unique<LogisticMixture>(std::move(members));
}

}  // namespace zipdream
