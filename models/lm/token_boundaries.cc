// SPDX-License-Identifier: Apache-2.0
#include "models/lm/token_boundaries.h"

#include <algorithm>
#include <span>
#include <utility>

#include "base/portable_math.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

// Tokens that are read at once at most, and numbers that are kept of them at most.
constexpr std::size_t kMaxAhead = 64;
constexpr std::size_t kMaxSums = std::size_t{1} << 20;
// Floats of the states that boundaries have, where no tokens are taken back.
constexpr std::size_t kMaxStateFloats = std::size_t{1} << 24;

// The last tokens of what is looked at may turn out to be others.
constexpr std::size_t kOpenTokens = 2;

constexpr std::size_t kSidesAtOnce = 64;

// Tokens behind what was read that are read anew each time.
constexpr std::size_t kMaxUnread = 4;

std::size_t most_ahead(const TokenStream& stream, const SortedVocabulary& vocabulary) {
  std::size_t most = kMaxSums / vocabulary.size();
  if (!stream.takes_back()) {
    const LmConfig& config = stream.model().config();
    most = std::min(most,
                    kMaxStateFloats / (config.num_layers * config.hidden_size) / config.head_dim);
  }
  return std::clamp<std::size_t>(most, 2, kMaxAhead);
}

std::vector<double> sums_by(const TokenStream& stream, const float* logits,
                            const SortedVocabulary& vocabulary) {
  std::vector<double> probabilities(vocabulary.size());
  stream.log2_probs_by(logits, vocabulary.tokens(), probabilities);
  portable_exp2(probabilities);
  std::vector<double> sums(vocabulary.size() + 1);
  for (std::size_t i = 0; i < probabilities.size(); ++i) {
    sums[vocabulary.places()[i] + 1] = probabilities[i];
  }
  for (std::size_t i = 1; i < sums.size(); ++i) sums[i] += sums[i - 1];
  return sums;
}

std::vector<double> sums_here(const TokenStream& stream, const SortedVocabulary& vocabulary) {
  const Floats logits = stream.logits();
  return sums_by(stream, logits.empty() ? nullptr : logits.data(), vocabulary);
}

}  // namespace

// A stream that is here has room then: it slides once, whoever goes on from here. REQUIRES: mutex_
// is held.
void Boundary::make_room() const {
  if (!stream_ || back_ > 0 || stream_->room() > 0) return;
  TokenStream roomy = *stream_;
  roomy.make_room();
  stream_ = std::make_shared<const TokenStream>(std::move(roomy));
}

TokenStream Boundary::stream() const {
  const std::lock_guard lock(mutex_);
  if (!stream_) {
    TokenStream own = before_->stream();
    own.append({&token_, 1});
    stream_ = std::make_shared<const TokenStream>(std::move(own));
    before_.reset();
  }
  make_room();
  TokenStream stream = *stream_;
  if (back_ > 0) stream.take_back(back_);
  return stream;
}

Boundary::Place Boundary::place() const {
  {
    const std::lock_guard lock(mutex_);
    make_room();
    if (stream_) return {stream_, back_, {}};
    Place place = before_->place();
    place.tokens.push_back(token_);
    if (place.tokens.size() < kMaxUnread) return place;
  }
  return {std::make_shared<const TokenStream>(stream()), 0, {}};
}

std::shared_ptr<const Boundary> BoundaryReader::at(TokenStream stream,
                                                   std::optional<Symbol> last) const {
  std::vector<double> sums = sums_here(stream, *vocabulary_);
  auto boundary = std::make_shared<Boundary>(std::make_shared<const TokenStream>(std::move(stream)),
                                             0, std::move(sums));
  boundary->set_last(last, false);
  return boundary;
}

bool BoundaryReader::follows(const Boundary& before, Symbol token) const {
  if (!before.last()) return true;
  if (before.before_word() && pairs_->begins_with_space(token)) return false;
  return pairs_->follows(*before.last(), token) != CanonicalPairs::Follows::kNever;
}

void BoundaryReader::set_last(const Boundary& before, Symbol token, Boundary& after) const {
  const bool before_word = before.last() && pairs_->follows(*before.last(), token) ==
                                                CanonicalPairs::Follows::kBeforeWord;
  after.set_last(token, before_word);
}

std::shared_ptr<const Boundary> BoundaryReader::aside(const std::shared_ptr<const Boundary>& before,
                                                      Symbol token) const {
  if (Shared found = known(before, token)) return found;
  Side side{before, token, nullptr};
  read_sides({&side, 1});
  return side.after;
}

