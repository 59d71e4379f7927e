// SPDX-License-Identifier: Apache-2.0
// What contexts have seen: a bit history for each binary decision, and the hash table that holds
// them.
#pragma once

#include <algorithm>
#include <array>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "models/paged_array.h"
#include "zipdream/bytes.h"

namespace zipdream::cm_v1 {

// What a context has seen of one binary decision, in a byte: about how many zeros, about how many
// ones, and which came last. Old news fades: when a bit comes, the count of the other one drops, so
// that a history describes what a context does now rather than what it did on average. Which
// histories there are is a matter of limits: a long run of one bit is remembered with few of the
// other. (After the nonstationary states of Mahoney's PAQ; the limits are our own.)
using BitHistory = std::uint8_t;  // 0: nothing seen

namespace bit_history {

// With k of the rarer bit, at most kMaxOther[k] of the other.
constexpr auto kMaxOther = std::to_array<int>({40, 30, 12, 7, 5, 4});
// What remains of n of one bit when the other comes; where n is larger, the last.
constexpr auto kRemains = std::to_array<int>({0, 1, 2, 3, 3, 4, 4, 5, 5, 5, 5, 6, 6, 6, 6, 6, 7});

struct Counts {
  int zeros = 0;
  int ones = 0;
  bool last = false;  // false where one of the counts is zero, which tells it already
};

struct Table {
  std::array<std::array<BitHistory, 2>, 256> next{};  // [history][bit]
  std::array<Counts, 256> counts{};
  std::array<std::uint8_t, 256> is_one_sided{};  // 1: it has seen only zeros, or only ones
  std::size_t size = 0;
};

constexpr bool is_allowed(int a, int b) {
  const int rarer = a < b ? a : b;
  const int other = a < b ? b : a;
  return rarer < static_cast<int>(kMaxOther.size()) &&
         other <= kMaxOther[static_cast<std::size_t>(rarer)];
}

constexpr Counts after(Counts counts, bool bit) {
  int own = (bit ? counts.ones : counts.zeros) + 1;
  int other = bit ? counts.zeros : counts.ones;
  const auto last = static_cast<int>(kRemains.size()) - 1;
  other = kRemains[static_cast<std::size_t>(other < last ? other : last)];
  while (!is_allowed(own, other)) {
    if (other > 0 && own <= other) {
      --other;
    } else {
      --own;
      if (!is_allowed(own, other) && other > 0) --other;
    }
  }
  return {bit ? other : own, bit ? own : other, own > 0 && other > 0 && bit};
}

constexpr Table make_table() {
  constexpr std::size_t kSide = kMaxOther[0] + 1;
  std::array<std::array<std::array<int, 2>, kSide>, kSide> known{};  // their number + 1, or 0
  Table table;
  const auto number_of = [&](const Counts& counts) {
    int& number = known[static_cast<std::size_t>(counts.zeros)]
                       [static_cast<std::size_t>(counts.ones)][counts.last ? 1 : 0];
    if (number == 0) {
      table.counts.at(table.size) = counts;  // more than 256 would be an error of the compiler
      number = static_cast<int>(++table.size);
    }
    return static_cast<BitHistory>(number - 1);
  };
  number_of({});
  for (std::size_t i = 0; i < table.size; ++i) {
    const Counts& seen = table.counts[i];
    table.is_one_sided[i] = i > 0 && (seen.zeros == 0 || seen.ones == 0) ? 1 : 0;
    for (const bool bit : {false, true}) {
      table.next[i][bit ? 1 : 0] = number_of(after(table.counts[i], bit));
    }
  }
  return table;
}

inline constexpr Table kTable = make_table();

}  // namespace bit_history

// The history after one more bit.
[[nodiscard]] inline BitHistory history_after(BitHistory history, bool bit) {
  return bit_history::kTable.next[history][bit ? 1 : 0];
}

// Bit histories by context, hashed. A slot holds those of one context and one nibble: the 15
// decisions that lead to its four bits, so that one access to memory serves four bits. Slots stand
// in rows of four, a cache line each; a context may have any slot of its row, known by eight more
// bits of its hash, and when the row is full takes that of the context seen least. The table so
// forgets what is rare as it fills, and never grows.
// Threads: as a standard container.
class HistoryTable {
 public:
  struct Slot {
    std::uint8_t check = 0;                  // 0: the slot is free
    std::array<BitHistory, 15> histories{};  // by DecisionPlace::in_nibble()
  };
  // A context's slot, as it stands or empty, and where in the table it would be put.
  struct Found {
    Slot slot;
    std::size_t place;
  };

