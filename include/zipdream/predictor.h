// SPDX-License-Identifier: Apache-2.0
// A Predictor gives the distribution of the next symbol after what it has seen. It is the other
// face of a Codec (codec.h): make_predictor() of registry.h makes one of any codec, and arithmetic
// coding makes a codec of any Predictor.
//
// Stable. A predictor of one's own derives from Predictor and defines alphabet_size(),
// symbol_bytes(), observe(), update(), log2_probs() and clone(); the rest has defaults.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "zipdream/bytes.h"
#include "zipdream/export.h"

namespace zipdream {

// A member of a predictor's alphabet: a byte, or a token of a language model.
using Symbol = std::uint32_t;

class ByteDecisions;
class SymbolCoder;
class Predictor;

// A symbol and how many bytes of the text it takes up: all that it stands for, unless the
// predictor's tokenizer puts something of its own before a text (tokenizers of SentencePiece do).
struct Token {
  Symbol symbol;
  std::size_t bytes;
};

// An earlier byte that gave some of the probability of the next one, by a match or a context that
// goes on with it. Experimental.
struct Source {
  std::uint64_t at = 0;        // of the earlier byte, counted from 0 from the first that was seen
  double probability = 0;      // so much of that of the next byte
  std::uint32_t agreeing = 0;  // so many bytes before it, at least, are the last ones seen
};

// Where the probability of a byte comes from: `elsewhere`, `others` and those of the list sum to
// it. Experimental.
struct Sources {
  double probability = 0;    // of the byte
  double elsewhere = 0;      // from no earlier byte: literals, or what all bytes have alike
  double others = 0;         // from earlier bytes that aren't listed
  std::vector<Source> list;  // the most probable first, of equals the latest; they hold the byte

  // From earlier bytes, listed or not.
  [[nodiscard]] double copied() const {
    double sum = others;
    for (const Source& source : list) sum += source.probability;
    return sum;
  }
};

// Ways to go on after some bytes: by the symbol that they end within, or after the one that they
// end with. Internal.
class ZIPDREAM_API OpenEnd {
 public:
  virtual ~OpenEnd() = default;

  // log2 of the probability of each way: finite, and 2^ of them sums to 1. Never empty.
  [[nodiscard]] virtual std::span<const double> log2_probs() const = 0;
  // What a way adds to the bytes: the rest of a symbol, or nothing.
  [[nodiscard]] virtual ByteView bytes(std::size_t way) const = 0;
  // The predictor after the bytes and what the way adds.
  [[nodiscard]] virtual std::unique_ptr<Predictor> after(std::size_t way) const = 0;
};

// The bytes of a text in another order than theirs, and who predicts them so. Internal.
struct InOrder {
  std::unique_ptr<Predictor> predictor;  // has seen nothing; its symbols are the bytes
  std::vector<std::uint32_t> order;      // order[i]: the place in the text of the byte that it sees
                                         // i-th; each place once
};

// Threads: one thread at a time may call what isn't const; const members may be called from many.
class ZIPDREAM_API Predictor {
 public:
  virtual ~Predictor() = default;

  // The number of symbols; they are 0 .. alphabet_size() - 1.
  [[nodiscard]] virtual std::size_t alphabet_size() const = 0;

  // The bytes that a symbol stands for; never empty. Valid while the predictor lives.
  [[nodiscard]] virtual ByteView symbol_bytes(Symbol symbol) const = 0;

  // Whether the model says by this symbol that the text is over. The symbol's bytes stand for what
  // separates two texts then.
  [[nodiscard]] virtual bool ends_text(Symbol /*symbol*/) const { return false; }

  // The number by which the model itself knows the symbol: a token's id in its vocabulary, which
  // may have tokens that are no symbols here; by default the byte, of several the symbol.
  [[nodiscard]] virtual std::uint32_t token_id(Symbol symbol) const {
    const ByteView bytes = symbol_bytes(symbol);
    return bytes.size() == 1 ? bytes[0] : symbol;
  }

  // Appends bytes to what was seen, whether or not they can be tokenized.
  virtual void observe(ByteView bytes) = 0;
  void observe(std::string_view text) { observe(as_bytes(text)); }

  // Appends one symbol to what was seen. REQUIRES: symbol < alphabet_size().
  virtual void update(Symbol symbol) = 0;

  // out[s] = log2 P(s | seen): finite, at most 0, and 2^out sums to 1. Throws Interrupted when the
  // user asks to stop. REQUIRES: out.size() == alphabet_size().
  virtual void log2_probs(std::span<double> out) const = 0;
  [[nodiscard]] std::vector<double> log2_probs() const;

  // out[i] = log2 P(among[i] | seen, and one of `among` follows): finite, at most 0, and 2^out sums
  // to 1. REQUIRES: `among` is not empty, ascending and without repeats; out.size() ==
  // among.size().
  virtual void log2_probs_among(std::span<const Symbol> among, std::span<double> out) const;

