// SPDX-License-Identifier: Apache-2.0
// A law is what a codec says about the next byte; byte_predictor.h makes a Predictor of it. There
// are two kinds: the length law, which only measures streams (length_law.h), and the tables laws,
// which read the probabilities out of the coder's own tables (laws/registry.h).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "base/bytes.h"
#include "generator/alphabet.h"

namespace zipdream {

class SymbolCoder;

// What it says depends on the bytes appended alone, not on how they were cut into calls.
// Threads: one thread at a time may call append(); const members may be called from many.
class ByteLaw {
 public:
  virtual ~ByteLaw() = default;

  // Appends `bytes` to the context x. The view need not outlive the call.
  virtual void append(ByteView bytes) = 0;

  // out[i] = log2 P(alphabet[i] | x, one of the alphabet follows): finite, at most 0, and 2^out
  // sums to 1. Throws Interrupted when the user asks to stop. REQUIRES: alphabet is not empty;
  // out.size() == alphabet.size().
  virtual void log2_probs(const Alphabet& alphabet, std::span<double> out) const = 0;

  // As Predictor::follow(), with the bytes' laws over an alphabet.
  using OnLaw = std::function<void(std::span<const double> log2_probs)>;
  virtual void foretell(ByteView bytes, const Alphabet& alphabet, const OnLaw& visit);

  // As Predictor::symbol_coder(), for the 256 bytes.
  [[nodiscard]] virtual SymbolCoder* symbol_coder() { return nullptr; }

  // As Predictor::parameter_count().
  [[nodiscard]] virtual std::uint64_t parameter_count() const { return 0; }

  // An independent copy in the same state.
  [[nodiscard]] virtual std::unique_ptr<ByteLaw> clone() const = 0;

  // As Predictor::describe().
  [[nodiscard]] virtual std::string describe() const { return {}; }
};

// What log2_probs() promises, from weights of all 256 bytes. REQUIRES: the weights are finite and
// above 1e-300; alphabet and out as above.
void normalise(std::span<const double, 256> weights, const Alphabet& alphabet,
               std::span<double> out);

}  // namespace zipdream
