// SPDX-License-Identifier: Apache-2.0
// The places between the tokens of a text, and what a language model says there, for those who
// follow several ways to cut a text into tokens.
#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "models/lm/sorted_vocabulary.h"
#include "models/lm/token_stream.h"
#include "zipdream/bytes.h"

namespace zipdream {

// Where a token ends, and what follows there.
// Threads: immutable.
class Boundary {
 public:
  // Stands before the last `back` tokens of the stream, which has read them. `sums`: see below.
  Boundary(std::shared_ptr<const TokenStream> stream, std::size_t back, std::vector<double> sums)
      : model_(&stream->model()), stream_(std::move(stream)), back_(back), sums_(std::move(sums)) {}
  // Stands after one more token, which is read when stream() is first asked for.
  Boundary(std::shared_ptr<const Boundary> before, Symbol token, std::vector<double> sums)
      : model_(&before->model()),
        before_(std::move(before)),
        token_(token),
        sums_(std::move(sums)),
        last_(token) {}

  // Of the token being one of the range.
  [[nodiscard]] double probability(TokenRange range) const {
    return sums_[range.end] - sums_[range.begin];
  }

  // With room for a token; its logits() are not to be asked for before it is appended.
  [[nodiscard]] TokenStream stream() const;

  // The same without reading anything: a stream without its last `back` tokens, then some more.
  struct Place {
    std::shared_ptr<const TokenStream> stream;
    std::size_t back = 0;
    std::vector<Symbol> tokens;
  };
  [[nodiscard]] Place place() const;

  [[nodiscard]] const LanguageModel& model() const { return *model_; }

  // The token that ended; none: any token may follow.
  [[nodiscard]] std::optional<Symbol> last() const { return last_; }
  // Whether no token may follow that begins with white space.
  [[nodiscard]] bool before_word() const { return before_word_; }
  void set_last(std::optional<Symbol> last, bool before_word) {
    last_ = last;
    before_word_ = before_word;
  }

 private:
  void make_room() const;

  const LanguageModel* model_;  // of the stream
  mutable std::mutex mutex_;    // of where it stands, which stream() moves nearer
  mutable std::shared_ptr<const Boundary> before_;  // null: stream_ is there
  Symbol token_ = 0;                                // behind that boundary
  mutable std::shared_ptr<const TokenStream> stream_;
  std::size_t back_ = 0;
  std::vector<double> sums_;  // sums_[i]: the probability of the first i tokens, sorted by bytes
  std::optional<Symbol> last_;
  bool before_word_ = false;
};

// Reads tokens after boundaries. Where it is told what comes next, it reads many at once: those
// that the text is cut into, and tokens that end before one of them does, if their share of what
// goes on with the bytes so far is `side_share` or more. What it returns is the same. Threads: as a
// standard container; copies are independent.
class BoundaryReader {
 public:
  static constexpr std::size_t kLookedAt = 256;  // bytes of what comes next, at most

  BoundaryReader(std::shared_ptr<const SortedVocabulary> vocabulary, double side_share)
      : vocabulary_(std::move(vocabulary)),
        pairs_(std::make_shared<const CanonicalPairs>(vocabulary_)),
        side_share_(side_share) {}

  // Where the stream stands.
  [[nodiscard]] std::shared_ptr<const Boundary> at(TokenStream stream,
                                                   std::optional<Symbol> last) const;

  // Whether the tokenizer would put the token there.
  [[nodiscard]] bool follows(const Boundary& before, Symbol token) const;
  // Whether there may be tokens after that one which begin with the bytes.
  [[nodiscard]] bool may_go_on(Symbol token, ByteView bytes) const {
    return pairs_->may_go_on(token, bytes);
  }

  // After that token, where it is unlikely that the text goes on. Throws Interrupted as
  // TokenStream::append().
  [[nodiscard]] std::shared_ptr<const Boundary> aside(const std::shared_ptr<const Boundary>& before,
                                                      Symbol token) const;

  // After that token. Where `text`, which begins with it, has more tokens, they are read as well
  // and kept for later calls. Throws as aside().
  [[nodiscard]] std::shared_ptr<const Boundary> after(const std::shared_ptr<const Boundary>& before,
                                                      Symbol token, ByteView text);

 private:
  using Shared = std::shared_ptr<const Boundary>;

  // A token that might have ended after a boundary, and the one behind it.
  struct Side {
    Shared before;
    Symbol token;
    Shared after;
  };
  // Boundaries that were read together: boundaries[i + 1] is that after tokens[i].
  struct Ahead {
    std::vector<Shared> boundaries;
    std::vector<Symbol> tokens;
    std::vector<Side> sides;
  };

  // What was read ahead; null: nothing was.
  [[nodiscard]] Shared known(const Shared& before, Symbol token) const;
  [[nodiscard]] std::vector<Symbol> tokens_of(ByteView text) const;
  void read_ahead(const Shared& before, std::vector<Symbol> tokens);
  void add_sides(const Shared& before, Symbol token);
  void read_sides();
  void read_sides(std::span<Side> sides) const;
  void set_last(const Boundary& before, Symbol token, Boundary& after) const;

  std::shared_ptr<const SortedVocabulary> vocabulary_;
  std::shared_ptr<const CanonicalPairs> pairs_;
  double side_share_;
  Ahead ahead_;
};

}  // namespace zipdream
