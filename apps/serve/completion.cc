// SPDX-License-Identifier: Apache-2.0
#include "apps/serve/completion.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <numbers>

#include "generator/method.h"
#include "zipdream/error.h"
#include "zipdream/random.h"

namespace zipdream {
namespace {

// At the end of a prompt, of which the last may turn out to be others: twice as many as the model
// itself holds open.
constexpr std::size_t kOpenTokens = 8;
constexpr std::size_t kPiece = 256;  // symbols of a prompt that are read without a look around

double natural(double log2_p) { return log2_p * std::numbers::ln2; }

// The likeliest symbols; of equals the lower one first.
std::vector<std::pair<Symbol, double>> top_of(std::span<const double> log2_probs,
                                              std::size_t count) {
  count = std::min(count, log2_probs.size());
  std::vector<Symbol> order(log2_probs.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = static_cast<Symbol>(i);
  const auto likelier = [&](Symbol a, Symbol b) {
    return log2_probs[a] != log2_probs[b] ? log2_probs[a] > log2_probs[b] : a < b;
  };
  std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(count), order.end(),
                    likelier);
  std::vector<std::pair<Symbol, double>> top;
  for (std::size_t i = 0; i < count; ++i) {
    top.emplace_back(order[i], natural(log2_probs[order[i]]));
  }
  return top;
}

std::span<const Symbol> without_begin(std::span<const Symbol> symbols) {
  return symbols.subspan(!symbols.empty() && symbols[0] == kTextBegins ? 1 : 0);
}

// A prompt that was read once for all of its choices.
struct ReadPrompt {
  std::vector<Symbol> symbols;
  std::size_t tokens = 0;
  std::unique_ptr<Predictor> predictor;  // null: the prompt ends within a symbol
  std::unique_ptr<OpenEnd> open;         // then
  std::vector<SeenSymbol> seen;          // with probabilities where these are to be echoed
  Bytes text;
};

class Completer {
 public:
  Completer(const ServedModel& model, const CompletionRequest& request, const OnStep& on_step,
            const OnGrown& on_grown, const OnEnded& on_ended)
      : model_(model),
        request_(request),
        on_step_(on_step),
        on_grown_(on_grown),
        on_ended_(on_ended),
        seed_(request.seed ? *request.seed : random_seed()) {
    endings_.stops = request.stops;
    endings_.end_of_text = true;
  }

  std::vector<Choice> run() {
    std::vector<Choice> choices;
    for (const PromptInput& prompt : request_.prompts) {
      const ReadPrompt prompted = read(prompt);
      for (std::size_t i = 0; i < request_.n; ++i) {
        choices.push_back(continue_prompt(prompted, choices.size(), i));
        on_ended_(choices.back());
      }
    }
    return choices;
  }

 private:
  // Where probabilities of the prompt are asked for, all of it has to be gone through.
  ReadPrompt read(const PromptInput& input) {
    ReadPrompt prompt;
    if (const auto* special = std::get_if<SpecialText>(&input)) {
      on_step_();
      prompt.predictor = model_.start().clone();
      prompt.predictor->observe(as_bytes(special->text));
      prompt.tokens = tokens_of(special->text);
      return prompt;
    }
    prompt.symbols = symbols_of(model_, input);
    prompt.tokens = prompt.symbols.size();
    const std::span<const Symbol> symbols = without_begin(prompt.symbols);
    if (symbols.size() < prompt.symbols.size()) prompt.seen.push_back({.symbol = kTextBegins});
    if (request_.echo && request_.logprobs) {
      prompt.predictor = model_.start().clone();
      read_with_probabilities(symbols, prompt);
      model_.keep(symbols, *prompt.predictor);
    } else {
      if (request_.heal) prompt.open = open_end(symbols);
      if (!prompt.open) prompt.predictor = read_prompt(model_, symbols, on_step_);
      for (const Symbol symbol : symbols) see(prompt, {.symbol = symbol});
    }
    return prompt;
  }

  // Null where a prompt never ends within a symbol.
  [[nodiscard]] std::unique_ptr<OpenEnd> open_end(std::span<const Symbol> symbols) const {
    const std::size_t open = std::min(symbols.size(), kOpenTokens);
    Bytes bytes;
    for (const Symbol symbol : symbols.last(open)) {
      const ByteView some = model_.bytes(symbol);
      bytes.insert(bytes.end(), some.begin(), some.end());
    }
    return read_prompt(model_, symbols.first(symbols.size() - open), on_step_)->open_end(bytes);
  }

