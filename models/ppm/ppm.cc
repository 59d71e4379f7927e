// SPDX-License-Identifier: Apache-2.0
#include "models/ppm/ppm.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cstdint>
#include <span>

#include "codecs/common/predictors.h"
#include "generator/coder/symbol_coder.h"
#include "models/ppm/context_tree.h"
#include "models/ppm/escape_shares.h"

namespace zipdream {
namespace {

constexpr std::uint32_t kOccurrence = ContextTree::kOccurrence;
constexpr int kShareBits = EscapeShares::kShareBits;
constexpr std::uint32_t kAllShares = 1U << kShareBits;

// Taken off every count before they are compared: one occurrence says less than its share.
constexpr std::uint32_t kDiscount = 12;
static_assert(kDiscount < kOccurrence);

// Of 2^28: a mass below this is not worth the followers of yet another context.
constexpr std::uint64_t kWorthSharing = 1 << 16;

// A restart reads this part of the memory's bytes again; a byte takes less than 1 KiB in the tree.
constexpr std::size_t kReplayPart = 1024;

using Frequencies = std::array<std::uint32_t, 256>;

class PpmPredictor final : public BytePredictor, public SymbolCoder {
 public:
  PpmPredictor(int order, std::size_t memory)
      : order_(order), memory_(memory), tree_(order), shares_(order) {}

  void observe(ByteView bytes) override {
    for (const Byte byte : bytes) learn(byte, blend());
  }

  void log2_probs_among(std::span<const Symbol> among, std::span<double> out) const override {
    Frequencies frequencies;
    tally(blend(), frequencies);
    std::array<double, 256> weights;
    std::ranges::copy(frequencies, weights.begin());
    normalize(weights, among, out);
  }

  SymbolCoder* symbol_coder() override { return this; }

  [[nodiscard]] std::unique_ptr<Predictor> clone() const override {
    return std::make_unique<PpmPredictor>(*this);
  }

  void encode(Symbol symbol, RangeEncoder& encoder) override {
    const Blend blended = blend();
    Frequencies frequencies;
    const std::uint64_t total = tally(blended, frequencies);
    encode_symbol(symbol, frequencies, total, encoder);
    learn(static_cast<Byte>(symbol), blended);
  }

  Symbol decode(RangeDecoder& decoder) override {
    const Blend blended = blend();
    Frequencies frequencies;
    const std::uint64_t total = tally(blended, frequencies);
    const Symbol symbol = decode_symbol(frequencies, total, decoder);
    learn(static_cast<Byte>(symbol), blended);
    return symbol;
  }

  void intervals_after(const Interval& now, std::span<Interval> out) const override {
    Frequencies frequencies;
    const std::uint64_t total = tally(blend(), frequencies);
    narrow_to_each(now, frequencies, total, out);
  }

 private:
  // One context's part in the blend.
  struct Part {
    std::size_t cell;        // of its escape share
    std::uint32_t share;     // what it leaves to the shorter ones, of kAllShares
    std::uint64_t per_unit;  // 2^32 / the sum of its discounted counts
  };
  struct Blend {
    std::array<Part, ContextTree::kMaxOrder + 1> parts;  // (order), the first `size`
    int size = 0;
  };

  [[nodiscard]] Blend blend() const {
    Blend blend;
    std::size_t suffix_followers = 256;
    for (int order = 0; order < tree_.chain_size(); ++order) {
      const auto [followers, total] = tree_.context(order);
      if (followers.empty()) break;  // at the very start
      const auto size = static_cast<std::uint32_t>(followers.size());
      Part& part = blend.parts[blend.size++];
      part.cell = EscapeShares::cell({.order = order,
                                      .followers = size,
                                      .suffix_followers = suffix_followers,
                                      .mean_count = total * (32 / kOccurrence) / size,
                                      .streak = streak_});
      part.share = shares_.share(part.cell);
      part.per_unit = (std::uint64_t{1} << 32) / (total - size * kDiscount);
      suffix_followers = size;
    }
    return blend;
  }

  // Sets all frequencies, each at least 1, and returns their sum, about 2^28. What is left when a
  // context has next to nothing to leave goes to all bytes alike.
  std::uint64_t tally(const Blend& blend, Frequencies& frequencies) const {
    frequencies.fill(0);
    std::uint64_t left = std::uint64_t{1} << 28;
    std::uint64_t total = 0;
    for (int order = blend.size - 1; order >= 0 && left >= kWorthSharing; --order) {
      const Part& part = blend.parts[order];
      const std::uint64_t passed_on = left * part.share >> kShareBits;
      const std::uint64_t per_count = (left - passed_on) * part.per_unit >> 16;
      for (const ContextTree::Follower& follower : tree_.context(order).followers) {
        const std::uint64_t frequency = per_count * (follower.count() - kDiscount) >> 16;
        frequencies[follower.byte()] += static_cast<std::uint32_t>(frequency);
        total += frequency;
      }
      left = passed_on;
    }
    const auto for_each = static_cast<std::uint32_t>(left / frequencies.size() + 1);
    for (std::uint32_t& frequency : frequencies) frequency += for_each;
    return total + frequencies.size() * for_each;
  }

  // Every context learns by how much the shorter ones knew better, from the shortest up.
  void learn(Byte byte, const Blend& blend) {
    const ContextTree::Places places = tree_.places(byte);
    std::uint64_t p = (std::uint64_t{1} << 32) / 256;  // of the byte, in 2^-32, up to this order
    for (int order = 0; order < blend.size; ++order) {
      const Part& part = blend.parts[order];
      std::uint64_t own = 0;
      if (places[order] != ContextTree::kNowhere) {
        const std::uint32_t count = tree_.context(order).followers[places[order]].count();
        own = part.per_unit * (count - kDiscount);
      }
      const std::uint64_t from_shorter = p * part.share >> kShareBits;
      p = (own * (kAllShares - part.share) >> kShareBits) + from_shorter + 1;
      shares_.learn(part.cell, static_cast<std::uint32_t>((from_shorter << kShareBits) / p));
    }
    streak_ = EscapeShares::traced(streak_, p);
    tree_.append(byte, places);
    if (tree_.memory() > memory_) restart();
  }

  // Escape shares stay learnt.
  void restart() {
    const Bytes recent = tree_.recent_text(memory_ / kReplayPart);
    tree_ = ContextTree(order_);
    observe(recent);
  }

  int order_;
  std::size_t memory_;
  ContextTree tree_;
  EscapeShares shares_;
  int streak_ = 0;
};

}  // namespace

std::unique_ptr<Predictor> make_ppm_predictor(int order, std::size_t memory) {
  return std::make_unique<PpmPredictor>(order, memory);
}

namespace {

std::unique_ptr<Predictor> make(const Spec& spec, const PredictorOptions& /*options*/) {
  return make_ppm_predictor(static_cast<int>(spec.number("order")));
}

constexpr OptionInfo kOptions[] = {{.key = "order", .min = 2, .max = 16, .fallback = "6"}};

}  // namespace

constinit const ModelInfo kPpm{.name = "ppm",
                               .summary = "what followed the last bytes before",
                               .options = kOptions,
                               .make_predictor = make};

}  // namespace zipdream
