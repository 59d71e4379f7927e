// SPDX-License-Identifier: Apache-2.0
#include "models/cm/cm.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>

#include "base/portable_math.h"
#include "base/process.h"
#include "codecs/common/predictors.h"
#include "generator/coder/symbol_coder.h"
#include "models/cm/contexts.h"
#include "models/cm/decision.h"
#include "models/cm/match.h"
#include "models/cm/shapes.h"
#include "models/cm/tables.h"
#include "models/cm/v1/cm_v1.h"
#include "zipdream/error.h"

namespace zipdream {
namespace cm {
namespace {

constexpr int kNibbleBits = 4;

// The sizes of tables, as powers of two.
struct Sizes {
  int histories;  // slots of 16 bytes
  int counters;   // slots of 32 bytes
  int runs;       // of 4 bytes
};

template <typename Shape>
class CmPredictor final : public BytePredictor, public SymbolCoder, public ByteDecisions {
 public:
  explicit CmPredictor(const Sizes& sizes)
      : histories_(sizes.histories),
        counters_(sizes.counters),
        runs_(sizes.runs),
        matches_(decision::array_of<MatchModel, Model::kMatches>(
            [](std::size_t i) { return MatchModel(Shape::kMatches[i]); })),
        model_(fresh_model()) {
    set_hashes();
  }

  void observe(ByteView bytes) override {
    for (const Byte byte : bytes) {
      pass([byte](int bits_so_far, std::uint32_t /*p*/) { return bit_of(byte, bits_so_far); });
    }
  }

  void log2_probs_among(std::span<const Symbol> among, std::span<double> out) const override {
    std::array<double, 512> probabilities;  // by node; those of whole bytes last
    probabilities[1] = 1;
    for_each_decision([&](unsigned node, std::uint32_t p) {
      probabilities[2 * node] = of_both(probabilities[node], false, p);
      probabilities[2 * node + 1] = of_both(probabilities[node], true, p);
    });
    const auto of_bytes = std::span(probabilities).template last<256>();
    if (among.size() < of_bytes.size()) return normalize(of_bytes, among, out);
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = portable_log2(of_bytes[i]);
  }

  void score_symbols(std::span<const Symbol> symbols, const OnLog2Prob& visit) override {
    for (const Symbol symbol : symbols) {
      check_interrupt();
      double probability = 1;
      pass([&](int bits_so_far, std::uint32_t p) {
        const bool bit = bit_of(static_cast<Byte>(symbol), bits_so_far);
        probability = of_both(probability, bit, p);
        if (bits_so_far == 7) visit(portable_log2(probability));
        return bit;
      });
    }
  }

  SymbolCoder* symbol_coder() override { return this; }
  ByteDecisions* byte_decisions() override { return this; }

  [[nodiscard]] std::uint64_t parameter_count() const override { return parameter_count_; }

  // What was seen so far counts as learned beforehand: two bytes of it are a parameter.
  void begin_after_prior() { parameter_count_ = (text_.end() + 1) / 2; }

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

  void all_decisions(std::span<std::uint32_t, 256> out) const override {
    for_each_decision([&](unsigned node, std::uint32_t p) { out[node] = p; });
  }

  [[nodiscard]] std::uint32_t decision() override {
    if (walk_.bits == 0) begin(walk_);
    return predict(walk_);
  }

  void decide(bool bit) override {
    walk_.node = 2 * walk_.node + (bit ? 1 : 0);
    if (++walk_.bits < 8) return;
    learn(walk_);
    walk_.bits = 0;
  }

 private:
  using Model = DecisionModel<Shape>;
  using Outlook = typename Model::Outlook;
  using Nibble = typename Model::Nibble;
  using Decision = typename Model::Decision;

  // A model that has seen nothing. Copies share what they don't change: to begin anew costs little.
  static const Model& fresh_model() {
    static const Model fresh;
    return fresh;
  }

  // A byte on its way through the tree of its decisions.
  struct Walk {
    Walk() {}             // NOLINT(modernize-use-equals-default): all is set as it goes on
    Walk(const Walk&) {}  // NOLINT: a copy begins anew
    Walk& operator=(const Walk&) = delete;
    ~Walk() = default;
    Outlook outlook;
    std::array<Nibble, 2> nibbles;
    std::array<Decision, 8> decisions;
    unsigned node;
    int bits = 0;  // so far
  };