  [[nodiscard]] std::size_t tokens_of(std::string_view text) const {
    const ChatPieces pieces = chat_pieces(*model_.chat_format(), text);
    std::size_t count = pieces.marks;
    for (const std::string_view piece : pieces.texts) count += model_.tokenize(piece).size();
    return count;
  }

  void read_with_probabilities(std::span<const Symbol> symbols, ReadPrompt& prompt) {
    for (std::size_t at = 0; at < symbols.size(); at += kPiece) {
      on_step_();
      const auto piece = symbols.subspan(at, std::min(kPiece, symbols.size() - at));
      std::size_t i = 0;
      prompt.predictor->teacher_force(piece, [&](std::span<const double> log2_probs) {
        SeenSymbol seen{.symbol = piece[i]};
        if (!prompt.seen.empty()) tell_probabilities(log2_probs, seen);
        ++i;
        see(prompt, std::move(seen));
      });
    }
  }

  void see(ReadPrompt& prompt, SeenSymbol seen) const {
    const ByteView bytes = model_.bytes(seen.symbol);
    seen.begin = prompt.text.size();
    prompt.text.insert(prompt.text.end(), bytes.begin(), bytes.end());
    prompt.seen.push_back(std::move(seen));
  }

  void tell_probabilities(std::span<const double> log2_probs, SeenSymbol& seen) const {
    seen.log_prob = natural(log2_probs[seen.symbol]);
    seen.top = top_of(log2_probs, *request_.logprobs);
  }

  Choice continue_prompt(const ReadPrompt& prompt, std::size_t index, std::size_t stream) {
    Choice choice{.index = index, .text = {}, .symbols = {}};
    choice.prompt_tokens = prompt.tokens;
    if (request_.echo) {
      choice.text = prompt.text;
      choice.symbols = prompt.seen;
      on_grown_(choice, choice.text.size(), choice.symbols.size());
    }
    go_on(prompt, Rng(seed_, stream), choice);
    return choice;
  }

  // The predictor that stands after the prompt, and after the rest of the symbol that it ends
  // within.
  std::unique_ptr<Predictor> predictor_after(const ReadPrompt& prompt, Rng& rng,
                                             Continuation& out) const {
    if (!prompt.open) return prompt.predictor->clone();
    const Symbol way = sample(prompt.open->log2_probs(), request_.sampler, rng.uniform());
    out.append(prompt.open->bytes(way));
    return prompt.open->after(way);
  }

  void go_on(const ReadPrompt& prompt, Rng rng, Choice& choice) {
    const std::size_t begin = choice.text.size();
    Bytes bytes;
    std::size_t settled = 0;  // bytes that no stop can take back
    Continuation out(
        std::numeric_limits<std::size_t>::max() / 2, endings_,
        [&](ByteView fresh) { settled += fresh.size(); }, bytes);
    const std::unique_ptr<Predictor> owned = predictor_after(prompt, rng, out);
    Predictor& predictor = *owned;
    std::vector<Symbol> generated;
    std::vector<double> log2_probs(predictor.alphabet_size());
    while (generated.size() < request_.max_tokens && !out.done()) {
      on_step_();
      predictor.log2_probs(log2_probs);
      const Symbol symbol = sample(log2_probs, request_.sampler, rng.uniform());
      generated.push_back(symbol);
      if (predictor.ends_text(symbol)) {
        out.end_text();
        break;
      }
      SeenSymbol seen{.symbol = symbol, .begin = begin + bytes.size()};
      if (request_.logprobs) tell_probabilities(log2_probs, seen);
      choice.symbols.push_back(std::move(seen));
      out.append(predictor.symbol_bytes(symbol));
      if (!out.done() && generated.size() < request_.max_tokens) predictor.update(symbol);
      grow(begin, bytes, settled, choice);
    }
    out.finish();
    grow(begin, bytes, bytes.size(), choice);
    choice.stopped = out.done();
    choice.completion_tokens = generated.size();
  }

