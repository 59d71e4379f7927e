// SPDX-License-Identifier: Apache-2.0
#include "models/ppm/ppm.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cassert>
#include <cstdint>
#include <span>

#include "base/portable_math.h"
#include "base/process.h"
#include "codecs/common/predictors.h"
#include "generator/coder/symbol_coder.h"
#include "models/paged_array.h"
#include "models/ppm/context_tree.h"

namespace zipdream {
namespace {

// How far a context is to be trusted: the share of its prediction that it should leave to the next
// shorter context. Contexts that look alike (order, followers, counts, how well the last bytes were
// predicted) have one share in common, learned from how predictions turned out: what PPM calls
// secondary escape estimation (SEE).
//
// With P = (1 - e) own + e shorter, the byte that came was meant by the shorter context with
// probability e shorter / P; the share moves towards that, first fast, then slowly (online EM).
class EscapeShares {
 public:
  static constexpr int kShareBits = 22;  // shares are multiples of 2^-22, above 0 and below 1

  // What can be seen of a context.
  struct Situation {
    int order;
    std::size_t followers;         // > 0
    std::size_t suffix_followers;  // of the next shorter context; 256 for order 0
    std::uint32_t mean_count;      // of the followers, in thirty-seconds of an occurrence; >= 32
    int streak;                    // next_streak(), of the bytes before
  };

  explicit EscapeShares(int max_order);

  // Where the share of all such contexts stands.
  [[nodiscard]] static std::size_t cell(const Situation& situation);

  [[nodiscard]] std::uint32_t share(std::size_t cell) const { return cells_[cell] >> kCountBits; }

  // Moves the share towards `target`, both in multiples of 2^-22.
  void learn(std::size_t cell, std::uint32_t target);

  // The number of well predicted bytes in a row after one that had a probability of `p` / 2^32.
  [[nodiscard]] static int next_streak(int streak, std::uint64_t p);

 private:
  static constexpr int kCountBits = 10;  // of a cell: how many bytes it has learned from

  PagedArray<std::uint32_t> cells_;
};

// A cell is [order][followers][mean count][suffix][streak].
constexpr std::size_t kFollowerClasses = 10;
constexpr std::size_t kCountClasses = 13;  // half powers of two
constexpr std::size_t kSuffixClasses = 3;
constexpr std::size_t kStreakClasses = 8;

constexpr int kMaxStreak = 16;

// The share in a context whose followers occurred r times on average begins at 0.85 r^-0.65: what
// fits texts and programs, roughly. Later values matter little.
constexpr double kFirstShare = 0.85;
constexpr double kFirstSlope = 0.65;

// The n-th byte moves a share by 1 / (n + kStartCount) of the difference, but by 1 / kShareLimit at
// least.
constexpr std::uint32_t kStartCount = 3;
constexpr std::uint32_t kShareLimit = 255;

constexpr std::uint32_t kMinShare = 1U << (EscapeShares::kShareBits - 13);

// classes[n] = the number of limits below n.
template <std::size_t size, std::size_t limits>
constexpr std::array<std::uint8_t, size> classes_between(const std::array<int, limits>& limit) {
  std::array<std::uint8_t, size> classes{};
  for (std::size_t n = 0; n < size; ++n) {
    for (const int each : limit) {
      if (static_cast<int>(n) > each) ++classes[n];
    }
  }
  return classes;
}

constexpr auto kFollowerClass =
    classes_between<257>(std::to_array<int>({1, 2, 3, 4, 6, 9, 14, 24, 48}));
static_assert(kFollowerClass.back() == kFollowerClasses - 1);

constexpr auto kStreakClass =
    classes_between<kMaxStreak + 1>(std::to_array<int>({0, 1, 2, 4, 7, 11, 15}));
static_assert(kStreakClass.back() == kStreakClasses - 1);

// floor(2 log2(mean)), by squaring; a mean of one occurrence is class 0.
std::size_t count_class(std::uint32_t mean_count) {
  assert(mean_count >= 32 && mean_count < 1U << 16);
  const auto doubled_log = static_cast<std::size_t>(std::bit_width(mean_count * mean_count) - 1);
  return std::min(doubled_log - 10, kCountClasses - 1);
}

std::size_t suffix_class(std::size_t followers, std::size_t suffix_followers) {
  return (suffix_followers > 2 * followers + 1 ? 1 : 0) +
         (suffix_followers > 5 * followers + 4 ? 1 : 0);
}

std::uint32_t first_share(std::size_t count_class) {
  const double log2_mean = static_cast<double>(count_class) / 2;
  return static_cast<std::uint32_t>(portable_exp2(EscapeShares::kShareBits) * kFirstShare *
                                    portable_exp2(-kFirstSlope * log2_mean));
}

EscapeShares::EscapeShares(int max_order)
    : cells_(static_cast<std::size_t>(max_order + 1) * kFollowerClasses * kCountClasses *
             kSuffixClasses * kStreakClasses) {
  std::array<std::uint32_t, kCountClasses> first;
  for (std::size_t i = 0; i < kCountClasses; ++i) first[i] = first_share(i) << kCountBits;
  for (std::size_t i = 0; i < cells_.size(); ++i) {
    cells_.edit(i) = first[i / (kSuffixClasses * kStreakClasses) % kCountClasses];
  }
}

std::size_t EscapeShares::cell(const Situation& situation) {
  std::size_t cell = static_cast<std::size_t>(situation.order);
  cell = cell * kFollowerClasses + kFollowerClass[situation.followers];
  cell = cell * kCountClasses + count_class(situation.mean_count);
  cell = cell * kSuffixClasses + suffix_class(situation.followers, situation.suffix_followers);
  return cell * kStreakClasses + kStreakClass[static_cast<std::size_t>(situation.streak)];
}

void EscapeShares::learn(std::size_t cell, std::uint32_t target) {
  std::uint32_t& value = cells_.edit(cell);
  const std::uint32_t count = value & ((1U << kCountBits) - 1);
  const auto share = static_cast<std::int32_t>(value >> kCountBits);
  const auto divisor = static_cast<std::int32_t>(std::min(count + kStartCount, kShareLimit));
  const std::int32_t moved = share + (static_cast<std::int32_t>(target) - share) / divisor;
  const std::uint32_t bounded =
      std::clamp(static_cast<std::uint32_t>(moved), kMinShare, (1U << kShareBits) - kMinShare);
  value = bounded << kCountBits | std::min(count + 1, kShareLimit);
}

int EscapeShares::next_streak(int streak, std::uint64_t p) {
  const std::uint64_t one = std::uint64_t{1} << 32;
  if (2 * p > one) return std::min(streak + 1, kMaxStreak);
  return 10 * p > one ? streak / 2 : 0;
}

constexpr std::uint32_t kOccurrence = ContextTree::kOccurrence;
constexpr int kShareBits = EscapeShares::kShareBits;
constexpr std::uint32_t kAllShares = 1U << kShareBits;

// Taken off every count before they are compared: one occurrence is weaker evidence than its share.
constexpr std::uint32_t kDiscount = 12;
static_assert(kDiscount < kOccurrence);

// Of 2^28: a mass below this is not worth the followers of yet another context.
constexpr std::uint64_t kMinSharedMass = 1 << 16;

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
    set_frequencies(blend(), frequencies);
    std::array<double, 256> weights;
    std::copy(frequencies.begin(), frequencies.end(), weights.begin());
    normalize(weights, among, out);
  }

