// SPDX-License-Identifier: Apache-2.0
#include "models/mix/mixer.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cstdlib>

#include "base/portable_math.h"

namespace zipdream::mix {
namespace {

constexpr int kLogitBits = 12;
constexpr std::int32_t kBit = 1 << kLogitBits;  // of a logit
constexpr std::int32_t kMaxInput = 15 * kBit;
constexpr std::int32_t kMaxLogit = 23 * kBit;
constexpr int kWeightBits = 22;
constexpr std::int32_t kMaxWeight = 32 << kWeightBits;
constexpr std::uint32_t kOne = 1U << Mixer::kProbabilityBits;

// The rows of each set, one set after the other.
constexpr std::uint32_t kNodes = 256;
constexpr std::uint32_t kSureLevels = 6;
constexpr std::uint32_t kLevels = 4;  // of each of two measures of standing
constexpr std::uint32_t kHashes = 1U << 16;
constexpr std::array<std::uint32_t, kSets> kRows = {
    kNodes,         kNodes, kMaxMembers* kSureLevels * 3, kMaxMembers* kLevels* kLevels,
    kNodes* kNodes, kHashes};

constexpr std::array<std::uint32_t, kSets + 1> first_rows() {
  std::array<std::uint32_t, kSets + 1> first{};
  for (std::size_t s = 0; s < kSets; ++s) first[s + 1] = first[s] + kRows[s];
  return first;
}
constexpr auto kFirstRow = first_rows();

// A map has cells for 33 logits from -16 to 16 bits, for each situation.
constexpr std::int32_t kSteps = 33;
constexpr std::int32_t kMaxRefined = kSteps / 2 * kBit - 1;
constexpr std::array<std::uint32_t, kMaps> kFirstSituation = {0, kNodes};
constexpr std::uint32_t kSituations = kNodes + kNodes * kNodes;
constexpr std::int32_t kMapRate = 50;  // a cell moves by such a part of the difference
constexpr std::int32_t kMapPart = 4;   // of what a map is off by, such a part counts

// How fast a row learns: first fast, then slower, down to a limit.
struct Rates {
  double first;
  double last;
};
constexpr Rates kRowRates = {0.04, 0.006};
constexpr Rates kSetRates = {0.002, 0.001};
constexpr double kSlowing = 0.02;  // after 1 / 0.02 times half as fast
constexpr std::size_t kMaxCount = 1023;

using RateTable = std::array<std::int32_t, kMaxCount + 1>;  // in 2^-24 of nats

RateTable rate_table(const Rates& rates) {
  constexpr double kLn2 = 0.69314718055994531;
  RateTable table;
  for (std::size_t n = 0; n < table.size(); ++n) {
    const double slower = rates.first / (1 + kSlowing * static_cast<double>(n));
    table[n] = static_cast<std::int32_t>(std::max(rates.last, slower) * kLn2 * 0x1p24 + 0.5);
  }
  return table;
}

struct Tables {
  Tables() {
    for (std::size_t i = 0; i < logs.size(); ++i) {
      const double part = static_cast<double>(i) / kBit;
      logs[i] = static_cast<std::int32_t>(kBit * portable_log2(1 + part + 0.5 / kBit) + 0.5);
      powers[i] = static_cast<std::uint64_t>(0x1p39 * portable_exp2(-part) + 0.5);
    }
  }
  std::array<std::int32_t, kBit> logs;     // log2(1 + i / 4096)
  std::array<std::uint64_t, kBit> powers;  // 2^(39 - i / 4096)
  RateTable row_rates = rate_table(kRowRates);
  RateTable set_rates = rate_table(kSetRates);
};

const Tables& tables() {
  static const Tables tables;
  return tables;
}

// In 2^-12.
std::int32_t log2_of(std::uint64_t value) {
  assert(value > 0);
  const int whole = static_cast<int>(std::bit_width(value)) - 1;
  const std::uint64_t digits =
      whole > kLogitBits ? value >> (whole - kLogitBits) : value << (kLogitBits - whole);
  return whole * kBit + tables().logs[digits % kBit];
}

// The probability of a logit, in 2^-24: 1 to 2^24 - 1.
std::uint32_t squash(std::int32_t logit) {
  constexpr std::uint64_t kWhole = std::uint64_t{1} << 39;
  const auto size = static_cast<std::uint32_t>(std::abs(logit));
  const std::uint64_t power = tables().powers[size % kBit] >> (size / kBit);
  const std::uint64_t less = (power << Mixer::kProbabilityBits) / (kWhole + power);
  const auto p = std::max(static_cast<std::uint32_t>(less), 1U);
  return logit < 0 ? p : kOne - p;
}

std::int32_t rounded_logit(std::int64_t sum) {
  constexpr std::int64_t kHalf = std::int64_t{1} << (kWeightBits - 1);
  return static_cast<std::int32_t>(
      std::clamp<std::int64_t>((sum + kHalf) >> kWeightBits, -kMaxLogit, kMaxLogit));
}

// By what a weight is to move: rate x error x input. `error` is in 2^-24, `rate` in 2^-24.
std::int64_t movement(std::int64_t error, std::int64_t rate, std::int32_t input) {
  constexpr int kShift = 24 + kLogitBits - kWeightBits;
  const std::int64_t step = (error * rate) >> 24;
  return (step * input + (1 << (kShift - 1))) >> kShift;
}

std::int32_t bounded_weight(std::int64_t weight) {
  return static_cast<std::int32_t>(std::clamp<std::int64_t>(weight, -kMaxWeight, kMaxWeight));
}

std::int64_t target_of(bool bit) { return bit ? kOne : 0; }

// How many of the bounds, in ascending order, a size has reached.
template <std::size_t bounds>
std::uint32_t level(std::int32_t size, const std::array<std::int32_t, bounds>& bound) {
  std::uint32_t level = 0;
  for (const std::int32_t each : bound) level += size >= each ? 1 : 0;
  return level;
}

}  // namespace

std::int32_t logit(std::uint64_t ones, std::uint64_t zeros) {
  return std::clamp(log2_of(ones) - log2_of(zeros), -kMaxInput, kMaxInput);
}

Mixer::Mixer(std::size_t members)
    : members_(members),
      stride_(std::bit_ceil(members + 1)),
      first_weight_((1 << kWeightBits) / static_cast<std::int32_t>(members)),
      rows_(kFirstRow[kSets] * stride_),
      cells_(std::size_t{kSituations} * kSteps) {
  assert(members > 0 && members <= kMaxMembers);
  set_weights_.fill((1 << kWeightBits) / static_cast<std::int32_t>(kSets));
}

void Mixer::predict(unsigned node, Decision& decision) const {
  const std::uint32_t last = last_ % 256;
  decision.rows = {
      node, last, sureness(decision), standing_, last * kNodes + node, last_ % (1U << 16)};
  std::int64_t mixed = 0;
  for (std::size_t s = 0; s < kSets; ++s) {
    decision.rows[s] += kFirstRow[s];
    const auto weights = row(decision.rows[s]).subspan(1);
    std::int64_t sum = 0;
    for (std::size_t m = 0; m < members_; ++m) {
      sum += std::int64_t{first_weight_ + weights[m]} * decision.inputs[m];
    }
    decision.logits[s] = rounded_logit(sum);
    mixed += std::int64_t{set_weights_[s]} * decision.logits[s];
  }
  const std::int32_t logit = rounded_logit(mixed);
  decision.mixed = squash(logit);
  correct(node, logit, decision);
}

// Who is surest, how sure, and whether the others say the opposite: none, some or all.
std::uint32_t Mixer::sureness(const Decision& decision) const {
  static constexpr std::array<std::int32_t, kSureLevels - 1> kBounds = {1773, 5909, 13000, 23637,
                                                                        35456};
  std::uint32_t surest = 0;
  std::size_t ones = 0;
  for (std::uint32_t m = 0; m < members_; ++m) {
    if (std::abs(decision.inputs[m]) > std::abs(decision.inputs[surest])) surest = m;
    ones += decision.inputs[m] > 0 ? 1 : 0;
  }
  const std::int32_t input = decision.inputs[surest];
  const std::size_t against = input > 0 ? members_ - ones : ones;
  const std::uint32_t opposed = against == 0 ? 0 : against + 1 < members_ ? 1 : 2;
  return (surest * kSureLevels + level(std::abs(input), kBounds)) * 3 + opposed;
}

// The mixed probability and what it was off by in each map, between its two nearest cells; the
// nearer one learns.
void Mixer::correct(unsigned node, std::int32_t logit, Decision& decision) const {
  const auto place =
      static_cast<std::uint32_t>(std::clamp(logit, -kMaxRefined, kMaxRefined) + kSteps / 2 * kBit);
  const std::int64_t part = place % kBit;
  const std::array<std::uint32_t, kMaps> situations = {node, last_ % 256 * kNodes + node};
  std::int64_t off = 0;
  for (std::size_t i = 0; i < kMaps; ++i) {
    const std::uint32_t cell = (kFirstSituation[i] + situations[i]) * kSteps + place / kBit;
    const std::int64_t low = cells_[cell];
    off += low + ((cells_[cell + 1] - low) * part >> kLogitBits);
    decision.cells[i] = cell + (part < kBit / 2 ? 0 : 1);
  }
  const std::int64_t p = decision.mixed + off / kMapPart;
  decision.p = static_cast<std::uint32_t>(std::clamp<std::int64_t>(p, 1, kOne - 1));
}

void Mixer::learn(Byte byte, std::span<const Decision, 8> decisions, std::vector<double>& weights) {
  weights.assign(members_, 0);
  for (std::size_t m = 0; m < members_; ++m) costs_[m] /= 2;
  for (const Decision& decision : decisions) add_weights(decision, weights);
  for (std::size_t i = 0; i < decisions.size(); ++i) {
    const bool bit = (byte >> (7 - i) & 1) != 0;
    add_costs(bit, decisions[i]);
    learn(bit, decisions[i]);
  }
  last_ = last_ << 8 | byte;
  set_standing();
}

void Mixer::add_weights(const Decision& decision, std::vector<double>& weights) const {
  constexpr double kEighth = 1.0 / 8 / (1 << kWeightBits) / (1 << kWeightBits);
  for (std::size_t s = 0; s < kSets; ++s) {
    const auto moved = row(decision.rows[s]).subspan(1);
    for (std::size_t m = 0; m < members_; ++m) {
      weights[m] += kEighth * set_weights_[s] * (first_weight_ + moved[m]);
    }
  }
}

// All rows follow the error of the whole.
void Mixer::learn(bool bit, const Decision& decision) {
  const std::int64_t error = target_of(bit) - std::int64_t{decision.mixed};
  for (const std::uint32_t number : decision.rows) {
    const auto row = rows_.edit_items(number * stride_, stride_);
    const std::int64_t rate = tables().row_rates[static_cast<std::size_t>(row[0])];
    if (row[0] < static_cast<std::int32_t>(kMaxCount)) ++row[0];
    for (std::size_t m = 0; m < members_; ++m) {
      row[m + 1] = bounded_weight(row[m + 1] + movement(error, rate, decision.inputs[m]));
    }
  }
  const std::int64_t rate = tables().set_rates[learned_];
  if (learned_ < kMaxCount) ++learned_;
  for (std::size_t s = 0; s < kSets; ++s) {
    set_weights_[s] = bounded_weight(set_weights_[s] + movement(error, rate, decision.logits[s]));
  }
  for (const std::uint32_t number : decision.cells) {
    std::int32_t& cell = cells_.edit(number);
    cell += static_cast<std::int32_t>((error - cell) / kMapRate);
  }
}

// Half of a cost is the last byte's.
void Mixer::add_costs(bool bit, const Decision& decision) {
  for (std::size_t m = 0; m < members_; ++m) {
    const std::int32_t log2_p = log2_of(squash(bit ? decision.inputs[m] : -decision.inputs[m]));
    costs_[m] += static_cast<std::uint32_t>((kProbabilityBits << kLogitBits) - log2_p) / 2;
  }
}

// Who was best, by how much, and how well it did.
void Mixer::set_standing() {
  static constexpr std::array<std::int32_t, kLevels - 1> kGaps = {kBit / 10, 3 * kBit / 10,
                                                                  4 * kBit / 5};
  static constexpr std::array<std::int32_t, kLevels - 1> kCosts = {kBit / 2, 3 * kBit / 2,
                                                                   3 * kBit};
  std::uint32_t best = 0;
  for (std::uint32_t m = 1; m < members_; ++m) {
    if (costs_[m] < costs_[best]) best = m;
  }
  std::uint32_t second = costs_[best] + (1U << 20);
  for (std::uint32_t m = 0; m < members_; ++m) {
    if (m != best) second = std::min(second, costs_[m]);
  }
  const auto gap = static_cast<std::int32_t>(second - costs_[best]);
  const auto cost = static_cast<std::int32_t>(costs_[best]);
  standing_ = (best * kLevels + level(gap, kGaps)) * kLevels + level(cost, kCosts);
}

}  // namespace zipdream::mix
