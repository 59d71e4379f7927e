// SPDX-License-Identifier: Apache-2.0
#include "models/lm/token_stream.h"

#include <algorithm>
#include <cassert>
#include <limits>
#include <utility>

#include "base/portable_math.h"

namespace zipdream {

namespace {

std::size_t capacity_of(const LmConfig& config, bool has_begin) {
  if (config.recurrent) return std::numeric_limits<std::size_t>::max();
  return config.context_length - (has_begin ? 1 : 0);
}

}  // namespace

TokenStream::TokenStream(std::shared_ptr<const LanguageModel> model,
                         std::optional<Symbol> begin_of_text, std::optional<std::size_t> overlap)
    : model_(std::move(model)),
      begin_of_text_(begin_of_text),
      capacity_(capacity_of(model_->config(), begin_of_text.has_value())),
      overlap_(std::min(overlap.value_or(model_->config().context_length / 2), capacity_ - 1)),
      state_(model_->config()) {
  begin_window({});
}

void TokenStream::begin_window(std::span<const Symbol> tokens) {
  window_.assign(tokens.begin(), tokens.end());
  state_.clear();
  if (begin_of_text_) model_->read({&*begin_of_text_, 1}, state_);
  model_->read(window_, state_);
}

void TokenStream::keep(std::span<const Symbol> tokens) {
  if (model_->config().recurrent) return;
  window_.insert(window_.end(), tokens.begin(), tokens.end());
}

std::vector<Symbol> TokenStream::begun(std::span<const Symbol> tokens) const {
  std::vector<Symbol> all;
  if (begin_of_text_) all.push_back(*begin_of_text_);
  all.insert(all.end(), tokens.begin(), tokens.end());
  return all;
}

void TokenStream::make_room() {
  if (room() > 0) return;
  begin_window(std::vector<Symbol>(kept().begin(), kept().end()));
}

void TokenStream::take_back(std::size_t count) {
  assert(takes_back() && count <= window_.size());
  window_.resize(window_.size() - count);
  state_.length -= count;
  if (state_.on_device.texts) state_.on_device.length -= count;
}

// Of windows that the tokens fill only the last one is read.
void TokenStream::append(std::span<const Symbol> tokens) {
  const std::size_t free = room();
  if (tokens.size() <= free) {
    model_->read(tokens, state_);
    keep(tokens);
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
  std::size_t visited = 0;
  while (!tokens.empty()) {
    if (visited == 0) visit(logits());
    visited = 0;
    if (window_.size() == capacity_ && model_->windows() != nullptr) {
      visited = read_windows(tokens, before);
      tokens = tokens.subspan(visited);
      if (visited > 0) continue;
    }
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
    keep(tokens.first(count));
    tokens = tokens.subspan(count);
  }
}

// Reads the windows that the tokens fill, but for what follows the last of them: all at once. Calls
// `before` for all tokens after the first up to the one that follows them, and returns how many
// tokens the windows took. The window is the last one then, its state is not. REQUIRES: the window
// is full.
std::size_t TokenStream::read_windows(std::span<const Symbol> tokens,
                                      const LanguageModel::OnRead& before) {
  const std::size_t step = capacity_ - overlap_;
  const std::size_t count = (tokens.size() - 1) / step;
  if (count == 0) return 0;
  std::vector<TextWindow> windows;
  for (std::size_t i = 0; i < count; ++i) {
    const auto added = tokens.subspan(i * step, step);
    std::vector<Symbol> next(kept().begin(), kept().end());
    next.insert(next.end(), added.begin(), added.end());
    window_ = std::move(next);
    windows.push_back({begun(window_), overlap_ + (begin_of_text_ ? 1 : 0), std::nullopt});
  }
  model_->windows()->read_windows(windows, before);
  return count * step;
}

// The windows through which a text at its beginning goes, each with what is predicted from it.
void TokenStream::add_windows(std::span<const Symbol> text,
                              std::vector<TextWindow>& windows) const {
  const std::size_t last = text.size() - 1;
  const std::size_t first_end = std::min(capacity_, last);
  const std::size_t prefix = begin_of_text_ ? 1 : 0;
  windows.push_back({begun(text.first(first_end)), 0, text[first_end]});
  for (std::size_t at = first_end; at < last; at += capacity_ - overlap_) {
    const std::size_t end = std::min(at + capacity_ - overlap_, last);
    windows.push_back(
        {begun(text.subspan(at - overlap_, end - at + overlap_)), overlap_ + prefix, text[end]});
  }
}

std::vector<double> TokenStream::bits_of_texts(std::span<const std::vector<Symbol>> texts,
                                               std::span<const Symbol> among) const {
  std::vector<TextWindow> windows;
  std::vector<std::size_t> text_of;  // each window
  std::vector<double> bits(texts.size());
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (texts[i].empty()) continue;
    // Without anything before it the first token may be any.
    if (!begin_of_text_) bits[i] = portable_log2(static_cast<double>(among.size()));
    add_windows(texts[i], windows);
    if (windows.back().tokens.empty()) windows.pop_back();
    text_of.resize(windows.size(), i);
  }
  const std::vector<double> of_windows = model_->windows()->bits_of_windows(windows, among);
  for (std::size_t w = 0; w < windows.size(); ++w) bits[text_of[w]] += of_windows[w];
  return bits;
}

// append() of one token to each stream whose window is full.
void TokenStream::slide_each(std::span<const Symbol> tokens,
                             std::span<TokenStream* const> streams) {
  std::vector<TextWindow> windows;
  std::vector<LmState*> states;
  for (std::size_t i = 0; i < streams.size(); ++i) {
    TokenStream& stream = *streams[i];
    std::vector<Symbol> next(stream.kept().begin(), stream.kept().end());
    next.push_back(tokens[i]);
    stream.window_ = std::move(next);
    stream.state_.clear();
    windows.push_back({stream.begun(stream.window_), 0, std::nullopt});
    states.push_back(&stream.state_);
  }
  streams[0]->model_->windows()->begin_windows(windows, states);
}

void TokenStream::append_each(std::span<const Symbol> tokens, std::span<TokenStream* const> streams,
                              const OnAppended& after) {
  std::vector<std::size_t> full;
  std::vector<Symbol> tokens_of_full;
  std::vector<TokenStream*> full_streams;
  std::vector<std::size_t> together;
  std::vector<Symbol> their_tokens;
  std::vector<LmState*> states;
  for (std::size_t i = 0; i < streams.size(); ++i) {
    TokenStream& stream = *streams[i];
    if (stream.window_.size() == stream.capacity_ && stream.model_->windows() != nullptr) {
      full.push_back(i);
      tokens_of_full.push_back(tokens[i]);
      full_streams.push_back(&stream);
      continue;
    }
    if (stream.window_.size() == stream.capacity_) {
      stream.append(tokens.subspan(i, 1));
      after(i, stream.logits().data());
      continue;
    }
    stream.keep(tokens.subspan(i, 1));
    together.push_back(i);
    their_tokens.push_back(tokens[i]);
    states.push_back(&stream.state_);
  }
  if (!full.empty()) slide_each(tokens_of_full, full_streams);
  for (const std::size_t i : full) after(i, streams[i]->logits().data());
  if (together.empty()) return;
  std::size_t next = 0;
  streams[together[0]]->model_->step(their_tokens, states,
                                     [&](const float* logits) { after(together[next++], logits); });
}

void TokenStream::peek_each(std::span<const Peek> peeks, const OnAppended& after) {
  std::vector<LanguageModel::Peek> in_room;
  std::vector<std::size_t> places;  // in `peeks`, of those
  std::vector<std::size_t> others;
  for (std::size_t i = 0; i < peeks.size(); ++i) {
    const auto& [stream, back, tokens] = peeks[i];
    const bool has_room = stream->takes_back() && stream->model_->windows() == nullptr &&
                          tokens.size() <= std::min(stream->room() + back, kMaxPassRows);
    if (has_room) {
      in_room.push_back({tokens, &stream->state_, stream->state_.length - back});
      places.push_back(i);
    } else {
      others.push_back(i);
    }
  }
  if (!in_room.empty()) {
    const LanguageModel& model = *peeks[places.front()].stream->model_;
    model.peek(in_room, [&, next = std::size_t{0}](const float* logits) mutable {
      after(places[next++], logits);
    });
  }
  constexpr std::size_t kCopiesAtOnce = 8;  // each may take megabytes
  for (std::size_t begin = 0; begin < others.size(); begin += kCopiesAtOnce) {
    const std::size_t count = std::min(kCopiesAtOnce, others.size() - begin);
    append_to_copies(peeks, std::span(others).subspan(begin, count), after);
  }
}

// peek_each() of the peeks at these places.
void TokenStream::append_to_copies(std::span<const Peek> peeks, std::span<const std::size_t> places,
                                   const OnAppended& after) {
  std::vector<TokenStream> copies;
  std::vector<Symbol> last;
  for (const std::size_t place : places) {
    const auto& [stream, back, tokens] = peeks[place];
    TokenStream& copy = copies.emplace_back(*stream);
    if (back > 0) copy.take_back(back);
    copy.append(tokens.first(tokens.size() - 1));
    last.push_back(tokens.back());
  }
  std::vector<TokenStream*> streams;
  streams.reserve(copies.size());
  for (TokenStream& copy : copies) streams.push_back(&copy);
  append_each(last, streams, [&](std::size_t i, const float* logits) { after(places[i], logits); });
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
