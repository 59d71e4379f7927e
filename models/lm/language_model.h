// SPDX-License-Identifier: Apache-2.0
// A transformer that reads tokens and predicts the next. Config, weights and running state are
// three things: the model is immutable and shared, the state is small change. Every probability has
// the same bits whether the tokens came one by one or many at once, on any machine and any number
// of threads (kernels.h says why).
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>

#include "models/lm/config.h"
#include "models/lm/forward_pass.h"
#include "models/lm/kernels.h"
#include "models/lm/positions.h"
#include "models/lm/weights.h"
#include "zipdream/predictor.h"

namespace zipdream {

// Where a model stands in a text. Copies share what they have in common.
struct LmState {
  explicit LmState(const LmConfig& config);

  std::size_t length = 0;  // positions seen
  KvCache cache;           // of them
  Floats last;             // (padded hidden_size) the final norm's output at the last position
};

// Threads: immutable; many may call, each with a state of its own.
class LanguageModel {
 public:
  // REQUIRES: check_config() passed; the weights are those that the config describes.
  LanguageModel(const LmConfig& config, LmWeights weights, const Kernels& kernels = best_kernels());
  LanguageModel(const LanguageModel&) = delete;
  LanguageModel& operator=(const LanguageModel&) = delete;
  ~LanguageModel() = default;

  [[nodiscard]] const LmConfig& config() const { return config_; }

  // The number of weights; those of a tied embedding count once.
  [[nodiscard]] std::uint64_t parameter_count() const;

  // For Predictor::describe(): "by 4 layers of hidden size 64, ...".
  [[nodiscard]] std::string describe() const;

  // Reads the tokens, O(length) each. Throws Interrupted when the user asks to stop; the state is
  // then to be thrown away. REQUIRES: each token < vocab_size; state.length + tokens.size() <=
  // context_length.
  void read(std::span<const Symbol> tokens, LmState& state) const;

  // Reads the tokens, and after the first `count` of them calls `on_read` in turn with the logits
  // of what follows: (vocab_size), valid during the call. REQUIRES: count <= tokens.size().
  using OnRead = std::function<void(const float* logits)>;
  void read(std::span<const Symbol> tokens, std::size_t count, LmState& state,
            const OnRead& on_read) const;
  void read(std::span<const Symbol> tokens, LmState& state, const OnRead& on_read) const {
    read(tokens, tokens.size(), state, on_read);
  }

  // read() of one token after each state, with the logits of what follows there: on_read is called
  // for one state after the other. The weights are read once for up to ForwardPass::kMaxRows.
  // Throws Interrupted as read(). REQUIRES: as of read(); the states are different ones.
  void step(std::span<const Symbol> tokens, std::span<LmState* const> states,
            const OnRead& on_read) const;

  // The logits of what follows where a state stands: (vocab_size, padded).
  [[nodiscard]] Floats logits(const LmState& state) const;

  // out[i] = log2 P(tokens[i] is the next token, given that one of them is). Throws Error when the
  // numbers overflowed. REQUIRES: tokens is not empty; out.size() == tokens.size().
  void log2_probs_of(const float* logits, std::span<const Symbol> tokens,
                     std::span<double> out) const;

 private:
  // Calls on_read with the logits after each of the first `count` rows of a pass.
  void visit_logits(const ForwardPass& pass, std::size_t count, Floats& logits,
                    const OnRead& on_read) const;

  LmConfig config_;
  LmWeights weights_;
  Positions positions_;
  const Kernels& kernels_;
};

}  // namespace zipdream
