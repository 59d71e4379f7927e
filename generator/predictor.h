// SPDX-License-Identifier: Apache-2.0
// A Predictor gives the distribution of the next symbol after what it has seen. It is the other
// face of a Codec: registry.h turns a codec into one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "base/bytes.h"

namespace zipdream {

using Symbol = std::uint32_t;

class SymbolCoder;

// Threads: one thread at a time may call observe() and update(); const members may be called from
// many.
class Predictor {
 public:
  virtual ~Predictor() = default;

  // Symbols are 0 .. alphabet_size() - 1.
  [[nodiscard]] virtual std::size_t alphabet_size() const = 0;

  // The bytes that a symbol stands for; never empty. Valid while the predictor lives.
  [[nodiscard]] virtual ByteView symbol_bytes(Symbol symbol) const = 0;

  // Appends bytes to what was seen, whether or not the alphabet can spell them.
  virtual void observe(ByteView bytes) = 0;

  // Appends one symbol. REQUIRES: symbol < alphabet_size().
  virtual void update(Symbol symbol) = 0;

  // out[s] = log2 P(s | seen): finite, at most 0, and 2^out sums to 1. Throws Interrupted when the
  // user asks to stop. REQUIRES: out.size() == alphabet_size().
  virtual void log2_probs(std::span<double> out) const = 0;

  // This predictor's own way onto an arithmetic coder, where it has a faster one than its whole
  // distribution (coder/symbol_coder.h); it changes the predictor as update() does. Null: none.
  [[nodiscard]] virtual SymbolCoder* symbol_coder() { return nullptr; }

  // An independent copy in the same state.
  [[nodiscard]] virtual std::unique_ptr<Predictor> clone() const = 0;

  // How it comes to its numbers, for people who asked: "from snapshots of the encoder". Empty where
  // its name says enough.
  [[nodiscard]] virtual std::string describe() const { return {}; }
};

}  // namespace zipdream