  // Hashes that differ only in these bits lie in one page.
  static constexpr std::uint64_t kWithinPage = 0xFF000000000000FC;

  // REQUIRES: 8 <= size_bits <= 28.
  explicit HistoryTable(int size_bits) : slots_(std::size_t{1} << size_bits) {}

  [[nodiscard]] Found find(std::uint64_t hash) const;

  // The row of that context will be looked into soon.
  [[gnu::always_inline]] void prefetch(std::uint64_t hash) const { slots_.prefetch(row_of(hash)); }

  void put(const Found& found) { slots_.edit(found.place) = found.slot; }

 private:
  [[nodiscard]] std::size_t row_of(std::uint64_t hash) const { return hash & (slots_.size() - 4); }

  PagedArray<Slot, 8192> slots_;
};

// The arithmetic of context mixing, in integers alone. In the order in which a decision passes
// through:
//
//   squash(), stretch()   between probabilities and logits
//   AdaptiveProbability   the probability of a one after some history
//   Mixer                 many logits, weighted by who was right before
//   Apm                   a correction of the result by what came of such results
//
// A probability p of a binary decision is a multiple of 2^-16; its logit, ln(p / (1 - p)), is a
// multiple of 1/256. The tables are made by the compiler from additions, multiplications and
// divisions of IEEE doubles alone, so they are the same everywhere.

inline constexpr std::int32_t kMaxLogit = 2047;  // 8 nats: p = 1 - 1/2980

namespace logistic {

constexpr std::array<std::uint16_t, 2 * kMaxLogit + 1> squash_table() {
  double step = 1;  // e^(-1/256), by its series
  double term = 1;
  for (int n = 1; n < 9; ++n) {
    term *= -1.0 / 256 / n;
    step += term;
  }
  std::array<std::uint16_t, 2 * kMaxLogit + 1> table{};
  double power = 1;  // e^(-logit)
  for (std::size_t logit = 0; logit <= kMaxLogit; ++logit) {
    const auto p = static_cast<std::uint16_t>(65536 / (1 + power) + 0.5);
    table[kMaxLogit + logit] = p;
    table[kMaxLogit - logit] = static_cast<std::uint16_t>(65536 - p);
    power *= step;
  }
  return table;
}

inline constexpr auto kSquash = squash_table();

// The inverse of kSquash at the middle of each of 4096 steps.
constexpr std::array<std::int16_t, 4096> stretch_table() {
  std::array<std::int16_t, 4096> table{};
  std::size_t at = 0;
  for (std::size_t i = 0; i < table.size(); ++i) {
    while (at + 1 < kSquash.size() && kSquash[at] < 16 * i + 8) ++at;
    table[i] = static_cast<std::int16_t>(static_cast<int>(at) - kMaxLogit);
  }
  return table;
}

inline constexpr auto kStretch = stretch_table();

}  // namespace logistic

// The probability of a logit, in 2^-16: at least 21, at most 65536 - 21. Logits beyond kMaxLogit
// count as kMaxLogit.
[[nodiscard]] inline std::int32_t squash(std::int32_t logit) {
  const std::int32_t place = std::clamp(logit, -kMaxLogit, kMaxLogit) + kMaxLogit;
  return logistic::kSquash[static_cast<std::size_t>(place)];
}

// The logit of a probability. REQUIRES: 0 <= p < 2^16.
[[nodiscard]] inline std::int16_t stretch(std::int32_t p) {
  return logistic::kStretch[static_cast<std::size_t>(p) >> 4];
}

// A probability of a binary decision that moves towards each bit that comes, first fast, then
// slowly: after n bits by 1 / (n + 3/2) of the difference, which is the mean of all bits, until n
// reaches a limit.
class AdaptiveProbability {
 public:
  static constexpr std::uint32_t kMaxLimit = 1023;

  AdaptiveProbability() = default;

