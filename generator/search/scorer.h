// SPDX-License-Identifier: Apache-2.0
// What a search ranks by: the bits that a model spends on a text. A codec's lengths are such bits
// as they are (the whole stream's, so that what one span saves at a distance counts); of any other
// predictor they are the sum of -log2 P over the symbols.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "codecs/common/alphabet.h"
#include "generator/copy_limit.h"
#include "generator/decorators.h"
#include "zipdream/bytes.h"
#include "zipdream/predictor.h"
#include "zipdream/registry.h"

namespace zipdream {

// In mid-text. Bits count from wherever all clones of one scorer began, so only their differences
// mean something.
// Threads: one thread at a time may call append() and update(); const members may be called from
// many.
class Scorer {
 public:
  virtual ~Scorer() = default;

  // As those of a Predictor.
  [[nodiscard]] virtual std::size_t alphabet_size() const = 0;
  [[nodiscard]] virtual ByteView symbol_bytes(Symbol symbol) const = 0;

  // Appends bytes that are known, whether or not the alphabet can tokenize them.
  virtual void append(ByteView bytes) = 0;

  // Appends one symbol that is chosen. REQUIRES: `bits` are what bits_with() gives for it.
  virtual void update(Symbol symbol, double bits) = 0;

  // out[s] = the bits of the text followed by s. Throws Interrupted when the user asks to stop.
  // REQUIRES: out.size() == alphabet_size().
  virtual void bits_with(std::span<double> out) const = 0;

  // out[i] = the bits of the text followed by all of candidates[i]. REQUIRES: every byte of a
  // candidate is a symbol; out.size() == candidates.size().
  virtual void bits_after(std::span<const ByteView> candidates, std::span<double> out) const = 0;

  // An independent copy in the same state.
  [[nodiscard]] virtual std::unique_ptr<Scorer> clone() const = 0;
};

// Of a codec by lengths its lengths, of any other model its probabilities, after the corpus in the
// options; their context window is ignored. Throws as make_predictor() does.
[[nodiscard]] std::unique_ptr<Scorer> make_scorer(const Spec& spec, PredictorOptions options);

// The two kinds. REQUIRES: they have seen nothing but the corpus.
[[nodiscard]] std::unique_ptr<Scorer> make_length_scorer(std::shared_ptr<const Codec> codec,
                                                         std::unique_ptr<Session> session,
                                                         Alphabet alphabet);
[[nodiscard]] std::unique_ptr<Scorer> make_predictor_scorer(std::unique_ptr<Predictor> predictor);

// ---- What a search has before it: a scorer after corpus and prompt, what may not be copied ----

// What all sequences begin with.
struct SearchStart {
  std::shared_ptr<const Scorer> scorer;  // has seen the corpus
  std::size_t context_window = 0;        // last bytes of prompt and output that it sees; 0: all
  std::optional<CopyLimit> copy_limit;   // has seen the corpus
};

// One sequence's. One thread.
class SearchText {
 public:
  SearchText(const SearchStart& start, ByteView prompt)
      : start_(start),
        scorer_(start.scorer->clone()),
        window_(start.context_window),
        limit_(start.copy_limit) {
    append(prompt);
  }

  void append(ByteView bytes) {
    if (limit_) limit_->append(bytes);
    if (!window_.append(bytes)) return scorer_->append(bytes);
    scorer_ = start_.scorer->clone();
    scorer_->append(window_.bytes());
  }

  [[nodiscard]] const Scorer& scorer() const { return *scorer_; }
  [[nodiscard]] const std::optional<CopyLimit>& copy_limit() const { return limit_; }

 private:
  const SearchStart& start_;
  std::unique_ptr<Scorer> scorer_;
  LastBytes window_;
  std::optional<CopyLimit> limit_;
};

}  // namespace zipdream
