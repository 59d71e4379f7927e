// SPDX-License-Identifier: Apache-2.0
// A text of any length through a model whose context is bounded: a window slides over it. When the
// window is full, the last `overlap` tokens of it begin the next one, after the begin of text if
// the model has one. So where the windows lie follows from the number of tokens alone, and each
// token is read at most context_length / (context_length - overlap) times. Where the context has no
// limit (recurrent models) there is no window: nothing of the text is kept but the state.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "models/lm/language_model.h"
#include "zipdream/predictor.h"

namespace zipdream {

// Copies are independent and cheap. Threads: as a standard container.
class TokenStream {
 public:
  // Stands at the beginning of a text. `overlap` is kept below the context; not given: half of it.
  TokenStream(std::shared_ptr<const LanguageModel> model, std::optional<Symbol> begin_of_text,
              std::optional<std::size_t> overlap);

  [[nodiscard]] const LanguageModel& model() const { return *model_; }

  // The token before each text and window; none: there is none.
  [[nodiscard]] std::optional<Symbol> begin_of_text() const { return begin_of_text_; }

  // Reads the tokens. Throws Interrupted when the user asks to stop; the stream is then to be
  // thrown away. REQUIRES: each token < vocab_size.
  void append(std::span<const Symbol> tokens);

  // Reads the tokens, and before each of them calls `before` with the logits there, null where
  // logits() is empty. Throws Interrupted as the other append().
  void append(std::span<const Symbol> tokens, const LanguageModel::OnRead& before);

  // out[i] = log2 P(tokens[i] follows, given that one of them does), where the logits are these;
  // null: all tokens are equally likely. Throws as LanguageModel::log2_probs_of().
  void log2_probs_by(const float* logits, std::span<const Symbol> tokens,
                     std::span<double> out) const;

  // Tokens that the window has room for; without one: always more.
  [[nodiscard]] std::size_t room() const { return capacity_ - window_.size(); }

  // Begins the next window if this one is full, as the next token would. Its logits() are none that
  // a text should be predicted by before a token is appended. Throws Interrupted as append().
  void make_room();

  // The stream as it was before it read the last `count` tokens, but for its logits(), which are to
  // be asked for only after another append(). REQUIRES: takes_back(); the window has them.
  void take_back(std::size_t count);
  // Whether tokens can be taken back: a recurrent state has no way back.
  [[nodiscard]] bool takes_back() const { return !model_->config().recurrent; }

  // The logits of what follows the last token; empty where there was none, not even a begin of
  // text.
  [[nodiscard]] Floats logits() const {
    return state_.length == 0 ? Floats() : model_->logits(state_);
  }

  // append() of one token to each stream, and then `after(i, logits)` with what logits() is there:
  // the model is asked once for all whose windows have room. Throws Interrupted as append().
  // REQUIRES: the streams are different ones of one model.
  using OnAppended = std::function<void(std::size_t i, const float* logits)>;
  static void append_each(std::span<const Symbol> tokens, std::span<TokenStream* const> streams,
                          const OnAppended& after);

  // Tokens that might follow what a stream read before its last `back` tokens.
  struct Peek {
    const TokenStream* stream;
    std::size_t back;                // 0 unless it takes_back()
    std::span<const Symbol> tokens;  // not empty
  };

  // after(i, logits) with what logits() would be had the stream gone on like that; it stays as it
  // is, and where its window has room for the tokens no copy of it is made. Throws Interrupted as
  // append(). REQUIRES: the streams are of one model and have the tokens to take back.
  static void peek_each(std::span<const Peek> peeks, const OnAppended& after);

  // How many bits each of the texts takes that go on here: the sums of -log2_probs_of() their
  // tokens among these, by a model that reads many texts at once. Throws as
  // LanguageModel::log2_probs_of(). REQUIRES: the model has windows(); the stream stands at its
  // beginning.
  [[nodiscard]] std::vector<double> bits_of_texts(std::span<const std::vector<Symbol>> texts,
                                                  std::span<const Symbol> among) const;

  // Whether it stands at the beginning of a text.
  [[nodiscard]] bool is_at_beginning() const { return state_.length == (begin_of_text_ ? 1 : 0); }

  // log2_probs_by() the logits here.
  void log2_probs_of(std::span<const Symbol> tokens, std::span<double> out) const;

 private:
  void begin_window(std::span<const Symbol> tokens);
  // Into the window, if there is one.
  void keep(std::span<const Symbol> tokens);
  // After the begin of text, if the model has one.
  [[nodiscard]] std::vector<Symbol> begun(std::span<const Symbol> tokens) const;
  // The last tokens of a full window, which begin its successor.
  [[nodiscard]] std::span<const Symbol> kept() const { return std::span(window_).last(overlap_); }
  [[nodiscard]] std::size_t read_windows(std::span<const Symbol> tokens,
                                         const LanguageModel::OnRead& before);
  void add_windows(std::span<const Symbol> text, std::vector<TextWindow>& windows) const;
  static void append_to_copies(std::span<const Peek> peeks, std::span<const std::size_t> places,
                               const OnAppended& after);
  static void slide_each(std::span<const Symbol> tokens, std::span<TokenStream* const> streams);

  std::shared_ptr<const LanguageModel> model_;
  std::optional<Symbol> begin_of_text_;
  // Tokens that a window holds, the begin of text aside; without one: more than there ever are.
  std::size_t capacity_;
  std::size_t overlap_;         // below capacity_
  std::vector<Symbol> window_;  // its tokens, the begin of text aside; without one: none
  LmState state_;               // after them
};

}  // namespace zipdream