  // A stop may have cut bytes off, and with them symbols.
  void grow(std::size_t begin, const Bytes& bytes, std::size_t settled, Choice& choice) {
    choice.text.resize(begin);
    choice.text.insert(choice.text.end(), bytes.begin(), bytes.end());
    while (!choice.symbols.empty() && choice.symbols.back().begin >= begin &&
           choice.symbols.back().begin >= choice.text.size()) {
      choice.symbols.pop_back();
    }
    std::size_t symbols = choice.symbols.size();
    while (symbols > 0 && choice.symbols[symbols - 1].begin >= begin + settled) --symbols;
    on_grown_(choice, begin + settled, symbols);
  }

  const ServedModel& model_;
  const CompletionRequest& request_;
  const OnStep& on_step_;
  const OnGrown& on_grown_;
  const OnEnded& on_ended_;
  std::uint64_t seed_;
  Endings endings_;
};

}  // namespace

PromptInput chat_prompt(const ServedModel& model, std::span<const ChatMessage> messages) {
  if (const ChatFormat* format = model.chat_format()) {
    return SpecialText{chat_text(*format, messages)};
  }
  std::string text;
  for (const ChatMessage& message : messages) text += message.content + "\n";
  return text;
}

std::vector<Symbol> symbols_of(const ServedModel& model, const PromptInput& prompt) {
  if (std::holds_alternative<SpecialText>(prompt)) return {};
  if (const auto* text = std::get_if<std::string>(&prompt)) return model.tokenize(*text);
  std::vector<Symbol> symbols;
  for (const std::uint64_t id : std::get<std::vector<std::uint64_t>>(prompt)) {
    const auto symbol = model.symbol_of(id);
    // A model that begins texts with such a token is not to read it twice.
    const bool separates = symbol ? model.start().ends_text(*symbol) : id == model.end_of_text_id();
    if (separates && symbols.empty()) {
      symbols.push_back(kTextBegins);
      continue;
    }
    if (!symbol) {
      throw Error::of_option("prompt", fmt::format("{}", id),
                             fmt::format("is no token of {}", model.name()),
                             "/tokenize says which ids a text has");
    }
    symbols.push_back(*symbol);
  }
  return symbols;
}

std::unique_ptr<Predictor> read_prompt(const ServedModel& model, std::span<const Symbol> symbols,
                                       const OnStep& on_step) {
  symbols = without_begin(symbols);
  ServedModel::Nearest nearest = model.nearest(symbols);
  for (std::size_t at = nearest.known; at < symbols.size(); at += kPiece) {
    on_step();
    nearest.predictor->teacher_force(symbols.subspan(at, std::min(kPiece, symbols.size() - at)),
                                     {});
  }
  if (nearest.known < symbols.size()) model.keep(symbols, *nearest.predictor);
  return std::move(nearest.predictor);
}

namespace {

// Who scores a long text in pieces goes on from here.
void keep_after(const ServedModel& model, std::span<const Symbol> context,
                std::span<const Symbol> text, const Predictor& predictor) {
  context = without_begin(context);
  std::vector<Symbol> all(context.begin(), context.end());
  all.insert(all.end(), text.begin(), text.end());
  model.keep(all, predictor);
}

}  // namespace

std::vector<ScoredSymbol> score_text(const ServedModel& model, std::span<const Symbol> context,
                                     std::span<const Symbol> text, std::size_t top,
                                     const OnStep& on_step) {
  const std::unique_ptr<Predictor> predictor = read_prompt(model, context, on_step);
  text = without_begin(text);
  std::vector<ScoredSymbol> scored;
  for (std::size_t at = 0; at < text.size(); at += kPiece) {
    on_step();
    const auto piece = text.subspan(at, std::min(kPiece, text.size() - at));
    std::size_t i = 0;
    predictor->teacher_force(piece, [&](std::span<const double> log2_probs) {
      const double own = log2_probs[piece[i]];
      const auto likelier = std::ranges::count_if(log2_probs, [&](double p) { return p > own; });
      scored.push_back(
          {piece[i], -own, static_cast<std::size_t>(likelier) + 1, top_of(log2_probs, top)});
      ++i;
    });
  }
  keep_after(model, context, text, *predictor);
  return scored;
}

std::vector<Choice> complete(const ServedModel& model, const CompletionRequest& request,
                             const OnStep& on_step, const OnGrown& on_grown,
                             const OnEnded& on_ended) {
  return Completer(model, request, on_step, on_grown, on_ended).run();
}

}  // namespace zipdream
