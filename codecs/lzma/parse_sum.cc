// SPDX-License-Identifier: Apache-2.0
#include "codecs/lzma/parse_sum.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace zipdream {
namespace {

// Kept at each place. With one, text takes 0.003 bits per byte more; more than four change nothing.
constexpr std::size_t kHypotheses = 8;
constexpr std::size_t kOpenRepetitions = 4 * kHypotheses;
constexpr std::size_t kRoom = 16 * kHypotheses;  // for candidates, before they are cut

// How many places are remembered: for as long as matches may go on that began there, and more to
// forget many at once.
constexpr std::size_t kPast = kLzmaLongestMatch;
constexpr std::size_t kMostPast = 4 * kPast;

// At the distance, counted from 0, from `at`. REQUIRES: distance < at.
Byte at_distance(const SharedText& text, std::size_t at, std::size_t distance) {
  return text[at - distance - 1];
}

}  // namespace

struct LzmaSum::Candidates {
  struct OfMatch {
    double weight;
    const Place* place;
    unsigned state;

    bool operator>(const OfMatch& other) const {
      return std::tie(weight, place->at, state) >
             std::tie(other.weight, other.place->at, other.state);
    }
  };

  void add(unsigned state, const LzmaPlace::Distances& reps, double weight) {
    total += weight;
    hypotheses.push_back({state, reps, weight});
  }

  void add_match(const OfMatch& match) {
    total += match.weight;
    if (match.weight <= enough) return;
    matches.push_back(match);
    if (matches.size() == kRoom) cut();
  }

  // To the likeliest matches.
  void cut() {
    if (matches.size() <= kHypotheses) return;
    const auto last = matches.begin() + kHypotheses - 1;
    std::ranges::nth_element(matches, last, std::greater<>());
    enough = last->weight;
    matches.resize(kHypotheses);
  }

  // To the likeliest hypotheses, those that are the same made one; they take the weight of all.
  void choose() {
    const auto who = [](const Hypothesis& h) { return std::tie(h.state, h.reps); };
    std::ranges::stable_sort(hypotheses, {}, who);
    std::size_t size = 0;
    for (const Hypothesis& hypothesis : hypotheses) {
      if (size > 0 && who(hypotheses[size - 1]) == who(hypothesis)) {
        hypotheses[size - 1].weight += hypothesis.weight;
      } else {
        hypotheses[size++] = hypothesis;
      }
    }
    hypotheses.resize(size);
    std::ranges::stable_sort(hypotheses, std::greater<>(), &Hypothesis::weight);
    hypotheses.resize(std::min(size, kHypotheses));
    double kept = 0;
    for (const Hypothesis& hypothesis : hypotheses) kept += hypothesis.weight;
    for (Hypothesis& hypothesis : hypotheses) hypothesis.weight *= total / kept;
  }

  double total = 0;
  double enough = 0;  // matches of so little weight won't be kept
  std::vector<Hypothesis> hypotheses;
  std::vector<OfMatch> matches;
};

LzmaSum::LzmaSum(std::size_t reach)
    : reach_(reach), firsts_(lzma_slots(reach)), matches_(reach, kLzmaLongestMatch) {}

void LzmaSum::restart(std::shared_ptr<const LzmaTables> tables, const LzmaPlace& place) {
  tables_ = std::move(tables);
  matches_.restart();
  open_.clear();
  past_.clear();
  first_ = place.position;
  here_ = {{place.state, place.reps, 1}};
  begin_here();
}

void LzmaSum::step(const SharedText& text) {
  Candidates candidates;
  add_single_bytes(text, candidates);
  begin_repetitions(text);
  const std::size_t here = end();
  matches_.step(text, here + 1);
  std::erase_if(open_, [&](const OpenRepetition& open) {
    return text[here] != at_distance(text, here, open.after.reps[0]) ||
           here + 1 - open.begin > kLzmaLongestMatch;
  });
  add_repetitions(candidates);
  add_matches(candidates);
  candidates.cut();
  for (const Candidates::OfMatch& match : candidates.matches) {
    candidates.hypotheses.push_back(after_match(*match.place, match.state));
    candidates.hypotheses.back().weight = match.weight;
  }
  candidates.choose();
  here_ = std::move(candidates.hypotheses);
  begin_here();
  keep_in_range();
}

void LzmaSum::add_single_bytes(const SharedText& text, Candidates& candidates) const {
  const std::size_t here = end();
  const Byte next = text[here];
  const LzmaLiterals literals(*tables_, here == 0 ? Byte{0} : text[here - 1]);
  for (const Hypothesis& from : here_) {
    const LzmaKinds& kinds = tables_->kinds[from.state][lzma_position_state(here)];
    const bool has_guess = from.reps[0] < here;
    const Byte guess = has_guess ? at_distance(text, here, from.reps[0]) : Byte{0};
    const double literal = is_after_literal(from.state) || !has_guess
                               ? literals.probability(next)
                               : literals.probability(next, guess);
    candidates.add(state_after_literal(from.state), from.reps,
                   from.weight * kinds.literal * literal);
    if (has_guess && guess == next) {
      candidates.add(state_after_short_repetition(from.state), from.reps,
                     from.weight * kinds.short_repetition);
    }
  }
}