  // As if ones / bits had been the share of ones, with the weight of `count` bits.
  static constexpr AdaptiveProbability of(std::uint32_t ones, std::uint32_t bits,
                                          std::uint32_t count) {
    AdaptiveProbability made;
    made.value_ = (kOne * (2 * ones + 1) / (2 * bits + 2)) << kCountBits | count;
    return made;
  }

  // In 2^-16; below 2^16.
  [[nodiscard]] std::int32_t p() const { return static_cast<std::int32_t>(value_ >> 16); }

  // REQUIRES: limit <= kMaxLimit.
  void learn(bool bit, std::uint32_t limit) {
    assert(limit <= kMaxLimit);
    const std::uint32_t count = value_ & kMaxLimit;
    const auto p = static_cast<std::int64_t>(value_ >> kCountBits);
    const std::int64_t difference = (bit ? std::int64_t{kOne} : 0) - p;
    const auto moved =
        static_cast<std::uint32_t>(p + (difference * rate_after(count) >> kRateBits));
    value_ = moved << kCountBits | (count < limit ? count + 1 : limit);
  }

 private:
  static constexpr int kCountBits = 10;
  static constexpr int kRateBits = 16;
  static constexpr std::uint32_t kOne = (1U << 22) - 1;

  // The part of the difference, in 2^-16, that one more bit moves the probability by.
  static constexpr std::array<std::int32_t, kMaxLimit + 1> rates() {
    std::array<std::int32_t, kMaxLimit + 1> rates{};
    for (std::int32_t n = 0; n < static_cast<std::int32_t>(rates.size()); ++n) {
      rates[static_cast<std::size_t>(n)] = (2 << kRateBits) / (2 * n + 3);
    }
    return rates;
  }
  static std::int32_t rate_after(std::uint32_t count);

  std::uint32_t value_ = 1U << 31;  // the probability in 2^-22, then the count
};

inline std::int32_t AdaptiveProbability::rate_after(std::uint32_t count) {
  static constexpr auto kRates = rates();
  return kRates[count];
}

// Logits, at most kMaxLogit either way; fixed in number, so that the loops over them have no ends.
inline constexpr std::size_t kMixerInputs = 16;
using MixerInputs = std::array<std::int16_t, kMixerInputs>;

// Logistic mixing: a weighted sum of logits is a logit again, and weights that follow the error
// downhill (online logistic regression) come to trust whichever input deserves it. A mixer has a
// row of weights for each situation; several mixers with situations of different kinds see the same
// inputs, and their results are mixed once more (Mattern and Mahoney's networks, as in lpaq).
// Threads: as a standard container.
class Mixer {
 public:
  // All weights begin at `weight`.
  Mixer(std::size_t rows, double weight)
      : weights_(rows, Row(static_cast<std::int32_t>(weight * kOne))) {}

  // The mixed logit, bounded.
  [[nodiscard]] std::int32_t mix(const MixerInputs& inputs, std::size_t row) const;

  // Moves the weights of a row: by input x step / 2^28 each. REQUIRES: |step| < 2^15.
  void learn(const MixerInputs& inputs, std::size_t row, std::int32_t step);

 private:
  static constexpr int kOneBits = 28;  // weights are multiples of 2^-28, below 4
  static constexpr std::int32_t kOne = 1 << kOneBits;

  struct Row {
    explicit Row(std::int32_t weight) { weights.fill(weight); }
    std::array<std::int32_t, kMixerInputs> weights;
  };

  std::vector<Row> weights_;
};

// Refines a probability by what came of it: in each situation, for each of 32 logits, the share of
// ones there really was; between them it interpolates (an adaptive probability map, also called
// secondary symbol estimation). Situations that come up together stand in blocks, so that memory is
// asked for all of them at once.
// Threads: as a standard container.
class Apm {
 public:
  static constexpr std::size_t kBlock = 16;  // situations

  explicit Apm(std::size_t blocks) : cells_(blocks * kBlockCells) {}

  // Valid until the next learn().
  struct Block {
    std::size_t first;           // of its cells
    const std::uint16_t* cells;  // (kBlock, kSteps)
  };
  // REQUIRES: block is below the number of blocks.
  [[nodiscard]] Block block(std::size_t block) const {
    const std::size_t first = block * kBlockCells;
    return {first, cells_.items(first, kBlockCells).data()};
  }

