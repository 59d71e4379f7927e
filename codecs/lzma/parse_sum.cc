// SPDX-License-Identifier: Apache-2.0
#include "codecs/lzma/parse_sum.h"

#include <algorithm>
#include <cassert>
#include <tuple>
#include <utility>

namespace zipdream {
namespace {

// Kept at each position. With one, text takes 0.003 bits per byte more; more than four change
// nothing.
constexpr std::size_t kHypotheses = 8;
constexpr std::size_t kOpenRepetitions = 4 * kHypotheses;
constexpr std::size_t kMaxCandidates = 16 * kHypotheses;  // of matches, before they are cut

// How many starts are remembered: for as long as matches may go on that began there, and more to
// forget many at once.
constexpr std::size_t kMinStarts = kLzmaLongestMatch;
constexpr std::size_t kMaxStarts = 4 * kMinStarts;

// The byte at the distance, counted from 0, from `at`. REQUIRES: distance < at.
Byte at_distance(const SharedText& text, std::size_t at, std::size_t distance) {
  return text[at - distance - 1];
}

// The probabilities of the lengths of matches that began k bytes ago and are longer, by kind.
std::array<double, kLzmaDistanceKinds> longer_by_kind(const LzmaLengths& lengths,
                                                      std::size_t position, std::size_t k) {
  std::array<double, kLzmaDistanceKinds> result{};
  constexpr std::size_t kLastKind = kLzmaShortestMatch + kLzmaDistanceKinds - 1;
  for (std::size_t length = kLzmaShortestMatch; length < kLastKind; ++length) {
    if (length > k) result[lzma_distance_kind(length)] = lengths.exactly[position][length];
  }
  result.back() = lengths.longer[position][std::max(k, kLastKind - 1)];
  return result;
}

}  // namespace

struct LzmaSum::Candidates {
  struct OfMatch {
    double weight;
    const MatchPosition* position;
    unsigned state;

    bool operator>(const OfMatch& other) const {
      return std::tie(weight, position->at, state) >
             std::tie(other.weight, other.position->at, other.state);
    }
  };

  void add(unsigned state, const LzmaCoderState::Distances& reps, double weight) {
    total += weight;
    hypotheses.push_back({state, reps, weight});
  }

  void add_match(const OfMatch& match) {
    total += match.weight;
    if (match.weight <= min_weight) return;
    matches.push_back(match);
    if (matches.size() == kMaxCandidates) cut();
  }

  // To the likeliest matches.
  void cut() {
    if (matches.size() <= kHypotheses) return;
    const auto last = matches.begin() + kHypotheses - 1;
    std::nth_element(matches.begin(), last, matches.end(), std::greater<>());
    min_weight = last->weight;
    matches.resize(kHypotheses);
  }

  // To the likeliest hypotheses, those that are the same made one; they take the weight of all.
  void choose() {
    const auto who = [](const Hypothesis& h) { return std::tie(h.state, h.reps); };
    const auto before = [&](const Hypothesis& a, const Hypothesis& b) { return who(a) < who(b); };
    std::stable_sort(hypotheses.begin(), hypotheses.end(), before);
    std::size_t size = 0;
    for (const Hypothesis& hypothesis : hypotheses) {
      if (size > 0 && who(hypotheses[size - 1]) == who(hypothesis)) {
        hypotheses[size - 1].weight += hypothesis.weight;
      } else {
        hypotheses[size++] = hypothesis;
      }
    }
    hypotheses.resize(size);
    const auto likelier = [](const Hypothesis& a, const Hypothesis& b) {
      return a.weight > b.weight;
    };
    std::stable_sort(hypotheses.begin(), hypotheses.end(), likelier);
    hypotheses.resize(std::min(size, kHypotheses));
    double kept = 0;
    for (const Hypothesis& hypothesis : hypotheses) kept += hypothesis.weight;
    for (Hypothesis& hypothesis : hypotheses) hypothesis.weight *= total / kept;
  }

