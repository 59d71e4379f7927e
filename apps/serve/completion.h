// SPDX-License-Identifier: Apache-2.0
// Continues prompts for clients, symbol by symbol, with what else might have come.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "apps/serve/requests.h"
#include "apps/serve/served_model.h"
#include "zipdream/bytes.h"

namespace zipdream {

// A symbol of a prompt or a continuation, with natural logarithms of probabilities.
struct SeenSymbol {
  Symbol symbol = 0;
  std::size_t begin = 0;                       // of its bytes in the text
  std::optional<double> log_prob;              // none: it was the first of all, or not asked for
  std::vector<std::pair<Symbol, double>> top;  // the likeliest there, the likeliest first
};

// One continuation of one prompt.
struct Choice {
  std::size_t index = 0;
  Bytes text;                       // the prompt too where that is to be echoed
  std::vector<SeenSymbol> symbols;  // of the text
  bool stopped = false;             // by a stop, or the end of the text; else by max_tokens
  std::size_t prompt_tokens = 0;
  std::size_t completion_tokens = 0;
};

// Called between symbols; throws what ends the work (a client that went away).
using OnStep = std::function<void()>;
// Called while a choice grows: its text is final up to `end`, its symbols up to `symbols`.
using OnGrown = std::function<void(const Choice& choice, std::size_t end, std::size_t symbols)>;

// Called when a choice has ended.
using OnEnded = std::function<void(const Choice& choice)>;

// All choices of a request, those of the first prompt first. Throws Error for a prompt that the
// model has no symbols for, and what on_step() throws. REQUIRES: the request was checked.
[[nodiscard]] std::vector<Choice> complete(const ServedModel& model,
                                           const CompletionRequest& request, const OnStep& on_step,
                                           const OnGrown& on_grown, const OnEnded& on_ended);

// The prompt of a chat: in the model's own form, or else the messages as plain text, a line feed
// after each.
[[nodiscard]] PromptInput chat_prompt(const ServedModel& model,
                                      std::span<const ChatMessage> messages);

// The symbols of a prompt, perhaps with kTextBegins before them; of one with control tokens, which
// are no symbols, none. Throws Error for a byte or an id that is none.
[[nodiscard]] std::vector<Symbol> symbols_of(const ServedModel& model, const PromptInput& prompt);

// Surprisals of a text after a context, in bits for each symbol.
struct ScoredSymbol {
  Symbol symbol = 0;
  double bits = 0;
  std::size_t rank = 1;                        // 1: none was likelier
  std::vector<std::pair<Symbol, double>> top;  // the likeliest, with natural logarithms
};
// With the `top` likeliest at each place.
[[nodiscard]] std::vector<ScoredSymbol> score_text(const ServedModel& model,
                                                   std::span<const Symbol> context,
                                                   std::span<const Symbol> text, std::size_t top,
                                                   const OnStep& on_step);

// The predictor after these symbols, read in pieces with on_step() between them; kept for prompts
// that go on from there.
[[nodiscard]] std::unique_ptr<Predictor> read_prompt(const ServedModel& model,
                                                     std::span<const Symbol> symbols,
                                                     const OnStep& on_step);

}  // namespace zipdream
