// SPDX-License-Identifier: Apache-2.0
// A transformer, or a recurrent model, that reads tokens and predicts the next. Config, weights and
// running state are three things: the model is immutable and shared, the state is small change.
// Every probability has the same bits whether the tokens came one by one or many at once, on any
// machine and any number of threads (kernels.h says why).
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "models/lm/config.h"
#include "models/lm/kernels.h"
#include "models/lm/positions.h"
#include "models/lm/state_pages.h"
#include "models/lm/torch_engine.h"
#include "models/lm/weights.h"
#include "zipdream/predictor.h"

namespace zipdream {

// Where a model stands in a text. Copies share what they have in common.
struct LmState {
  explicit LmState(const LmConfig& config);

  // To the beginning of a text.
  void clear() {
    length = 0;
    pages.clear();
    on_device = {};
  }

  std::size_t length = 0;  // positions seen
  StatePages pages;        // what the layers keep of them
  Floats last;             // (padded hidden_size) the final norm's output at the last position
  // Of a model that libtorch computes: where it has the positions, in place of the pages. `last`
  // are the logits there then.
  TorchPlace on_device;
};

// Tokens from the beginning of a text or window on, for a model that reads many of them at once.
struct TextWindow {
  std::vector<Symbol> tokens;
  std::size_t from = 0;        // of what stands before them nothing is asked
  std::optional<Symbol> next;  // what follows the last of them, if that is asked
};

class WindowReader {
 public:
  using OnRead = std::function<void(const float* logits)>;

  virtual ~WindowReader() = default;

  // Calls on_read with the logits after the tokens from `from` on, window by window. REQUIRES: all
  // windows have as many tokens and the same `from`.
  virtual void read_windows(std::span<const TextWindow> windows, const OnRead& on_read) const = 0;

  // How many bits, -log2 P, the tokens after the `from`th take, and `next`, of each window, where
  // one of `among` must follow each time.
  [[nodiscard]] virtual std::vector<double> bits_of_windows(
      std::span<const TextWindow> windows, std::span<const Symbol> among) const = 0;

  // Reads windows from the beginning; the states are where they end. REQUIRES: all have as many
  // tokens.
  virtual void begin_windows(std::span<const TextWindow> windows,
                             std::span<LmState* const> states) const = 0;
};

// Threads: immutable; many may call, each with a state of its own.
class LanguageModel {
 public:
  // REQUIRES: check_config() passed; the weights are those that the config describes.
  LanguageModel(const LmConfig& config, LmWeights weights, const Kernels& kernels = best_kernels());
  LanguageModel(const LanguageModel&) = delete;
  LanguageModel& operator=(const LanguageModel&) = delete;
  virtual ~LanguageModel() = default;

  [[nodiscard]] const LmConfig& config() const { return config_; }
  [[nodiscard]] const LmWeights& weights() const { return weights_; }
  [[nodiscard]] const Positions& positions() const { return positions_; }

  // The number of weights; those of a tied embedding count once.
  [[nodiscard]] virtual std::uint64_t parameter_count() const;

  // For Predictor::describe(): "by 4 layers of hidden size 64, ...".
  [[nodiscard]] virtual std::string describe() const;

  // How it reads many texts at once; null: it gains nothing by that.
  [[nodiscard]] virtual const WindowReader* windows() const { return nullptr; }

  // Reads the tokens, O(length) each (recurrent: O(1)). Throws Interrupted when the user asks to
  // stop; the state is then to be thrown away. REQUIRES: each token < vocab_size; state.length +
  // tokens.size() <= context_length, if there is one.
  void read(std::span<const Symbol> tokens, LmState& state) const;

  // Reads the tokens, and after the first `count` of them calls `on_read` in turn with the logits
  // of what follows: (vocab_size), valid during the call. REQUIRES: count <= tokens.size().
  using OnRead = std::function<void(const float* logits)>;
  virtual void read(std::span<const Symbol> tokens, std::size_t count, LmState& state,
                    const OnRead& on_read) const;
  void read(std::span<const Symbol> tokens, LmState& state, const OnRead& on_read) const {
    read(tokens, tokens.size(), state, on_read);
  }

  // read() of one token after each state, with the logits of what follows there: on_read is called
  // for one state after the other. The weights are read once for up to kMaxPassRows.
  // Throws Interrupted as read(). REQUIRES: as of read(); the states are different ones.
  virtual void step(std::span<const Symbol> tokens, std::span<LmState* const> states,
                    const OnRead& on_read) const;

  // Tokens that might follow the first `length` positions of a state.
  struct Peek {
    std::span<const Symbol> tokens;  // 1 to kMaxPassRows
    const LmState* state;
    std::size_t length;
  };

  // Calls on_read with the logits of what would follow each of them, all of them together; the
  // states stay as they are, and as small. Throws Interrupted as read(). REQUIRES: as of read();
  // the model is not recurrent and has no windows().
  void peek(std::span<const Peek> peeks, const OnRead& on_read) const;

  // The logits of what follows where a state stands: (vocab_size, padded).
  [[nodiscard]] virtual Floats logits(const LmState& state) const;

  // out[i] = log2 P(tokens[i] is the next token, given that one of them is). Throws Error when the
  // numbers overflowed. REQUIRES: tokens is not empty; out.size() == tokens.size().
  void log2_probs_of(const float* logits, std::span<const Symbol> tokens,
                     std::span<double> out) const;

 private:
  // The last norm's output after each of the tokens: (rows, padded hidden_size).
  [[nodiscard]] Floats pass_through(std::span<const TokenRun> runs) const;
  // Calls on_read with the logits after each of the first `count` rows of a pass.
  void visit_logits(const Floats& results, std::size_t count, Floats& logits,
                    const OnRead& on_read) const;

  LmConfig config_;
  LmWeights weights_;
  Positions positions_;
  const Kernels& kernels_;
};

}  // namespace zipdream
