// SPDX-License-Identifier: Apache-2.0
#include "generator/search/spans.h"

#include <algorithm>
#include <cassert>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "base/process.h"
#include "codecs/common/predictors.h"
#include "generator/search/corpus_index.h"

namespace zipdream {
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
    const double least = *std::ranges::min_element(values);
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
