// SPDX-License-Identifier: Apache-2.0
#include "codecs/deflate/parse_sum.h"

#include <algorithm>
#include <utility>

namespace zipdream {
namespace {

using deflate::kDistances;
using deflate::kLongestMatch;
using deflate::kShortestMatch;

constexpr std::int32_t kWindow = 32768;
constexpr int kMostComparisons = 4096;
// Weights of distances are probabilities x 2^28, the longest code and its extra bits: whole numbers
// whose sums don't depend on their order.
constexpr int kDistanceBits = 28;
constexpr double kDistanceUnit = 1.0 / (1 << kDistanceBits);

constexpr double kNoCode = 0x1p-18;
constexpr int kScale = 256;
constexpr double kSmall = 0x1p-256;  // below this all is multiplied by 2^kScale
constexpr double kMost = 0x1p512;    // what is so far above the rest is of no use any more

double power(int bits) {
  double result = 1;
  while (bits-- > 0) result /= 2;
  return result;
}

// Symbols by distance, 1 .. 32768, and the least distance of each symbol.
struct Distances {
  std::array<std::uint8_t, kWindow + 1> symbols{};
  std::array<std::int32_t, kDistances + 1> first{};
  std::array<std::uint8_t, kDistances> extra{};
};

const Distances& distances() {
  static const Distances table = [] {
    Distances result;
    result.first.back() = kWindow + 1;
    for (std::int32_t d = kWindow; d >= 1; --d) {
      const deflate::Symbol symbol = deflate::distance_symbol(d);
      result.symbols[d] = static_cast<std::uint8_t>(symbol.symbol);
      result.first[symbol.symbol] = d;
      result.extra[symbol.symbol] = symbol.extra;
    }
    return result;
  }();
  return table;
}

}  // namespace

DeflatePast::DeflatePast(Bytes text, const deflate::CodeLengths& codes) : text_(std::move(text)) {
  if (text_.size() > kWindow) text_.erase(text_.begin(), text_.end() - kWindow);
  last_.fill(-1);
  for (const Byte byte : text_) {
    same_before_.push_back(last_[byte]);
    last_[byte] = static_cast<std::int32_t>(same_before_.size()) - 1;
  }
  for (int byte = 0; byte < 256; ++byte) {
    const int bits = codes.literals[byte];
    literals_[byte] = bits > 0 ? power(bits) : kNoCode;
  }
  for (int length = kShortestMatch; length <= kLongestMatch; ++length) {
    const deflate::Symbol symbol = deflate::length_symbol(length);
    const int bits = codes.literals[symbol.symbol];
    if (bits > 0) lengths_[length] = power(bits + symbol.extra);
  }
  for (int length = kLongestMatch; length >= 0; --length) {
    longer_[length] = longer_[length + 1] + lengths_[length];
  }
  const Distances& table = distances();
  for (int symbol = 0; symbol < kDistances; ++symbol) {
    const int bits = codes.distances[symbol];
    if (bits > 0) weights_[symbol] = 1ULL << (kDistanceBits - bits - table.extra[symbol]);
  }
  const auto size = static_cast<std::int32_t>(text_.size());
  for (std::int32_t d = 1; d <= size; ++d) begins_[text_[size - d]] += weights_[table.symbols[d]];
}

DeflateLine::DeflateLine(std::shared_ptr<const DeflatePast> past)
    : past_(std::move(past)), last_(past_->last_), begins_(past_->begins_) {
  next_.fill(0);
  begin_symbols(1);
}

void DeflateLine::append(Byte byte) {
  const auto position = static_cast<std::int32_t>(past_->text_.size() + line_.size());
  line_.push_back(byte);
  same_before_.push_back(last_[byte]);
  last_[byte] = position;
  count_begins();
  const double literal = ends_.back() * past_->literals_[byte];
  begin_symbols(literal + add_matches());
  scale();
}

Byte DeflateLine::at(std::int32_t position) const {
  const auto past = static_cast<std::int32_t>(past_->text_.size());
  return position < past ? past_->text_[position] : line_[position - past];
}

std::int32_t DeflateLine::same_before(std::int32_t position) const {
  const auto past = static_cast<std::int32_t>(past_->text_.size());
  return position < past ? past_->same_before_[position] : same_before_[position - past];
}

// How many of the line's last bytes stand before `position` and at it as well; at least one does.
int DeflateLine::match_length(std::int32_t position) const {
  const int most = std::min({static_cast<int>(line_.size()), kLongestMatch, position + 1});
  int length = 1;
  while (length < most && at(position - length) == line_[line_.size() - 1 - length]) ++length;
  return length;
}

DeflateLine::Sums DeflateLine::sum_matches() const {
  Sums sums;
  const int most = std::min(static_cast<int>(line_.size()), kLongestMatch);
  for (int l = 1; l <= most; ++l) {
    const double begun = ends_[ends_.size() - static_cast<std::size_t>(l)];
    sums.ended[l] = sums.ended[l - 1] + begun * past_->lengths_[l];
    sums.under_way[l] = sums.under_way[l - 1] + begun * past_->longer_[l + 1];
  }
  return sums;
}

// All distances reach one byte further on: each symbol's range gets a new first one and loses its
// last one.
void DeflateLine::count_begins() {
  const Distances& table = distances();
  const auto next = static_cast<std::int32_t>(past_->text_.size() + line_.size());
  for (int symbol = 0; symbol < kDistances; ++symbol) {
    const std::uint64_t weight = past_->weights_[symbol];
    const std::int32_t enters = next - table.first[symbol];
    const std::int32_t leaves = next - table.first[symbol + 1];
    if (weight == 0 || enters < 0) continue;
    begins_[at(enters)] += weight;
    if (leaves >= 0) begins_[at(leaves)] -= weight;
  }
}

// Sets next_ to what goes on in matches; returns what ends in them.
double DeflateLine::add_matches() {
  const Sums sums = sum_matches();
  const Distances& table = distances();
  const auto position = static_cast<std::int32_t>(past_->text_.size() + line_.size()) - 1;
  next_.fill(0);
  double ended = 0;
  int comparisons = 0;
  for (std::int32_t i = same_before(position); i >= 0 && comparisons < kMostComparisons;
       i = same_before(i)) {
    const std::int32_t distance = position - i;
    if (distance > kWindow) break;
    ++comparisons;
    const std::uint64_t weight = past_->weights_[table.symbols[distance]];
    if (weight == 0) continue;
    const int length = match_length(i);
    comparisons += length;
    const double probability = static_cast<double>(weight) * kDistanceUnit;
    ended += probability * sums.ended[length];
    next_[at(i + 1)] += probability * sums.under_way[length];
  }
  return ended;
}

// A symbol ends at the line's end with probability `end`; adds what may begin there.
void DeflateLine::begin_symbols(double end) {
  ends_.push_back(end);
  const double match = end * past_->longer_[kShortestMatch] * kDistanceUnit;
  for (int byte = 0; byte < 256; ++byte) {
    next_[byte] += end * past_->literals_[byte] + match * static_cast<double>(begins_[byte]);
  }
}

void DeflateLine::scale() {
  double sum = 0;
  for (const double probability : next_) sum += probability;
  if (sum >= kSmall) return;
  for (double& probability : next_) probability *= 1 / kSmall;
  const std::size_t used = std::min<std::size_t>(ends_.size(), kLongestMatch + 1);
  for (auto end = ends_.end() - static_cast<std::ptrdiff_t>(used); end != ends_.end(); ++end) {
    *end = std::min(*end / kSmall, kMost);
  }
  exponent_ -= kScale;
}

}  // namespace zipdream
