// SPDX-License-Identifier: Apache-2.0
#include "models/lm/token_stream.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "base/portable_math.h"

namespace zipdream {

TokenStream::TokenStream(std::shared_ptr<const LanguageModel> model,
                         std::optional<Symbol> begin_of_text, std::optional<std::size_t> overlap)
    : model_(std::move(model)),
      begin_of_text_(begin_of_text),
      capacity_(model_->config().context_length - (begin_of_text ? 1 : 0)),
      overlap_(std::min(overlap.value_or(model_->config().context_length / 2), capacity_ - 1)),
      state_(model_->config()) {
  begin_window({});
}

void TokenStream::begin_window(std::span<const Symbol> tokens) {
  window_.assign(tokens.begin(), tokens.end());
  state_.length = 0;
  state_.cache.clear();
  if (begin_of_text_) model_->read({&*begin_of_text_, 1}, state_);
  model_->read(window_, state_);
}

void TokenStream::make_room() {
  if (room() > 0) return;
  const std::vector<Symbol> kept(window_.end() - static_cast<std::ptrdiff_t>(overlap_),
                                 window_.end());
  begin_window(kept);
}

void TokenStream::take_back(std::size_t count) {
  assert(count <= window_.size());
  window_.resize(window_.size() - count);
  state_.length -= count;
}

// Of windows that the tokens fill only the last one is read.
void TokenStream::append(std::span<const Symbol> tokens) {
  const std::size_t free = room();
  if (tokens.size() <= free) {
    model_->read(tokens, state_);
    window_.insert(window_.end(), tokens.begin(), tokens.end());
    return;
  }
  const std::size_t step = capacity_ - overlap_;
  const std::size_t in_last = overlap_ + (tokens.size() - free - 1) % step + 1;
  std::vector<Symbol> last = std::move(window_);
  if (tokens.size() >= in_last) last.clear();
  const std::size_t from_before = in_last - std::min(in_last, tokens.size());
  last.erase(last.begin(), last.end() - static_cast<std::ptrdiff_t>(from_before));
  const auto from_tokens = tokens.last(in_last - from_before);
  last.insert(last.end(), from_tokens.begin(), from_tokens.end());
  begin_window(last);
}

void TokenStream::append(std::span<const Symbol> tokens, const LanguageModel::OnRead& before) {
  if (tokens.empty()) return;
  const auto visit = [&](const Floats& logits) {
    before(logits.empty() ? nullptr : logits.data());
  };
  while (!tokens.empty()) {
    visit(logits());
    std::size_t count = std::min(tokens.size(), room());
    if (count == 0) {
      // The window slides when its successor's first token is read, but that one is still predicted
      // from the full window.
      make_room();
      model_->read(tokens.first(1), state_);
      count = 1;
    } else {
      model_->read(tokens.first(count), count - 1, state_, before);
    }
    window_.insert(window_.end(), tokens.begin(),
                   tokens.begin() + static_cast<std::ptrdiff_t>(count));
    tokens = tokens.subspan(count);
  }
}

void TokenStream::append_each(std::span<const Symbol> tokens, std::span<TokenStream* const> streams,
                              const OnAppended& after) {
  std::vector<std::size_t> together;
  std::vector<Symbol> their_tokens;
  std::vector<LmState*> states;
  for (std::size_t i = 0; i < streams.size(); ++i) {
    TokenStream& stream = *streams[i];
    if (stream.window_.size() == stream.capacity_) {
      stream.append(tokens.subspan(i, 1));
      after(i, stream.logits().data());
      continue;
    }
    stream.window_.push_back(tokens[i]);
    together.push_back(i);
    their_tokens.push_back(tokens[i]);
    states.push_back(&stream.state_);
  }
  if (together.empty()) return;
  std::size_t next = 0;
  streams[together[0]]->model_->step(their_tokens, states,
                                     [&](const float* logits) { after(together[next++], logits); });
}

void TokenStream::log2_probs_by(const float* logits, std::span<const Symbol> tokens,
                                std::span<double> out) const {
  if (logits == nullptr) {
    std::ranges::fill(out, -portable_log2(static_cast<double>(out.size())));
  } else {
    model_->log2_probs_of(logits, tokens, out);
  }
}

void TokenStream::log2_probs_of(std::span<const Symbol> tokens, std::span<double> out) const {
  const Floats here = logits();
  log2_probs_by(here.empty() ? nullptr : here.data(), tokens, out);
}

}  // namespace zipdream