// Those that agree with the byte here.
void LzmaSum::begin_repetitions(const SharedText& text) {
  const std::size_t here = end();
  for (const Hypothesis& from : here_) {
    const LzmaKinds& kinds = tables_->kinds[from.state][lzma_position_state(here)];
    for (std::size_t which = 0; which < from.reps.size(); ++which) {
      const std::uint32_t distance = from.reps[which];
      if (distance >= here || at_distance(text, here, distance) != text[here]) continue;
      OpenRepetition open{here, from};
      open.after.state = state_after_repetition(from.state);
      open.after.weight *= kinds.repetition[which];
      std::copy_backward(from.reps.begin(), from.reps.begin() + which,
                         open.after.reps.begin() + which + 1);
      open.after.reps[0] = distance;
      open_.push_back(open);
    }
  }
  if (open_.size() <= kOpenRepetitions) return;
  std::ranges::stable_sort(open_, std::greater<>(),
                           [](const OpenRepetition& open) { return open.after.weight; });
  open_.resize(kOpenRepetitions);
}

void LzmaSum::add_repetitions(Candidates& candidates) const {
  const std::size_t here = end() + 1;
  for (const OpenRepetition& open : open_) {
    const std::size_t length = here - open.begin;
    if (length < kLzmaShortestMatch) continue;
    const double of_length =
        tables_->repetition_lengths.exactly[lzma_position_state(open.begin)][length];
    candidates.add(open.after.state, open.after.reps, open.after.weight * of_length);
  }
}

void LzmaSum::add_matches(Candidates& candidates) const {
  const std::size_t here = end() + 1;
  const std::size_t most = std::min(kLzmaLongestMatch, past_.size());
  // ends[k]: of matches that are at most k bytes long, but for their distances.
  std::vector<std::array<ByKind, 2>> ends(longest(most) + 1);
  for (std::size_t k = kLzmaShortestMatch; k < ends.size(); ++k) {
    const double of_length = tables_->match_lengths.exactly[lzma_position_state(here - k)][k];
    ends[k] = ends[k - 1];
    for (std::size_t earlier = 0; earlier < 2; ++earlier) {
      ends[k][earlier][lzma_distance_kind(k)] += past(k - 1).matches[earlier] * of_length;
    }
  }
  SlotWalk walk(firsts_);
  for (const Place& place : matches_.places()) {
    const std::size_t distance = here - place.at;
    const std::size_t slot = walk.slot_of(distance);
    const auto& end = ends[std::min<std::size_t>(place.agreeing, ends.size() - 1)];
    const double fine = tables_->fine(distance - 1);
    candidates.add_match({fine * by_kind(end[0], slot), &place, state_after_match(0)});
    candidates.add_match(
        {fine * by_kind(end[1], slot), &place, state_after_match(kLzmaStates - 1)});
  }
}

double LzmaSum::by_kind(const ByKind& weights, std::size_t slot) const {
  double sum = 0;
  for (std::size_t kind = 0; kind < kLzmaDistanceKinds; ++kind) {
    sum += weights[kind] * tables_->by_slot[kind][slot];
  }
  return sum;
}

// Of the number of bytes that agree at any place, but no more than `most`.
std::size_t LzmaSum::longest(std::size_t most) const {
  std::size_t result = 0;
  for (const Place& place : matches_.places()) {
    result = std::max<std::size_t>(result, place.agreeing);
  }
  return std::min(result, most);
}

// The earlier distances are those of the likeliest hypothesis where it most likely began.
LzmaSum::Hypothesis LzmaSum::after_match(const Place& place, unsigned state) const {
  const std::size_t here = end() + 1;
  const std::size_t distance = here - place.at;
  const std::size_t slot = SlotWalk(firsts_).slot_of(distance);
  const std::size_t earlier = state == state_after_match(0) ? 0 : 1;
  const std::size_t most = std::min<std::size_t>(place.agreeing, past_.size());
  double best = -1;
  std::size_t best_k = 0;
  for (std::size_t k = kLzmaShortestMatch; k <= most; ++k) {
    const double weight = past(k - 1).matches[earlier] *
                          tables_->match_lengths.exactly[lzma_position_state(here - k)][k] *
                          tables_->by_slot[lzma_distance_kind(k)][slot];
    if (weight <= best) continue;
    best = weight;
    best_k = k;
  }
  const LzmaPlace::Distances& reps = past(best_k - 1).likeliest;
  return {state, {static_cast<std::uint32_t>(distance - 1), reps[0], reps[1], reps[2]}, 0};
}

void LzmaSum::begin_here() {
  if (past_.size() == kMostPast) {
    past_.erase(past_.begin(), past_.end() - kPast);
    first_ += kMostPast - kPast;
  }
  past_.push_back({{}, here_.front().reps});
  const std::size_t position = lzma_position_state(end());
  for (const Hypothesis& hypothesis : here_) {
    past_.back().matches[is_after_literal(hypothesis.state) ? 0 : 1] +=
        hypothesis.weight * tables_->kinds[hypothesis.state][position].match;
  }
}

// Only ratios matter. What overflows is never used: where k bytes agree, what is here is at least
// what was before them times the probability of their match, which is above 2^-350.
void LzmaSum::keep_in_range() {
  double sum = 0;
  for (const Hypothesis& hypothesis : here_) sum += hypothesis.weight;
  if (sum > 0x1p-300) return;
  const double factor = 0x1p+300;
  for (Hypothesis& hypothesis : here_) hypothesis.weight *= factor;
  for (OpenRepetition& open : open_) open.after.weight *= factor;
  for (Past& past : past_) {
    for (double& weight : past.matches) weight *= factor;
  }
}

}  // namespace zipdream