  // The probability of what came before with that of one more bit. Those of all bytes sum to 1 but
  // for rounding, so nothing needs to be divided by their sum, and each is known by itself.
  static double of_both(double before, bool bit, std::uint32_t p) {
    return before * (bit ? p : 65536 - p) / 65536;
  }

  static bool bit_of(Byte byte, int bits_so_far) { return (byte >> (7 - bits_so_far) & 1) != 0; }

  void look_ahead(Outlook& outlook) const {
    for (std::size_t i = 0; i < Model::kMatches; ++i) outlook.matches[i] = &matches_[i];
    for (std::size_t i = 0; i < Model::kRuns; ++i) {
      outlook.runs[i] = runs_.find(hash(Shape::kRuns[i]));
    }
    model_.look_ahead(contexts_, outlook);
  }

  // Everything about the first nibble of the next byte, or about the second after a first one.
  void look_up_first(const Outlook& outlook, Nibble& nibble) const {
    model_.look_up(1, contexts_, outlook, nibble);
    find([&](Context context) { return hash(context); }, nibble);
  }
  void look_up_second(unsigned first, const Outlook& outlook, Nibble& nibble) const {
    model_.look_up(16 + first, contexts_, outlook, nibble);
    const auto second_hash = [&](Context context) {
      return Contexts::with_nibble(hash(context), first);
    };
    for (const Context context : Shape::kContexts) histories_.prefetch(second_hash(context));
    find(second_hash, nibble);
  }
  template <typename Hash>
  [[gnu::always_inline]] void find(Hash hash_of, Nibble& nibble) const {
    for (std::size_t i = 0; i < Model::kCounters; ++i) {
      counters_.find(hash_of(Shape::kCounters[i]), nibble.counters[i]);
    }
    for (std::size_t i = 0; i < Model::kContexts; ++i) {
      histories_.find(hash_of(Shape::kContexts[i]), nibble.histories[i]);
    }
  }

  [[nodiscard]] std::uint64_t hash(Context context) const {
    return hashes_[static_cast<std::size_t>(context)];
  }
  void set_hashes() {
    const auto set = [&](Context context) {
      hashes_[static_cast<std::size_t>(context)] = contexts_.hash(context);
    };
    decision::for_each_number<Model::kContexts>([&](auto i) { set(Shape::kContexts[i]); });
    decision::for_each_number<Model::kCounters>([&](auto i) { set(Shape::kCounters[i]); });
  }

  // visit(node, p) for all decisions that the next byte may take, each after those before it.
  template <typename Visit>
  void for_each_decision(Visit visit) const {
    Outlook outlook;
    Nibble nibble;
    const auto visit_nibble = [&](unsigned root, int bits_before) {
      for (int bits = 0; bits < kNibbleBits; ++bits) {
        for (unsigned node = root << bits; node < (root + 1) << bits; ++node) {
          Decision decision;
          decision.place = {node, bits_before + bits};
          model_.predict(outlook, nibble, decision);
          visit(node, decision.p);
        }
      }
    };
    look_ahead(outlook);
    look_up_first(outlook, nibble);
    visit_nibble(1, 0);
    for (unsigned first = 0; first < 16; ++first) {
      look_up_second(first, outlook, nibble);
      visit_nibble(16 + first, kNibbleBits);
    }
  }

  // Goes through the next byte: decide(bits_so_far, p) gives the outcome of each decision. Then
  // learns from it.
  template <typename Decide>
  Byte pass(Decide decide) {
    Walk walk;
    begin(walk);
    for (; walk.bits < 8; ++walk.bits) {
      const std::uint32_t p = predict(walk);
      walk.node = 2 * walk.node + (decide(walk.bits, p) ? 1 : 0);
    }
    learn(walk);
    return static_cast<Byte>(walk.node);
  }

  void begin(Walk& walk) const {
    look_ahead(walk.outlook);
    walk.node = 1;
    look_up_first(walk.outlook, walk.nibbles[0]);
  }

  std::uint32_t predict(Walk& walk) const {
    if (walk.bits == kNibbleBits) look_up_second(walk.node - 16, walk.outlook, walk.nibbles[1]);
    const auto at = static_cast<std::size_t>(walk.bits);
    Decision& decision = walk.decisions[at];
    decision.place = {walk.node, walk.bits};
    model_.predict(walk.outlook, walk.nibbles[at / kNibbleBits], decision);
    return decision.p;
  }

