// SPDX-License-Identifier: Apache-2.0
#include "generator/search/spans.h"

#include <algorithm>
#include <cassert>
#include <memory>
#include <numeric>
#include <optional>
#include <utility>
#include <vector>

#include "base/parallel.h"
#include "base/process.h"
#include "codecs/common/predictors.h"

namespace zipdream {

namespace {

constexpr std::size_t kMostCounted = 4096;  // places
constexpr std::size_t kBuckets = 1 << 16;   // one for each two bytes
constexpr std::size_t kGrain = 64;

int compare(ByteView a, ByteView b) { return as_chars(a).compare(as_chars(b)); }
bool precedes(ByteView a, ByteView b) { return compare(a, b) < 0; }
bool equal(ByteView a, ByteView b) { return compare(a, b) == 0; }

}  // namespace

CorpusIndex::CorpusIndex(Bytes text, std::size_t key, std::size_t span, const Alphabet& alphabet)
    : text_(std::move(text)),
      key_(key),
      depth_(key + span),
      suffixes_(text_.size()),
      allowed_(256) {
  assert(key >= 1 && span >= 1 && std::uint64_t{text_.size()} >> 32 == 0);
  for (const Byte byte : alphabet) allowed_[byte] = true;
  sort();
}

// By the first two bytes at once, then each bucket by itself.
void CorpusIndex::sort() {
  const auto bucket_of = [this](std::size_t place) {
    const std::size_t second = place + 1 < text_.size() ? text_[place + 1] : 0;
    return std::size_t{text_[place]} << 8 | second;
  };
  std::vector<std::size_t> begins(kBuckets + 1);
  for (std::size_t i = 0; i < text_.size(); ++i) ++begins[bucket_of(i) + 1];
  std::partial_sum(begins.begin(), begins.end(), begins.begin());
  std::vector<std::size_t> next(begins.begin(), begins.end() - 1);
  for (std::size_t i = 0; i < text_.size(); ++i) {
    suffixes_[next[bucket_of(i)]++] = static_cast<std::uint32_t>(i);
  }
  parallel_for(kBuckets, kGrain, [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
      const auto bucket = std::span(suffixes_).subspan(begins[i], begins[i + 1] - begins[i]);
      std::sort(bucket.begin(), bucket.end(), [this](std::uint32_t a, std::uint32_t b) {
        const int order = compare(at(a, depth_), at(b, depth_));
        return order < 0 || (order == 0 && a < b);
      });
    }
  });
}

std::vector<ByteView> CorpusIndex::continuations(ByteView context, std::size_t length,
                                                 std::size_t most) const {
  assert(length >= 1 && key_ + length <= depth_);
  std::vector<ByteView> result;
  for (std::size_t size = std::min(key_, context.size()) + 1; size-- > 0;) {
    if (size == 0 && !result.empty()) break;
    for (const ByteView bytes : by_frequency(find(context.last(size)), size, length)) {
      if (result.size() >= most) return result;
      const auto is_same = [&](ByteView other) { return equal(bytes, other); };
      if (std::none_of(result.begin(), result.end(), is_same)) result.push_back(bytes);
    }
  }
  return result;
}

ByteView CorpusIndex::at(std::size_t place, std::size_t most) const {
  return ByteView(text_).subspan(place, std::min(most, text_.size() - place));
}

CorpusIndex::Places CorpusIndex::find(ByteView string) const {
  const auto begin = std::partition_point(
      suffixes_.begin(), suffixes_.end(),
      [&](std::uint32_t place) { return precedes(at(place, string.size()), string); });
  const auto end = std::partition_point(begin, suffixes_.end(), [&](std::uint32_t place) {
    return equal(at(place, string.size()), string);
  });
  return Places(suffixes_).subspan(static_cast<std::size_t>(begin - suffixes_.begin()),
                                   static_cast<std::size_t>(end - begin));
}

// What follows the first `skip` bytes at each of the places.
std::vector<ByteView> CorpusIndex::by_frequency(Places places, std::size_t skip,
                                                std::size_t length) const {
  struct Group {
    std::size_t first = 0;  // place
    std::size_t count = 0;
  };
  std::vector<Group> groups;  // the places being in order, equals follow each other
  const std::size_t step = (places.size() + kMostCounted - 1) / kMostCounted;
  for (std::size_t i = 0; i < places.size(); i += step) {
    const std::size_t begin = places[i] + skip;
    if (begin + length > text_.size()) continue;
    if (groups.empty() || !equal(at(begin, length), at(groups.back().first, length))) {
      groups.push_back({begin, 0});
    }
    groups.back().first = std::min(groups.back().first, begin);
    ++groups.back().count;
  }
  std::erase_if(groups, [&](const Group& group) {
    const ByteView bytes = at(group.first, length);
    return !std::all_of(bytes.begin(), bytes.end(), [&](Byte b) { return allowed_[b]; });
  });
  std::sort(groups.begin(), groups.end(), [](const Group& a, const Group& b) {
    return a.count > b.count || (a.count == b.count && a.first < b.first);
  });
  std::vector<ByteView> result;
  result.reserve(groups.size());
  for (const Group& group : groups) result.push_back(at(group.first, length));
  return result;
}