std::shared_ptr<const Boundary> BoundaryReader::after(const std::shared_ptr<const Boundary>& before,
                                                      Symbol token, ByteView text) {
  if (Shared found = known(before, token)) return found;
  const auto place = std::ranges::find(ahead_.boundaries, before) - ahead_.boundaries.begin();
  if (static_cast<std::size_t>(place) >= ahead_.tokens.size()) {
    std::vector<Symbol> tokens = tokens_of(text);
    if (tokens.size() > 1 && tokens[0] == token) {
      read_ahead(before, std::move(tokens));
      return ahead_.boundaries[1];
    }
  }
  TokenStream stream = before->stream();
  stream.append({&token, 1});
  std::vector<double> sums = sums_here(stream, *vocabulary_);
  auto made = std::make_shared<Boundary>(std::make_shared<const TokenStream>(std::move(stream)),
                                         std::size_t{0}, std::move(sums));
  set_last(*before, token, *made);
  return made;
}

BoundaryReader::Shared BoundaryReader::known(const Shared& before, Symbol token) const {
  for (std::size_t i = 0; i < ahead_.tokens.size(); ++i) {
    if (ahead_.boundaries[i] == before && ahead_.tokens[i] == token) {
      return ahead_.boundaries[i + 1];
    }
  }
  for (const Side& side : ahead_.sides) {
    if (side.before == before && side.token == token) return side.after;
  }
  return nullptr;
}

// Those that more of the text can't change, by and large; none if it can't be cut into tokens.
std::vector<Symbol> BoundaryReader::tokens_of(ByteView text) const {
  const bool all = text.size() <= kLookedAt;
  try {
    std::vector<Symbol> tokens =
        vocabulary_->tokenizer().encode_more(all ? text : text.first(kLookedAt));
    if (!all) tokens.resize(tokens.size() - std::min(tokens.size(), kOpenTokens));
    return tokens;
  } catch (const Error&) {
    return {};
  }
}

void BoundaryReader::read_ahead(const Shared& before, std::vector<Symbol> tokens) {
  TokenStream stream = before->stream();
  tokens.resize(std::min({tokens.size(), most_ahead(stream, *vocabulary_), stream.room()}));
  std::vector<std::vector<double>> sums;
  stream.append(tokens, [&, first = true](const float* logits) mutable {
    if (!first) sums.push_back(sums_by(stream, logits, *vocabulary_));
    first = false;
  });
  sums.push_back(sums_here(stream, *vocabulary_));
  const auto shared = std::make_shared<const TokenStream>(std::move(stream));
  ahead_ = {{before}, std::move(tokens), {}};
  for (std::size_t i = 0; i < ahead_.tokens.size(); ++i) {
    const Shared last = ahead_.boundaries.back();
    const std::size_t back = ahead_.tokens.size() - 1 - i;
    const bool own = back == 0 || shared->takes_back();
    auto made = own ? std::make_shared<Boundary>(shared, back, std::move(sums[i]))
                    : std::make_shared<Boundary>(last, ahead_.tokens[i], std::move(sums[i]));
    set_last(*last, ahead_.tokens[i], *made);
    ahead_.boundaries.push_back(std::move(made));
    add_sides(last, ahead_.tokens[i]);
  }
  read_sides();
}

void BoundaryReader::add_sides(const Shared& before, Symbol token) {
  const ByteView bytes = vocabulary_->tokenizer().bytes_of(token);
  TokenRange range = vocabulary_->all();
  for (std::size_t depth = 0; depth + 1 < bytes.size(); ++depth) {
    range = vocabulary_->narrowed(range, depth, bytes[depth]);
    const double least = side_share_ * before->probability(range);
    const TokenRange ending = vocabulary_->ending(range, depth + 1);
    for (std::size_t place = ending.begin; place < ending.end; ++place) {
      const Symbol ended = vocabulary_->token(place);
      if (before->probability({place, place + 1}) < least || !follows(*before, ended)) continue;
      ahead_.sides.push_back({before, ended, nullptr});
    }
    range.begin = ending.end;
  }
}

void BoundaryReader::read_sides() {
  const std::span<Side> sides(ahead_.sides);
  for (std::size_t begin = 0; begin < sides.size(); begin += kSidesAtOnce) {
    read_sides(sides.subspan(begin, std::min(kSidesAtOnce, sides.size() - begin)));
  }
}

// Without keeping what the model has of them: few are gone on from.
void BoundaryReader::read_sides(std::span<Side> sides) const {
  std::vector<Boundary::Place> places;
  std::vector<TokenStream::Peek> peeks;
  places.reserve(sides.size());
  for (const Side& side : sides) {
    Boundary::Place& place = places.emplace_back(side.before->place());
    place.tokens.push_back(side.token);
    peeks.push_back({place.stream.get(), place.back, place.tokens});
  }
  TokenStream::peek_each(peeks, [&](std::size_t i, const float* logits) {
    Side& side = sides[i];
    auto made = std::make_shared<Boundary>(side.before, side.token,
                                           sums_by(*places[i].stream, logits, *vocabulary_));
    set_last(*side.before, side.token, *made);
    side.after = std::move(made);
  });
}

}  // namespace zipdream
