// SPDX-License-Identifier: Apache-2.0
// The sum over all ways to say a text in LZMA's packets; the essay is in lzma_law.cc.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "codecs/common/distance_slots.h"
#include "codecs/common/match_sets.h"
#include "codecs/common/shared_text.h"
#include "codecs/lzma/estimates.h"
#include "codecs/lzma/token_tables.h"

namespace zipdream {

// Threads: one at a time may change it; const members may be called from many.
class LzmaSum {
 public:
  // `reach`: the longest distance.
  explicit LzmaSum(std::size_t reach);

  // Begins at `place`, where a packet does.
  void restart(std::shared_ptr<const LzmaTables> tables, const LzmaPlace& place);

  // How many of the text's bytes have been taken in.
  [[nodiscard]] std::size_t end() const { return first_ + past_.size() - 1; }

  // Takes in one byte more. REQUIRES: end() < text.size().
  void step(const SharedText& text);

  // Of each next byte, to a common factor; never 0. REQUIRES: end() == text.size(); so many bytes
  // have `slots` been updated to, and they are lzma_slots(reach)'s.
  [[nodiscard]] std::array<double, 256> weights(const SharedText& text,
                                                const SlotCounts& slots) const;

 private:
  // What the packets so far may have left behind, and the probability that they did and that they
  // end here.
  struct Hypothesis {
    unsigned state;
    LzmaPlace::Distances reps;
    double weight;
  };
  // A repetition that has begun at `begin` and agrees so far: `after` is what it leaves, with the
  // weight of all but the length.
  struct OpenRepetition {
    std::size_t begin;
    Hypothesis after;
  };
  using ByKind = std::array<double, kLzmaDistanceKinds>;
  using ByEarlier = std::array<double, 2>;  // after a literal, after others
  // What is kept of a place where matches may have begun.
  struct Past {
    ByEarlier matches;               // weights of all that begin there
    LzmaPlace::Distances likeliest;  // the likeliest hypothesis' distances
  };

  // The candidates for hypotheses: many, of which the likeliest are kept.
  struct Candidates;

  void add_single_bytes(const SharedText& text, Candidates& candidates) const;
  void begin_repetitions(const SharedText& text);
  void add_repetitions(Candidates& candidates) const;
  void add_matches(Candidates& candidates) const;
  [[nodiscard]] Hypothesis after_match(const Place& place, unsigned state) const;
  [[nodiscard]] double by_kind(const ByKind& weights, std::size_t slot) const;
  [[nodiscard]] std::size_t longest(std::size_t most) const;
  // `ago` places before the end. REQUIRES: ago < past_.size().
  [[nodiscard]] const Past& past(std::size_t ago) const { return past_[past_.size() - 1 - ago]; }
  void begin_here();
  void keep_in_range();

  void weigh_literals(const SharedText& text, std::span<double, 256> weights) const;
  void weigh_repetitions(const SharedText& text, std::span<double, 256> weights) const;
  void weigh_beginning(const SharedText& text, const SlotCounts& slots,
                       std::span<double, 256> weights) const;
  void weigh_open(const SharedText& text, std::span<double, 256> weights) const;

  std::size_t reach_;
  SlotFirsts firsts_;
  std::shared_ptr<const LzmaTables> tables_;
  MatchSets matches_;
  std::vector<Hypothesis> here_;  // at the end, the likeliest first
  std::vector<OpenRepetition> open_;
  // Of the last places, the first of which is first_ and the last of which is the end.
  std::vector<Past> past_;
  std::size_t first_ = 0;
};

}  // namespace zipdream