  // A situation of that block will be asked about soon.
  [[gnu::always_inline]] static void prefetch(const Block& block, std::size_t situation) {
    __builtin_prefetch(block.cells + situation * kSteps);
  }

  struct Refined {
    std::int32_t p;    // in 2^-16, 1 to 65535
    std::size_t cell;  // that learns
  };
  // REQUIRES: situation < kBlock; |logit| <= kMaxLogit.
  [[nodiscard]] static Refined refine(const Block& block, std::size_t situation,
                                      std::int32_t logit) {
    const auto scaled = static_cast<std::uint32_t>(logit + kMaxLogit) * (kSteps - 1);
    const std::size_t step = scaled / kStepSize;
    const auto part = static_cast<std::int32_t>(scaled % kStepSize);
    const std::uint16_t* const cells = block.cells + situation * kSteps + step;
    const std::int32_t p =
        (value(cells[0], step) * (kStepSize - part) + value(cells[1], step + 1) * part) / kStepSize;
    const std::size_t nearer = part < kStepSize / 2 ? 0 : 1;
    return {p, block.first + situation * kSteps + step + nearer};
  }

  void learn(std::size_t cell, bool bit) {
    std::uint16_t& stored = cells_.edit(cell);
    const std::int32_t old = value(stored, cell % kSteps);
    const std::int32_t moved = old + (((bit ? 65535 : 0) - old + (1 << kRate >> 1)) >> kRate);
    stored = static_cast<std::uint16_t>(moved - start(cell % kSteps));
  }

 private:
  static constexpr std::size_t kSteps = 32;  // of two bytes: a cache line
  static constexpr std::size_t kBlockCells = kBlock * kSteps;
  static constexpr std::int32_t kStepSize = 2 * kMaxLogit + 1;
  static constexpr int kRate = 6;

  // The values of the cells before they have learned anything: the probability itself.
  static constexpr std::array<std::uint16_t, kSteps> starts() {
    std::array<std::uint16_t, kSteps> starts{};
    for (std::size_t i = 0; i < kSteps; ++i) {
      starts[i] = logistic::kSquash[i * 2 * kMaxLogit / (kSteps - 1)];
    }
    return starts;
  }
  static std::int32_t start(std::size_t step);
  static std::int32_t value(std::uint16_t stored, std::size_t step) {
    return static_cast<std::uint16_t>(stored + start(step));
  }

  PagedArray<std::uint16_t> cells_;  // how far they have come from start(), modulo 2^16
};

inline std::int32_t Apm::start(std::size_t step) {
  static constexpr auto kStarts = starts();
  return kStarts[step];
}

// What goes before the next byte: the contexts in which it is predicted, and the place in the text
// where the last bytes came up before.

inline constexpr std::size_t kContexts = 11;
inline constexpr std::size_t kContextOrders = 6;
using ContextHashes = std::array<std::uint64_t, kContexts>;

// The contexts as hashes: the last one to six bytes; the word that the text is in, alone and after
// the word before; and, for tables and machine code, bytes a little further back with the last one
// or two left out.
// Threads: as a standard container.
class Contexts {
 public:
  Contexts() { hash(); }

  void append(Byte byte);

  [[nodiscard]] const ContextHashes& hashes() const { return hashes_; }

  // The byte before the last `back` ones; zero before the first. REQUIRES: back < kContextOrders.
  [[nodiscard]] Byte recent(std::size_t back) const { return last_[back]; }

  // The hash of a context together with the first nibble of the next byte: at most as far from the
  // hash itself that both lie in one page of the table.
  [[nodiscard]] static std::uint64_t with_nibble(std::uint64_t hash, unsigned nibble);

 private:
  void hash();

  std::array<Byte, kContextOrders> last_{};  // the last one first
  std::uint64_t word_ = 0;                   // hash of its letters so far; 0: not in a word
  std::uint64_t word_before_ = 0;
  ContextHashes hashes_{};
};

// Where the last bytes came up before, and so which byte should come next: the newest place after
// the same six bytes, followed as long as it predicts rightly. How far to trust it is learned by
// the length of the match. Remembers the last 16 MiB.
// Threads: as a standard container.
class MatchModel {
 public:
  static constexpr std::size_t kMinLength = 6;
  static constexpr std::size_t kLengthClasses = 8;