  double total = 0;
  double min_weight = 0;  // matches of so little weight won't be kept
  std::vector<Hypothesis> hypotheses;
  std::vector<OfMatch> matches;
};

LzmaSum::LzmaSum(std::size_t max_distance)
    : max_distance_(max_distance),
      buckets_(lzma_buckets(max_distance)),
      matches_(max_distance, kLzmaLongestMatch) {}

void LzmaSum::restart(std::shared_ptr<const LzmaTables> tables, const LzmaCoderState& begin) {
  tables_ = std::move(tables);
  matches_.restart();
  open_.clear();
  starts_.clear();
  first_ = begin.position;
  here_ = {{begin.state, begin.reps, 1}};
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
    candidates.hypotheses.push_back(after_match(*match.position, match.state));
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

// The repetitions that agree with the byte here.
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
  const auto likelier = [](const OpenRepetition& a, const OpenRepetition& b) {
    return a.after.weight > b.after.weight;
  };
  std::stable_sort(open_.begin(), open_.end(), likelier);
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
  const std::size_t max_length = std::min(kLzmaLongestMatch, starts_.size());
  // ends[k]: of matches that are at most k bytes long, but for their distances.
  std::vector<std::array<ByKind, 2>> ends(longest(max_length) + 1);
  for (std::size_t k = kLzmaShortestMatch; k < ends.size(); ++k) {
    const double of_length = tables_->match_lengths.exactly[lzma_position_state(here - k)][k];
    ends[k] = ends[k - 1];
    for (std::size_t earlier = 0; earlier < 2; ++earlier) {
      ends[k][earlier][lzma_distance_kind(k)] += start(k - 1).matches[earlier] * of_length;
    }
  }
  BucketCursor cursor(buckets_);
  for (const MatchPosition& match : matches_.positions()) {
    const std::size_t distance = here - match.at;
    const std::size_t bucket = cursor.bucket_of(distance);
    const auto& end = ends[std::min<std::size_t>(match.length, ends.size() - 1)];
    const double fine = tables_->fine(distance - 1);
    candidates.add_match({fine * by_kind(end[0], bucket), &match, state_after_match(0)});
    candidates.add_match(
        {fine * by_kind(end[1], bucket), &match, state_after_match(kLzmaStates - 1)});
  }
}

double LzmaSum::by_kind(const ByKind& weights, std::size_t bucket) const {
  double sum = 0;
  for (std::size_t kind = 0; kind < kLzmaDistanceKinds; ++kind) {
    sum += weights[kind] * tables_->by_bucket[kind][bucket];
  }
  return sum;
}

// The longest match length at any position, but no more than `max_length`.
std::size_t LzmaSum::longest(std::size_t max_length) const {
  std::size_t result = 0;
  for (const MatchPosition& match : matches_.positions()) {
    result = std::max<std::size_t>(result, match.length);
  }
  return std::min(result, max_length);
}

// The earlier distances are those of the likeliest hypothesis where it most likely began.
LzmaSum::Hypothesis LzmaSum::after_match(const MatchPosition& match, unsigned state) const {
  const std::size_t here = end() + 1;
  const std::size_t distance = here - match.at;
  const std::size_t bucket = BucketCursor(buckets_).bucket_of(distance);
  const std::size_t earlier = state == state_after_match(0) ? 0 : 1;
  const std::size_t max_length = std::min<std::size_t>(match.length, starts_.size());
  double best = -1;
  std::size_t best_k = 0;
  for (std::size_t k = kLzmaShortestMatch; k <= max_length; ++k) {
    const double weight = start(k - 1).matches[earlier] *
                          tables_->match_lengths.exactly[lzma_position_state(here - k)][k] *
                          tables_->by_bucket[lzma_distance_kind(k)][bucket];
    if (weight <= best) continue;
    best = weight;
    best_k = k;
  }
  const LzmaCoderState::Distances& reps = start(best_k - 1).likeliest;
  return {state, {static_cast<std::uint32_t>(distance - 1), reps[0], reps[1], reps[2]}, 0};
}

void LzmaSum::begin_here() {
  if (starts_.size() == kMaxStarts) {
    starts_.erase(starts_.begin(), starts_.end() - kMinStarts);
    first_ += kMaxStarts - kMinStarts;
  }
  starts_.push_back({{}, here_.front().reps});
  const std::size_t position = lzma_position_state(end());
  for (const Hypothesis& hypothesis : here_) {
    starts_.back().matches[is_after_literal(hypothesis.state) ? 0 : 1] +=
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
  for (Start& start : starts_) {
    for (double& weight : start.matches) weight *= factor;
  }
}

// ---- the next byte ----

std::array<double, 256> LzmaSum::weights(const SharedText& text, const BucketCounts& counts) const {
  std::array<double, 256> weights{};
  weigh_literals(text, weights);
  weigh_repetitions(text, weights);
  weigh_beginning(text, counts, weights);
  weigh_open(text, weights);
  return weights;
}

void LzmaSum::weigh_literals(const SharedText& text, std::span<double, 256> weights) const {
  const std::size_t here = end();
  const LzmaLiterals literals(*tables_, here == 0 ? Byte{0} : text[here - 1]);
  double without_guess = 0;
  std::array<double, 256> with_guess{};
  for (const Hypothesis& from : here_) {
    const double weight =
        from.weight * tables_->kinds[from.state][lzma_position_state(here)].literal;
    if (is_after_literal(from.state) || from.reps[0] >= here) {
      without_guess += weight;
    } else {
      with_guess[text[here - from.reps[0] - 1]] += weight;
    }
  }
  literals.add(without_guess, weights);
  for (std::size_t guess = 0; guess < 256; ++guess) {
    if (with_guess[guess] > 0) literals.add(with_guess[guess], static_cast<Byte>(guess), weights);
  }
}

void LzmaSum::weigh_repetitions(const SharedText& text, std::span<double, 256> weights) const {
  const std::size_t here = end();
  for (const Hypothesis& from : here_) {
    const LzmaKinds& kinds = tables_->kinds[from.state][lzma_position_state(here)];
    for (std::size_t which = 0; which < from.reps.size(); ++which) {
      if (from.reps[which] >= here) continue;
      const double kind = kinds.repetition[which] + (which == 0 ? kinds.short_repetition : 0);
      weights[text[here - from.reps[which] - 1]] += from.weight * kind;
    }
  }
  for (const OpenRepetition& open : open_) {
    const double longer =
        tables_->repetition_lengths.longer[lzma_position_state(open.begin)][here - open.begin];
    weights[text[here - open.after.reps[0] - 1]] += open.after.weight * longer;
  }
}

// The bytes that matches would begin with that begin at the end. Among the distances of a far slot,
// those with the right low bits count no more than others here.
void LzmaSum::weigh_beginning(const SharedText& text, const BucketCounts& counts,
                              std::span<double, 256> weights) const {
  const std::size_t here = end();
  ByKind lengths = longer_by_kind(tables_->match_lengths, lzma_position_state(here), 0);
  for (double& length : lengths) length *= start(0).matches[0] + start(0).matches[1];
  for (std::size_t bucket = 0; bucket < counts.buckets().size(); ++bucket) {
    const double each = by_kind(lengths, bucket);
    if (bucket < kLzmaFirstAlignedSlot) {
      for (std::size_t d = buckets_[bucket]; d < buckets_[bucket + 1] && d <= here; ++d) {
        weights[text[here - d]] += each * tables_->fine(d - 1);
      }
      continue;
    }
    const double mean = each / static_cast<double>(tables_->align.size());
    const BucketCounts::Counts& of_bytes = counts.buckets()[bucket];
    for (std::size_t byte = 0; byte < 256; ++byte) weights[byte] += mean * of_bytes[byte];
  }
}

std::vector<LzmaSum::ByKind> LzmaSum::open_by_length() const {
  const std::size_t here = end();
  const std::size_t max_length = std::min(kLzmaLongestMatch - 1, starts_.size() - 1);
  if (max_length == 0) return std::vector<ByKind>(1);
  std::vector<ByKind> open(std::max<std::size_t>(1, longest(max_length)) + 1);
  for (std::size_t k = 1; k < open.size(); ++k) {
    const ByEarlier& began = start(k).matches;
    const ByKind lengths = longer_by_kind(tables_->match_lengths, lzma_position_state(here - k), k);
    for (std::size_t kind = 0; kind < kLzmaDistanceKinds; ++kind) {
      open[k][kind] = open[k - 1][kind] + (began[0] + began[1]) * lengths[kind];
    }
  }
  return open;
}

// The bytes that matches would go on with that have begun.
void LzmaSum::weigh_open(const SharedText& text, std::span<double, 256> weights) const {
  const std::size_t here = end();
  const std::vector<ByKind> open = open_by_length();
  if (open.size() == 1) return;
  std::array<double, kLzmaSlots> one{};  // where one byte agrees
  for (std::size_t bucket = 0; bucket + 1 < buckets_.size(); ++bucket) {
    one[bucket] = by_kind(open[1], bucket);
  }
  BucketCursor cursor(buckets_);
  const std::size_t lowest =
      std::max<std::size_t>(1, here > max_distance_ ? here - max_distance_ : 0);
  text.find(text[here - 1], lowest, here, [&](std::size_t at, Byte next) {
    weights[next] += one[cursor.bucket_of(here - at)] * tables_->fine(here - at - 1);
    return true;
  });
  cursor = BucketCursor(buckets_);
  for (const MatchPosition& match : matches_.positions()) {
    const std::size_t bucket = cursor.bucket_of(here - match.at);
    const double all = by_kind(open[std::min<std::size_t>(match.length, open.size() - 1)], bucket);
    weights[text[match.at]] += (all - one[bucket]) * tables_->fine(here - match.at - 1);
  }
}

// ---- where the next byte comes from ----

double LzmaSum::literal(const SharedText& text, Byte next) const {
  std::array<double, 256> weights{};
  weigh_literals(text, weights);
  return weights[next];
}

std::vector<Source> LzmaSum::sources(const SharedText& text, Byte next) const {
  std::vector<Source> sources;
  add_repeated(text, next, sources);
  const auto repeated = static_cast<std::ptrdiff_t>(sources.size());
  add_copied(text, next, sources);
  // A repetition copies a byte that a match may copy, too.
  for (auto source = sources.begin(); source != sources.begin() + repeated; ++source) {
    const auto same = std::lower_bound(sources.begin() + repeated, sources.end(), source->at,
                                       [](const Source& a, std::uint64_t at) { return a.at > at; });
    assert(same != sources.end() && same->at == source->at);
    same->probability += source->probability;
  }
  sources.erase(sources.begin(), sources.begin() + repeated);
  return sources;
}

void LzmaSum::add_repeated(const SharedText& text, Byte next, std::vector<Source>& sources) const {
  const std::size_t here = end();
  const auto add = [&](std::uint32_t distance, double weight) {
    const std::size_t at = here - distance - 1;
    if (text[at] == next) sources.push_back({at, weight, 0});
  };
  for (const Hypothesis& from : here_) {
    const LzmaKinds& kinds = tables_->kinds[from.state][lzma_position_state(here)];
    for (std::size_t which = 0; which < from.reps.size(); ++which) {
      if (from.reps[which] >= here) continue;
      const double kind = kinds.repetition[which] + (which == 0 ? kinds.short_repetition : 0);
      add(from.reps[which], from.weight * kind);
    }
  }
  for (const OpenRepetition& open : open_) {
    const double longer =
        tables_->repetition_lengths.longer[lzma_position_state(open.begin)][here - open.begin];
    add(open.after.reps[0], open.after.weight * longer);
  }
}

// By matches that begin at the end or have begun, from every byte that is the next one, the last
// first. In far slots those that begin have the mean over the low bits, as in weigh_beginning().
void LzmaSum::add_copied(const SharedText& text, Byte next, std::vector<Source>& sources) const {
  const std::size_t here = end();
  ByKind lengths = longer_by_kind(tables_->match_lengths, lzma_position_state(here), 0);
  for (double& length : lengths) length *= start(0).matches[0] + start(0).matches[1];
  const std::vector<ByKind> open = open_by_length();
  const std::vector<MatchPosition>& agreeing = matches_.positions();
  auto match = agreeing.begin();
  BucketCursor cursor(buckets_);
  const std::size_t farthest = std::min(here, buckets_.back() - 1);
  text.find_byte(next, here - farthest, [&](std::size_t at) {
    while (match != agreeing.end() && match->at > at) ++match;
    const std::size_t distance = here - at;
    const std::size_t bucket = cursor.bucket_of(distance);
    const bool is_near = bucket < kLzmaFirstAlignedSlot;
    const double fine = tables_->fine(distance - 1);
    const double mean = 1.0 / static_cast<double>(tables_->align.size());
    double weight = by_kind(lengths, bucket) * (is_near ? fine : mean);
    std::size_t length = at > 0 && text[at - 1] == text[here - 1] ? 1 : 0;
    if (match != agreeing.end() && match->at == at) length = match->length;
    if (distance > max_distance_) length = 0;
    weight += by_kind(open[std::min(length, open.size() - 1)], bucket) * fine;
    sources.push_back({at, weight, static_cast<std::uint32_t>(length)});
  });
}

}  // namespace zipdream