  // The symbols by which the predictor would go on with these bytes; what they take up is all of
  // them. Any other sequence of symbols that stands for the same bytes is another way to write
  // them, with a probability of its own. By default a symbol for each byte. Throws Error when a
  // byte has no symbol.
  [[nodiscard]] virtual std::vector<Token> tokenize(ByteView bytes) const;

  // Runs through known symbols: for each of them in turn `visit`, with log2_probs() before it, then
  // update(). A model may be faster at all together than one by one; the numbers are the same.
  // Throws Interrupted when the user asks to stop; the predictor is then to be thrown away.
  using OnLog2Probs = std::function<void(std::span<const double> log2_probs)>;
  void teacher_force(std::span<const Symbol> symbols, const OnLog2Probs& visit) {
    teacher_force_among(symbols, {}, visit);
  }

  // teacher_force() whose distributions are those of log2_probs_among(among); of log2_probs() if
  // `among` is empty. `visit` may be empty: then the symbols are only appended.
  virtual void teacher_force_among(std::span<const Symbol> symbols, std::span<const Symbol> among,
                                   const OnLog2Probs& visit);

  // teacher_force() for who wants one number of each distribution: for each symbol in turn `visit`
  // with log2_probs()[symbol] before it, bit for bit, then update(). Models that come to a byte by
  // a few decisions do the work of those alone. `visit` is not empty. Throws Interrupted as
  // teacher_force() does. Experimental.
  using OnLog2Prob = std::function<void(double log2_prob)>;
  virtual void score_symbols(std::span<const Symbol> symbols, const OnLog2Prob& visit);

  // This predictor's own way onto an arithmetic coder, where it has a faster one than by its whole
  // distribution; it changes the predictor as update() does. Null: none. Internal.
  [[nodiscard]] virtual SymbolCoder* symbol_coder() { return nullptr; }

  // The next byte as eight binary decisions, where it comes to its probabilities that way: for
  // those who mix it with others. Null: it doesn't. Internal.
  [[nodiscard]] virtual ByteDecisions* byte_decisions() { return nullptr; }

  // Of a mixture: how much each of its members counted when the last byte was predicted, in the
  // order in which its spec names them. Of an average they are the members' shares, which sum to 1;
  // of a logistic mixture the weights of their logits, of any size and sign. Empty: it is none, or
  // nothing was predicted yet. Valid until it sees more. Experimental.
  [[nodiscard]] virtual std::span<const double> member_weights() const { return {}; }

  // Which earlier bytes give the next byte how much of its probability; no more than `max_sources`
  // are listed. Nothing: the model can't tell, as those that keep no text. Experimental.
  [[nodiscard]] virtual std::optional<Sources> sources(Byte /*next*/,
                                                       std::size_t /*max_sources*/) const {
    return std::nullopt;
  }

  // The ways to go on after bytes that end within a symbol, as a prompt may that breaks off in the
  // middle of a word. Null where bytes never do, or all are to be seen as they are. Internal.
  [[nodiscard]] virtual std::unique_ptr<OpenEnd> open_end(ByteView /*bytes*/) const {
    return nullptr;
  }

  // Of a predictor that goes through texts in an order of its own: that of a text of `size` bytes,
  // which may depend on how many at its beginning will be given to be continued. It predicts
  // nothing itself then. Nothing: texts are seen from their beginning on, as nearly everywhere.
  // REQUIRES: it has seen nothing. Internal.
  [[nodiscard]] virtual std::optional<InOrder> in_order(std::size_t /*size*/,
                                                        std::size_t /*given*/) const {
    return std::nullopt;
  }

  // Whether update_each() costs less than one update after the other. Internal.
  [[nodiscard]] virtual bool updates_together() const { return false; }

  // update() of each predictor by its symbol, and then its log2_probs() into its part of `out`,
  // (predictors, alphabet_size); the same numbers. Throws Interrupted as log2_probs(); all are then
  // to be thrown away. REQUIRES: they are different copies of this predictor, however far they went
  // on. Internal.
  virtual void update_each(std::span<Predictor* const> predictors, std::span<const Symbol> symbols,
                           std::span<double> out) const;

  // How many predictors update_each() is best given at once: what they take of memory is bounded.
  // Internal.
  [[nodiscard]] virtual std::size_t most_together() const { return 64; }

  // How many bits each of these texts takes that go on here, -log2 P, where that costs less for all
  // of them than by teacher_force() for one after the other; nothing where it doesn't. Throws
  // Interrupted as log2_probs(). Internal.
  [[nodiscard]] virtual std::optional<std::vector<double>> bits_of_each(
      std::span<const std::vector<Symbol>> /*texts*/) const {
    return std::nullopt;
  }

  // How many numbers it learnt before it saw anything, which a decoder must have: 0 for those that
  // learn as they read.
  [[nodiscard]] virtual std::uint64_t parameter_count() const { return 0; }

  // An independent copy in the same state.
  [[nodiscard]] virtual std::unique_ptr<Predictor> clone() const = 0;

  // How it comes to its numbers, for people who asked: "from snapshots of the encoder". Empty where
  // its name says enough.
  [[nodiscard]] virtual std::string describe() const { return {}; }
};

}  // namespace zipdream