  // The prediction of one decision.
  struct Prediction {
    bool bit;
    std::uint8_t cell;          // of its probability
    std::uint8_t length_class;  // 1 to kLengthClasses - 1
  };

  // The prediction of the decision at `node` of the next byte (1, then node of the bits so far);
  // none without a match, or when it has predicted a bit wrongly already.
  [[nodiscard]] std::optional<Prediction> predict(unsigned node, int bits_so_far) const;

  // The probability that the decision is one, in 2^-16.
  [[nodiscard]] std::int32_t p(const Prediction& predicted) const {
    return cells_[predicted.cell].p();
  }

  void learn(const Prediction& predicted, bool bit) {
    cells_[predicted.cell].learn(bit, AdaptiveProbability::kMaxLimit);
  }

  // `hash` is one of the last kMinLength bytes, this one among them.
  void append(Byte byte, std::uint64_t hash);

 private:
  static constexpr std::size_t kTextSize = std::size_t{1} << 24;
  static constexpr std::size_t kMask = kTextSize - 1;
  static constexpr std::size_t kPlaces = std::size_t{1} << 20;

  void find_match(std::size_t place);

  PagedArray<Byte> text_{kTextSize};             // a ring
  PagedArray<std::uint32_t> places_{kPlaces};    // in it, by hash of the bytes before
  std::size_t end_ = 0;                          // of the text, in the ring
  std::size_t match_ = 0;                        // the place of the byte predicted, in the ring
  std::size_t length_ = 0;                       // of the match before it; 0: none
  std::array<AdaptiveProbability, 64> cells_{};  // by length and the bit predicted
};

// One binary decision: predicted from the histories of its contexts and from the match, and learned
// from.

// Which decision it is: `node` is 1 for the first of a byte, then 1 with the bits so far behind it.
struct DecisionPlace {
  unsigned node;
  int bits_so_far;

  // Its number among the 15 of its nibble.
  [[nodiscard]] std::size_t in_nibble() const {
    const int bits = bits_so_far % 4;
    return (1U << bits) - 1 + (node & ((1U << bits) - 1));
  }
};

// What is looked up for the 15 decisions of a nibble together.
struct Nibble {
  std::array<HistoryTable::Found, kContexts> found;
  std::array<Apm::Block, 2> blocks;  // of the two APMs
};

inline constexpr std::size_t kMixers = 3;

// How a decision was predicted.
struct Decision {
  DecisionPlace place;
  MixerInputs inputs;
  std::optional<MatchModel::Prediction> match;
  std::array<std::size_t, kMixers> rows;
  std::array<std::int32_t, kMixers> logits;  // of each mixer
  std::int32_t mixed;                        // of all mixers together, in 2^-16
  std::array<std::size_t, 2> refined;        // the cells that refined it
  std::uint32_t p;                           // the result: that it is one, in 2^-16; 1 to 65535
};

// All that is learned beside the bit histories and the text.
// Threads: as a standard container.
class DecisionModel {
 public:
  DecisionModel();

  // Sets the blocks of the nibble that begins at `node`: 1, or 16 and more for the second.
  void look_up(unsigned node, const Contexts& contexts, Nibble& nibble) const;

  // Sets all of `decision` but its place, which is set already. REQUIRES: no learn() since
  // look_up().
  void predict(const Nibble& nibble, const Contexts& contexts, const MatchModel& match,
               Decision& decision) const;

  // Also adds the bit to the histories in `nibble`. REQUIRES: the decision was predicted by this
  // model from these parts, as they stood before any bit of its byte was learned.
  void learn(const Decision& decision, bool bit, Nibble& nibble, MatchModel& match);

  // To be called after the eight decisions of a byte: steps become smaller as bytes go by.
  void end_byte();

 private:
  void mix(Decision& decision) const;
  static void refine(const Nibble& nibble, Decision& decision);

  std::array<std::array<AdaptiveProbability, 256>, kContexts> by_history_;
  std::array<AdaptiveProbability, 256> by_node_{};  // of order 0
  std::array<Mixer, kMixers> mixers_;
  std::array<std::array<std::int32_t, kMixers>, 256> final_weights_;  // by node, of 2^16
  Apm by_last_byte_;
  Apm by_last_bytes_;
  std::uint32_t bytes_ = 0;  // learned, up to 2^24
  std::int32_t step_;
};

}  // namespace zipdream::cm_v1
