// SPDX-License-Identifier: Apache-2.0
#include "models/cm/v1/cm_v1.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "codecs/common/predictors.h"
#include "generator/coder/symbol_coder.h"
#include "models/cm/v1/decision.h"

namespace zipdream {
namespace cm_v1 {
namespace {

constexpr int kTableBits = 22;  // slots of 16 bytes: 64 MiB
constexpr int kNibbleBits = 4;

class CmPredictor final : public BytePredictor, public SymbolCoder {
 public:
  void observe(ByteView bytes) override {
    for (const Byte byte : bytes) {
      pass([byte](int bits_so_far, std::uint32_t /*p*/) { return bit_of(byte, bits_so_far); });
    }
  }

  void log2_probs_among(std::span<const Symbol> among, std::span<double> out) const override {
    std::array<double, 512> weights;  // by node; those of whole bytes last
    weights[1] = 1;
    for_each_decision([&](unsigned node, std::uint32_t p) {
      weights[2 * node] = weights[node] * (65536 - p) / 65536;
      weights[2 * node + 1] = weights[node] * p / 65536;
    });
    normalize(std::span(weights).last<256>(), among, out);
  }

  SymbolCoder* symbol_coder() override { return this; }

  [[nodiscard]] std::unique_ptr<Predictor> clone() const override {
    return std::make_unique<CmPredictor>(*this);
  }

  void encode(Symbol symbol, RangeEncoder& encoder) override {
    pass([symbol, &encoder](int bits_so_far, std::uint32_t p) {
      const bool bit = bit_of(static_cast<Byte>(symbol), bits_so_far);
      encoder.encode_bit(bit, p);
      return bit;
    });
  }

  Symbol decode(RangeDecoder& decoder) override {
    return pass([&decoder](int /*bits_so_far*/, std::uint32_t p) { return decoder.decode_bit(p); });
  }

  void intervals_after(const Interval& now, std::span<Interval> out) const override {
    std::array<Interval, 256> intervals;  // by node
    intervals[1] = now;
    for_each_decision([&](unsigned node, std::uint32_t p) {
      for (const bool bit : {false, true}) {
        const unsigned next = 2 * node + (bit ? 1 : 0);
        Interval& after = next < 256 ? intervals[next] : out[next - 256];
        after = intervals[node];
        after.skip_bit(bit, p);
      }
    });
  }

 private:
  static bool bit_of(Byte byte, int bits_so_far) { return (byte >> (7 - bits_so_far) & 1) != 0; }

  // Everything about the first nibble of the next byte, or about the second after a first one.
  void look_up_first(Nibble& nibble) const {
    const ContextHashes& hashes = contexts_.hashes();
    model_.look_up(1, contexts_, nibble);
    for (std::size_t i = 0; i < kContexts; ++i) nibble.found[i] = table_.find(hashes[i]);
  }
  void look_up_second(unsigned first, Nibble& nibble) const {
    ContextHashes hashes = contexts_.hashes();
    for (std::uint64_t& hash : hashes) {
      hash = Contexts::with_nibble(hash, first);
      table_.prefetch(hash);
    }
    model_.look_up(16 + first, contexts_, nibble);
    for (std::size_t i = 0; i < kContexts; ++i) nibble.found[i] = table_.find(hashes[i]);
  }

  // visit(node, p) for all decisions of the next byte, each after those that lead to it.
  template <typename Visit>
  void for_each_decision(Visit visit) const {
    Nibble nibble;
    const auto visit_nibble = [&](unsigned root, int bits_before) {
      for (int bits = 0; bits < kNibbleBits; ++bits) {
        for (unsigned node = root << bits; node < (root + 1) << bits; ++node) {
          Decision decision;
          decision.place = {node, bits_before + bits};
          model_.predict(nibble, contexts_, match_, decision);
          visit(node, decision.p);
        }
      }
    };
    look_up_first(nibble);
    visit_nibble(1, 0);
    for (unsigned first = 0; first < 16; ++first) {
      look_up_second(first, nibble);
      visit_nibble(16 + first, kNibbleBits);
    }
  }

  // Goes through the next byte: decide(bits_so_far, p) gives the outcome of each decision. Then
  // learns from it.
  template <typename Decide>
  Byte pass(Decide decide) {
    std::array<Nibble, 2> nibbles;
    std::array<Decision, 8> decisions;
    unsigned node = 1;
    for (int bits = 0; bits < 8; ++bits) {
      if (bits == 0) look_up_first(nibbles[0]);
      if (bits == kNibbleBits) look_up_second(node - 16, nibbles[1]);
      Decision& decision = decisions[static_cast<std::size_t>(bits)];
      decision.place = {node, bits};
      model_.predict(nibbles[static_cast<std::size_t>(bits / kNibbleBits)], contexts_, match_,
                     decision);
      node = 2 * node + (decide(bits, decision.p) ? 1 : 0);
    }
    const auto byte = static_cast<Byte>(node);
    learn(byte, decisions, nibbles);
    return byte;
  }

  void learn(Byte byte, const std::array<Decision, 8>& decisions, std::array<Nibble, 2>& nibbles) {
    for (int bits = 0; bits < 8; ++bits) {
      model_.learn(decisions[static_cast<std::size_t>(bits)], bit_of(byte, bits),
                   nibbles[static_cast<std::size_t>(bits / kNibbleBits)], match_);
    }
    model_.end_byte();
    for (const Nibble& nibble : nibbles) {
      for (const HistoryTable::Found& found : nibble.found) table_.put(found);
    }
    contexts_.append(byte);
    for (const std::uint64_t hash : contexts_.hashes()) table_.prefetch(hash);
    match_.append(byte, contexts_.hashes()[MatchModel::kMinLength - 1]);
  }

  Contexts contexts_;
  HistoryTable table_{kTableBits};
  MatchModel match_;
  DecisionModel model_;
};

}  // namespace
}  // namespace cm_v1

std::unique_ptr<Predictor> make_cm_v1_predictor() { return std::make_unique<cm_v1::CmPredictor>(); }

}  // namespace zipdream