namespace {

constexpr std::size_t kEnoughSpans = 64;

struct Candidate {
  Bytes bytes;
  std::size_t taken = 0;  // how many of them are, if it is chosen
};

class SpanSearch final : public Method {
 public:
  SpanSearch(SearchStart start, Bytes corpus, const SpanOptions& options)
      : start_(std::move(start)), options_(options), alphabet_(single_bytes(*start_.scorer)) {
    assert(options.span >= 1 && options.key >= 1);
    if (corpus.empty()) return;
    last_.assign(corpus.end() - static_cast<std::ptrdiff_t>(std::min(options.key, corpus.size())),
                 corpus.end());
    index_ = make_index(std::move(corpus));
  }

  void continue_sequence(const Sequence& sequence, Rng rng, Continuation& out) const override {
    if (out.done()) return;
    const auto index = index_ ? index_ : make_index(sequence.prompt);
    SearchText text(start_, sequence.prompt);
    Bytes last = last_;
    extend(last, sequence.prompt);
    while (!out.done()) {
      check_interrupt();
      const std::vector<Candidate> candidates = propose(*index, last, text.copy_limit());
      if (candidates.empty()) throw text.copy_limit()->nothing_left();
      const Candidate& chosen = candidates[choose(text.scorer(), candidates, rng.uniform())];
      const ByteView bytes = ByteView(chosen.bytes).first(chosen.taken);
      out.append(bytes);
      text.append(bytes);
      extend(last, bytes);
    }
  }

 private:
  // The bytes that are symbols.
  static Alphabet single_bytes(const Scorer& scorer) {
    const ByteSymbols symbols = byte_symbols(scorer);
    Alphabet bytes = full_alphabet();
    std::erase_if(bytes, [&](Byte byte) { return !symbols[byte]; });
    return bytes;
  }

  [[nodiscard]] std::shared_ptr<const CorpusIndex> make_index(Bytes text) const {
    return std::make_shared<const CorpusIndex>(std::move(text), options_.key, options_.span,
                                               alphabet_);
  }

  // Keeps the last bytes of the text that a key can reach.
  void extend(Bytes& last, ByteView bytes) const {
    last.insert(last.end(), bytes.begin(), bytes.end());
    if (last.size() > options_.key) {
      last.erase(last.begin(), last.end() - static_cast<std::ptrdiff_t>(options_.key));
    }
  }

  [[nodiscard]] std::vector<Candidate> propose(const CorpusIndex& index, ByteView last,
                                               const std::optional<CopyLimit>& limit) const {
    std::vector<Candidate> candidates;
    for (const ByteView span : index.continuations(last, options_.span, kEnoughSpans)) {
      if (limit && !limit->allows(span)) continue;
      candidates.push_back({Bytes(span.begin(), span.end()), options_.span});
    }
    const std::size_t spans = candidates.size();
    for (const Byte& byte : alphabet_) {
      if (limit && !limit->allows({&byte, 1})) continue;
      const auto begins = [&](const Candidate& span) { return span.bytes[0] == byte; };
      if (std::any_of(candidates.begin(), candidates.begin() + spans, begins)) continue;
      candidates.push_back({with_outlook(index, last, byte), 1});
    }
    return candidates;
  }

  // A byte that leaves the corpus, and what the corpus most often has then.
  [[nodiscard]] Bytes with_outlook(const CorpusIndex& index, ByteView last, Byte byte) const {
    Bytes bytes = {byte};
    if (options_.span == 1) return bytes;
    Bytes context(last.begin(), last.end());
    context.push_back(byte);
    const std::vector<ByteView> found = index.continuations(context, options_.span - 1, 1);
    if (!found.empty()) bytes.insert(bytes.end(), found[0].begin(), found[0].end());
    return bytes;
  }

  [[nodiscard]] std::size_t choose(const Scorer& scorer, const std::vector<Candidate>& candidates,
                                   double coin) const {
    std::vector<ByteView> views;
    views.reserve(candidates.size());
    for (const Candidate& candidate : candidates) views.emplace_back(candidate.bytes);
    std::vector<double> values(views.size());
    scorer.bits_after(views, values);
    const double least = *std::min_element(values.begin(), values.end());
    for (double& value : values) value = least - value;
    return sample(values, options_.sampler, coin);
  }

  SearchStart start_;
  SpanOptions options_;
  Alphabet alphabet_;
  std::shared_ptr<const CorpusIndex> index_;  // of the corpus, if there is one
  Bytes last_;                                // bytes of the corpus
};

}  // namespace

std::unique_ptr<Method> make_span_search(SearchStart start, Bytes corpus,
                                         const SpanOptions& options) {
  return std::make_unique<SpanSearch>(std::move(start), std::move(corpus), options);
}

}  // namespace zipdream