  void learn(Walk& walk) {
    const auto byte = static_cast<Byte>(walk.node);
    append(byte);  // what comes next is fetched from memory while the model learns
    model_.learn(byte, text_.end(), walk.outlook, walk.decisions, walk.nibbles, matches_);
    for (const Nibble& nibble : walk.nibbles) {
      for (const HistoryTable::Found& found : nibble.histories) histories_.put(found);
      for (const CounterTable::Found& found : nibble.counters) counters_.put(found);
    }
    for (const RunTable::Found& found : walk.outlook.runs) runs_.learn(found, byte);
    for (std::size_t i = 0; i < Model::kMatches; ++i) matches_[i].append(text_);
  }

  void append(Byte byte) {
    contexts_.append(byte);
    text_.append(byte);
    histories_.end_byte(text_.end());
    counters_.end_byte(text_.end());
    runs_.end_byte(text_.end());
    set_hashes();
    for (const Context context : Shape::kContexts) histories_.prefetch(hash(context));
    for (const Context context : Shape::kCounters) counters_.prefetch(hash(context));
    for (const Context context : Shape::kRuns) runs_.prefetch(hash(context));
    for (std::size_t i = 0; i < Model::kMatches; ++i) {
      matches_[i].end_byte(text_.end(), contexts_.hash_of_last(Shape::kMatches[i]));
    }
  }

  Contexts contexts_;
  std::array<std::uint64_t, kAllContexts> hashes_{};  // those that the shape needs
  History text_;
  HistoryTable histories_;
  CounterTable counters_;
  RunTable runs_;
  std::array<MatchModel, Model::kMatches> matches_;
  Model model_;
  std::uint64_t parameter_count_ = 0;
  Walk walk_;  // of whoever mixes it
};

template <typename Shape>
std::unique_ptr<Predictor> make_cm(const Sizes& sizes, bool has_prior) {
  auto made = std::make_unique<CmPredictor<Shape>>(sizes);
  if (has_prior) {
    made->observe(as_bytes(kEnglishPrior));
    made->begin_after_prior();
  }
  return made;
}

}  // namespace
}  // namespace cm

namespace {

// Level 0 is the model of zipdream 0.1 and 0.2. Levels 1 to 5 have the standard shape, those from 6
// on the full one; within a shape each has twice the memory of the one before.
constexpr int kDefaultLevel = 4;  // 128 MiB
constexpr int kFirstFullLevel = 6;

std::unique_ptr<Predictor> make_of_level(int level, bool has_prior) {
  const bool is_full = level >= kFirstFullLevel;
  const int doublings = level - (is_full ? kFirstFullLevel : kDefaultLevel);
  const cm::Sizes sizes = {22 + doublings, 19 + doublings, 22 + doublings};
  return is_full ? cm::make_cm<cm::FullShape>(sizes, has_prior)
                 : cm::make_cm<cm::StandardShape>(sizes, has_prior);
}

// A model that has read the prior, which takes a quarter of a second: the last one is kept for the
// next of its level, which shares its pages.
std::unique_ptr<Predictor> make_after_prior(int level) {
  static std::mutex mutex;
  static std::unique_ptr<const Predictor> kept;
  static int kept_level = 0;
  const std::lock_guard lock(mutex);
  if (kept_level != level) {
    kept = make_of_level(level, true);
    kept_level = level;
  }
  return kept->clone();
}

std::unique_ptr<Predictor> make(const Spec& spec, const PredictorOptions& /*options*/) {
  const auto level = static_cast<int>(spec.number("level"));
  const bool has_prior = spec.get("prior") == "english";
  if (level == 0 && has_prior) {
    throw Error(Error::Kind::kUsage, spec.text(), "level 0 has no prior", "take a level from 1 on");
  }
  if (level == 0) return make_cm_v1_predictor();
  return has_prior ? make_after_prior(level) : make_of_level(level, false);
}

constexpr OptionInfo kOptions[] = {
    {.key = "level",
     .min = 0,
     .max = 9,
     .fallback = "4",
     .summary = "1-5: 16-256 MB; 6-9: more contexts, 128 MB-1 GB; 0: as in zipdream 0.1"},
    {.key = "prior",
     .kind = OptionInfo::Kind::kChoice,
     .choices = "off english",
     .fallback = "off",
     .summary = "english: has read 64 KB of English before"}};

}  // namespace

constinit const ModelInfo kCm{.name = "cm",
                              .summary = "many contexts, mixed by who is right",
                              .options = kOptions,
                              .make_predictor = make};

}  // namespace zipdream
