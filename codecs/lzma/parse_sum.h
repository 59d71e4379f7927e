// SPDX-License-Identifier: Apache-2.0
// The sum over all ways to write a text in LZMA's packets; the essay is in table_predictor.cc.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "codecs/common/matches.h"
#include "codecs/common/shared_text.h"
#include "codecs/lzma/decoder.h"
#include "codecs/lzma/token_tables.h"
#include "zipdream/predictor.h"

namespace zipdream {

// Threads: one at a time may change it; const members may be called from many.
class LzmaSum {
 public:
  explicit LzmaSum(std::size_t max_distance);

  // Begins in the coder state `begin`, where a packet does.
  void restart(std::shared_ptr<const LzmaTables> tables, const LzmaCoderState& begin);

  // How many of the text's bytes have been taken in.
  [[nodiscard]] std::size_t end() const { return first_ + starts_.size() - 1; }

  // Takes in one byte more. REQUIRES: end() < text.size().
  void step(const SharedText& text);

  // The weight of each next byte, to a common factor; never 0. REQUIRES: end() == text.size();
  // `counts` are those of lzma_buckets(max_distance), updated to the same size.
  [[nodiscard]] std::array<double, 256> weights(const SharedText& text,
                                                const BucketCounts& counts) const;

  // The terms of weights() that go on with `next`, by the earlier byte that each copies: all of
  // them but the literals'. REQUIRES: as weights().
  [[nodiscard]] std::vector<Source> sources(const SharedText& text, Byte next) const;
  // The literals' term of weights().
  [[nodiscard]] double literal(const SharedText& text, Byte next) const;

 private:
  // What the packets so far may have left behind, and the probability that they did and that they
  // end here.
  struct Hypothesis {
    unsigned state;
    LzmaCoderState::Distances reps;
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
  // What is kept of a position where matches may have begun.
  struct Start {
    ByEarlier matches;                    // weights of all that begin there
    LzmaCoderState::Distances likeliest;  // the likeliest hypothesis' distances
  };

  // The candidates for hypotheses: many, of which the likeliest are kept.
  struct Candidates;

  void add_single_bytes(const SharedText& text, Candidates& candidates) const;
  void begin_repetitions(const SharedText& text);
  void add_repetitions(Candidates& candidates) const;
  void add_matches(Candidates& candidates) const;
  [[nodiscard]] Hypothesis after_match(const MatchPosition& match, unsigned state) const;
  [[nodiscard]] double by_kind(const ByKind& weights, std::size_t bucket) const;
  [[nodiscard]] std::size_t longest(std::size_t max_length) const;
  // `ago` bytes before the end. REQUIRES: ago < starts_.size().
  [[nodiscard]] const Start& start(std::size_t ago) const {
    return starts_[starts_.size() - 1 - ago];
  }
  void begin_here();
  void keep_in_range();

  void weigh_literals(const SharedText& text, std::span<double, 256> weights) const;
  void weigh_repetitions(const SharedText& text, std::span<double, 256> weights) const;
  void weigh_beginning(const SharedText& text, const BucketCounts& counts,
                       std::span<double, 256> weights) const;
  void weigh_open(const SharedText& text, std::span<double, 256> weights) const;
  // [k]: of the matches that began at most k bytes ago, but for their distances.
  [[nodiscard]] std::vector<ByKind> open_by_length() const;
  void add_repeated(const SharedText& text, Byte next, std::vector<Source>& sources) const;
  void add_copied(const SharedText& text, Byte next, std::vector<Source>& sources) const;

  std::size_t max_distance_;
  BucketStarts buckets_;
  std::shared_ptr<const LzmaTables> tables_;
  MatchSets matches_;
  std::vector<Hypothesis> here_;  // at the end, the likeliest first
  std::vector<OpenRepetition> open_;
  // The starts at the last positions, the first of which is first_ and the last of which is the
  // end.
  std::vector<Start> starts_;
  std::size_t first_ = 0;
};

}  // namespace zipdream