  void score_symbols(std::span<const Symbol> symbols, const OnLog2Prob& visit) override {
    for (const Symbol symbol : symbols) {
      check_interrupt();
      const Blend blended = blend();
      Frequencies frequencies;
      const auto total = static_cast<double>(set_frequencies(blended, frequencies));
      visit(std::min(0.0, portable_log2(frequencies[symbol]) - portable_log2(total)));
      learn(static_cast<Byte>(symbol), blended);
    }
  }

  // What a context gives a byte is shared by the places where the byte followed it, all alike: the
  // tree counts them and doesn't tell them apart.
  [[nodiscard]] std::optional<Sources> sources(Byte next, std::size_t max_sources) const override {
    const Blend blended = blend();
    const ContextTree::Places places = tree_.places(next);
    std::array<double, ContextTree::kMaxOrder + 1> by_order{};
    const std::uint64_t left = give_shares(blended, [&](int order, std::uint64_t per_count) {
      if (places[order] == ContextTree::kNowhere) return;
      by_order[order] =
          static_cast<double>(frequency(tree_.context(order).followers[places[order]], per_count));
    });
    std::vector<Source> followers = followers_of_contexts(next, blended.size - 1);
    std::array<double, ContextTree::kMaxOrder + 1> counts{};
    for (const Source& each : followers) ++counts[each.agreeing];
    for (int order = blended.size - 1; order > 0; --order) counts[order - 1] += counts[order];
    for (int order = 0; order < blended.size; ++order) {
      by_order[order] = counts[order] > 0 ? by_order[order] / counts[order] : 0;
      if (order > 0) by_order[order] += by_order[order - 1];
    }
    for (Source& each : followers) {
      each.probability = by_order[each.agreeing];
      each.at += forgotten_;
    }
    Frequencies frequencies;
    const auto total = static_cast<double>(set_frequencies(blended, frequencies));
    return sources_by_weight(std::move(followers), static_cast<double>(for_each_byte(left)), total,
                             max_sources);
  }

  SymbolCoder* symbol_coder() override { return this; }

