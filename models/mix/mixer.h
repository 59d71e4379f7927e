// SPDX-License-Identifier: Apache-2.0
// Logistic mixing of a few predictions of binary decisions, in integers alone: the same bits from
// every compiler.
//
// A logit is log2(p / (1 - p)) of a probability p that a decision is a one, in 2^-12 of a bit. A
// mixed logit is a weighted sum of those of the members, by weights that follow the error downhill
// (online logistic regression). There are several sets of weights, each with a row for every
// situation of its kind: the place within the byte, the bytes before, how sure the members are and
// whether they agree, who was right lately. What the sets say is mixed once more in the same way;
// two adaptive probability maps correct the result by how far it was off when the same was said.
//
// Many situations come up a few times only, so rows begin with the same weight for each member, and
// learn fast at first. All that is learned lies in pages that copies share.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "models/paged_array.h"
#include "zipdream/bytes.h"

namespace zipdream::mix {

inline constexpr std::size_t kMaxMembers = 16;
inline constexpr std::size_t kSets = 6;
inline constexpr std::size_t kMaps = 2;

// The logit of ones / (ones + zeros), at most 15 bits either way. REQUIRES: both are positive.
[[nodiscard]] std::int32_t logit(std::uint64_t ones, std::uint64_t zeros);

// A decision: what the members say of it and what is made of that.
struct Decision {
  std::array<std::int32_t, kMaxMembers> inputs;  // the members' logits
  std::array<std::uint32_t, kSets> rows;         // of weights
  std::array<std::int32_t, kSets> logits;        // by each set
  std::uint32_t mixed;                           // the probability of a one, in 2^-24
  std::array<std::uint32_t, kMaps> cells;        // of the maps, that learn
  std::uint32_t p;                               // the same corrected: never 0 or 1
};

// Within a byte nothing is learned.
// Threads: as a standard container.
class Mixer {
 public:
  static constexpr int kProbabilityBits = 24;

  // REQUIRES: 0 < members <= kMaxMembers.
  explicit Mixer(std::size_t members);

  // Sets all of `decision` but its inputs, which are given. `node` is 1 for the first decision of a
  // byte, then 1 with the bits so far behind it.
  void predict(unsigned node, Decision& decision) const;

  // Learns from the eight decisions of a byte, which predict() has set. weights[m] = how much
  // member m counted in them, on average.
  void learn(Byte byte, std::span<const Decision, 8> decisions, std::vector<double>& weights);

 private:
  [[nodiscard]] std::span<const std::int32_t> row(std::uint32_t number) const {
    return rows_.items(number * stride_, stride_);
  }
  [[nodiscard]] std::uint32_t sureness(const Decision& decision) const;
  void correct(unsigned node, std::int32_t logit, Decision& decision) const;
  void add_weights(const Decision& decision, std::vector<double>& weights) const;
  void learn(bool bit, const Decision& decision);
  void add_costs(bool bit, const Decision& decision);
  void set_standing();

  std::size_t members_;
  std::size_t stride_;             // numbers of a row, a power of two
  std::int32_t first_weight_;      // of each member, in 2^-22
  PagedArray<std::int32_t> rows_;  // how often it has learned, then weights less the first ones
  std::array<std::int32_t, kSets> set_weights_;  // in 2^-22
  std::size_t learned_ = 0;                      // how often those have learned, at most
  PagedArray<std::int32_t> cells_;               // of the maps: how much p was too small, in 2^-24
  std::uint32_t last_ = 0;                       // bytes, the last one lowest
  std::array<std::uint32_t, kMaxMembers> costs_{};  // of lately, in 2^-12 of a bit for a byte
  std::uint32_t standing_ = 0;                      // who was right lately: a row
};

}  // namespace zipdream::mix
