// SPDX-License-Identifier: Apache-2.0
// A Predictor gives the distribution of the next symbol after what it has seen. It is the other
// face of a Codec: registry.h turns a codec into one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.h"

namespace zipdream {

using Symbol = std::uint32_t;

class SymbolCoder;

// A symbol and how many bytes of the text it takes up: all that it stands for, unless the
// predictor's spelling puts something of its own before a text (tokenizers of SentencePiece do).
struct SpelledSymbol {
  Symbol symbol;
  std::size_t bytes;
};

// Threads: one thread at a time may call observe() and update(); const members may be called from
// many.
class Predictor {
 public:
  virtual ~Predictor() = default;

  // Symbols are 0 .. alphabet_size() - 1.
  [[nodiscard]] virtual std::size_t alphabet_size() const = 0;

  // The bytes that a symbol stands for; never empty. Valid while the predictor lives.
  [[nodiscard]] virtual ByteView symbol_bytes(Symbol symbol) const = 0;

  // Whether the model says by this symbol that the text is over. Its bytes stand for what parts two
  // texts then.
  [[nodiscard]] virtual bool ends_text(Symbol /*symbol*/) const { return false; }

  // Appends bytes to what was seen, whether or not the alphabet can spell them.
  virtual void observe(ByteView bytes) = 0;

  // Appends one symbol. REQUIRES: symbol < alphabet_size().
  virtual void update(Symbol symbol) = 0;

  // out[s] = log2 P(s | seen): finite, at most 0, and 2^out sums to 1. Throws Interrupted when the
  // user asks to stop. REQUIRES: out.size() == alphabet_size().
  virtual void log2_probs(std::span<double> out) const = 0;

  // The symbols by which it would go on with these bytes; what they take up is all of them. Any
  // other sequence of symbols that stands for the same bytes is another way to say them, with a
  // probability of its own. By default a symbol for each byte. Throws Error when there are none.
  [[nodiscard]] virtual std::vector<SpelledSymbol> spell(ByteView bytes) const;

  // For each of the symbols in turn: `visit` with log2_probs(), then update(). All at once a model
  // may be faster at it; the numbers are the same. Throws Interrupted when the user asks to stop;
  // the predictor is then to be thrown away.
  using OnLaw = std::function<void(std::span<const double> log2_probs)>;
  virtual void follow(std::span<const Symbol> symbols, const OnLaw& visit);

  // This predictor's own way onto an arithmetic coder, where it has a faster one than its whole
  // distribution (coder/symbol_coder.h); it changes the predictor as update() does. Null: none.
  [[nodiscard]] virtual SymbolCoder* symbol_coder() { return nullptr; }

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