  [[nodiscard]] std::unique_ptr<Predictor> clone() const override {
    return std::make_unique<PpmPredictor>(*this);
  }

  void encode(Symbol symbol, RangeEncoder& encoder) override {
    const Blend blended = blend();
    Frequencies frequencies;
    const std::uint64_t total = set_frequencies(blended, frequencies);
    encode_symbol(symbol, frequencies, total, encoder);
    learn(static_cast<Byte>(symbol), blended);
  }

  Symbol decode(RangeDecoder& decoder) override {
    const Blend blended = blend();
    Frequencies frequencies;
    const std::uint64_t total = set_frequencies(blended, frequencies);
    const Symbol symbol = decode_symbol(frequencies, total, decoder);
    learn(static_cast<Byte>(symbol), blended);
    return symbol;
  }

  void intervals_after(const Interval& now, std::span<Interval> out) const override {
    Frequencies frequencies;
    const std::uint64_t total = set_frequencies(blend(), frequencies);
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

  // Calls give(order, what an occurrence in that context counts) from the longest context down;
  // returns what is left for all bytes. What a context leaves counts for nothing where it is
  // little.
  template <typename Give>
  static std::uint64_t give_shares(const Blend& blend, Give give) {
    std::uint64_t left = std::uint64_t{1} << 28;
    for (int order = blend.size - 1; order >= 0 && left >= kMinSharedMass; --order) {
      const Part& part = blend.parts[order];
      const std::uint64_t passed_on = left * part.share >> kShareBits;
      give(order, (left - passed_on) * part.per_unit >> 16);
      left = passed_on;
    }
    return left;
  }

  static std::uint64_t frequency(const ContextTree::Follower& follower, std::uint64_t per_count) {
    return per_count * (follower.count() - kDiscount) >> 16;
  }

  static std::uint32_t for_each_byte(std::uint64_t left) {
    return static_cast<std::uint32_t>(left / std::tuple_size_v<Frequencies> + 1);
  }

  // Where `next` stands in the tree's text, the last first, with how many bytes before it are the
  // last ones, at most max_order.
  [[nodiscard]] std::vector<Source> followers_of_contexts(Byte next, int max_order) const {
    std::vector<Source> followers;
    const std::size_t size = tree_.text_size();
    tree_.find_byte(next, [&](std::size_t at) {
      const std::size_t most = std::min(at, static_cast<std::size_t>(std::max(0, max_order)));
      std::uint32_t agreeing = 0;
      while (agreeing < most && tree_.text(at - 1 - agreeing) == tree_.text(size - 1 - agreeing)) {
        ++agreeing;
      }
      followers.push_back({at, 0, agreeing});
    });
    return followers;
  }

  // Sets all frequencies, each at least 1, and returns their sum, about 2^28. What remains when a
  // context leaves next to nothing goes to all bytes alike.
  std::uint64_t set_frequencies(const Blend& blend, Frequencies& frequencies) const {
    frequencies.fill(0);
    std::uint64_t total = 0;
    const std::uint64_t left = give_shares(blend, [&](int order, std::uint64_t per_count) {
      for (const ContextTree::Follower& follower : tree_.context(order).followers) {
        const std::uint64_t own = frequency(follower, per_count);
        frequencies[follower.byte()] += static_cast<std::uint32_t>(own);
        total += own;
      }
    });
    const std::uint32_t for_each = for_each_byte(left);
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
    streak_ = EscapeShares::next_streak(streak_, p);
    tree_.append(byte, places);
    if (tree_.memory() > memory_) restart();
  }

  // The escape shares stay as they are.
  void restart() {
    const Bytes recent = tree_.recent_text(memory_ / kReplayPart);
    forgotten_ += tree_.text_size() - recent.size();
    tree_ = ContextTree(order_);
    observe(recent);
  }

  int order_;
  std::size_t memory_;
  ContextTree tree_;
  EscapeShares shares_;
  int streak_ = 0;
  std::uint64_t forgotten_ = 0;  // bytes before the tree's text
};

}  // namespace

std::unique_ptr<Predictor> make_ppm_predictor(int order, std::size_t memory) {
  return std::make_unique<PpmPredictor>(order, memory);
}

namespace {

constexpr std::size_t kMemory = std::size_t{192} << 20;

std::unique_ptr<Predictor> make(const Spec& spec, const PredictorOptions& /*options*/) {
  return make_ppm_predictor(static_cast<int>(spec.number("order")), kMemory);
}

constexpr OptionInfo kOptions[] = {{.key = "order", .min = 2, .max = 16, .fallback = "6"}};

}  // namespace

constinit const ModelInfo kPpm{.name = "ppm",
                               .summary = "what followed the last bytes before",
                               .options = kOptions,
                               .make_predictor = make};

}  // namespace zipdream
