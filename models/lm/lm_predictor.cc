// SPDX-License-Identifier: Apache-2.0
#include "models/lm/lm_predictor.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "codecs/common/predictors.h"

namespace zipdream {
namespace {

// Sequences that go on together. A GPU has use for more of them, and its memory for their keys.
constexpr std::size_t kMostTogether = 64;
constexpr std::size_t kMostByTorch = 256;

std::size_t most_together_of(const TokenStream& stream) {
  return stream.model().windows() != nullptr ? kMostByTorch : kMostTogether;
}

class ByteLm final : public BytePredictor {
 public:
  explicit ByteLm(TokenStream stream) : stream_(std::move(stream)) {}

  void observe(ByteView bytes) override {
    stream_.append(std::vector<Symbol>(bytes.begin(), bytes.end()));
  }

  void log2_probs_among(std::span<const Symbol> among, std::span<double> out) const override {
    stream_.log2_probs_of(among, out);
  }

  void teacher_force_among(std::span<const Symbol> symbols, std::span<const Symbol> among,
                           const OnLog2Probs& visit) override {
    if (!visit) return stream_.append(symbols);
    const std::span<const Symbol> asked = among.empty() ? all_bytes() : among;
    std::vector<double> before(asked.size());
    stream_.append(symbols, [&](const float* logits) {
      stream_.log2_probs_by(logits, asked, before);
      visit(before);
    });
  }

  [[nodiscard]] std::uint64_t parameter_count() const override {
    return stream_.model().parameter_count();
  }

  [[nodiscard]] bool updates_together() const override { return true; }

  void update_each(std::span<Predictor* const> predictors, std::span<const Symbol> symbols,
                   std::span<double> out) const override {
    std::vector<TokenStream*> streams;
    for (Predictor* predictor : predictors) {
      streams.push_back(&static_cast<ByteLm&>(*predictor).stream_);
    }
    TokenStream::append_each(symbols, streams, [&](std::size_t i, const float* logits) {
      stream_.log2_probs_by(logits, all_bytes(), out.subspan(i * alphabet_size(), alphabet_size()));
    });
  }

  [[nodiscard]] std::size_t most_together() const override { return most_together_of(stream_); }

  [[nodiscard]] std::optional<std::vector<double>> bits_of_each(
      std::span<const std::vector<Symbol>> texts) const override {
    if (stream_.model().windows() == nullptr || !stream_.is_at_beginning()) return std::nullopt;
    return stream_.bits_of_texts(texts, all_bytes());
  }

  [[nodiscard]] std::unique_ptr<Predictor> clone() const override {
    return std::make_unique<ByteLm>(*this);
  }

  [[nodiscard]] std::string describe() const override { return stream_.model().describe(); }

 private:
  TokenStream stream_;
};

constexpr Symbol kNone = ~Symbol{0};
constexpr Byte kTextSeparator = '\n';

// The tokens that are symbols of the predictor; all clones share it.
class TokenAlphabet {
 public:
  explicit TokenAlphabet(std::shared_ptr<const Tokenizer> tokenizer)
      : tokenizer_(std::move(tokenizer)), symbols_(tokenizer_->size(), kNone) {
    for (Symbol token = 0; token < tokenizer_->size(); ++token) {
      if (bytes_of(token).empty()) continue;
      symbols_[token] = static_cast<Symbol>(tokens_.size());
      tokens_.push_back(token);
    }
  }

  [[nodiscard]] const Tokenizer& tokenizer() const { return *tokenizer_; }
  [[nodiscard]] const std::shared_ptr<const Tokenizer>& shared_tokenizer() const {
    return tokenizer_;
  }
  // Made when it is first asked for.
  [[nodiscard]] const std::shared_ptr<const SortedVocabulary>& sorted() const {
    std::call_once(sorted_once_,
                   [&] { sorted_ = std::make_shared<const SortedVocabulary>(tokenizer_); });
    return sorted_;
  }
  [[nodiscard]] std::span<const Symbol> tokens() const { return tokens_; }  // of each symbol
  [[nodiscard]] bool separates_texts(Symbol token) const {
    return token == tokenizer_->begin_of_text() || token == tokenizer_->end_of_text();
  }
  [[nodiscard]] ByteView bytes_of(Symbol token) const {
    return separates_texts(token) ? ByteView(&kTextSeparator, 1) : tokenizer_->bytes_of(token);
  }

  // REQUIRES: the token is one that a text can be tokenized to.
  [[nodiscard]] Symbol symbol_of(Symbol token) const {
    assert(symbols_[token] != kNone);
    return symbols_[token];
  }

 private:
  std::shared_ptr<const Tokenizer> tokenizer_;
  std::vector<Symbol> tokens_;
  std::vector<Symbol> symbols_;  // of each token, or kNone
  mutable std::once_flag sorted_once_;
  mutable std::shared_ptr<const SortedVocabulary> sorted_;
};

// What was observed since the last symbol is one segment of text, pending: whenever it grows it is
// tokenized anew from where it begins, so that it makes no difference how it was cut. update() ends
// the segment: the symbols that it brings stay as they are, and what is observed after them is
// tokenized apart.
class TokenLm final : public Predictor {
 public:
  TokenLm(TokenStream stream, std::shared_ptr<const TokenAlphabet> alphabet, bool special)
      : alphabet_(std::move(alphabet)), stream_(std::move(stream)), special_(special) {}

  [[nodiscard]] std::size_t alphabet_size() const override { return alphabet_->tokens().size(); }

  [[nodiscard]] ByteView symbol_bytes(Symbol symbol) const override {
    assert(symbol < alphabet_size());
    return alphabet_->bytes_of(alphabet_->tokens()[symbol]);
  }

  [[nodiscard]] bool ends_text(Symbol symbol) const override {
    assert(symbol < alphabet_size());
    return alphabet_->separates_texts(alphabet_->tokens()[symbol]);
  }

  [[nodiscard]] std::uint32_t token_id(Symbol symbol) const override {
    assert(symbol < alphabet_size());
    return alphabet_->tokens()[symbol];
  }

  void observe(ByteView bytes) override {
    if (bytes.empty()) return;
    if (pending_.empty()) before_pending_ = std::make_shared<const TokenStream>(stream_);
    pending_.insert(pending_.end(), bytes.begin(), bytes.end());
    stream_ = *before_pending_;
    stream_.append(special_ ? encode_special(pending_) : encode(pending_));
  }

  void update(Symbol symbol) override { teacher_force_among({&symbol, 1}, {}, {}); }

  void log2_probs(std::span<double> out) const override {
    stream_.log2_probs_of(alphabet_->tokens(), out);
  }

  void log2_probs_among(std::span<const Symbol> among, std::span<double> out) const override {
    stream_.log2_probs_of(tokens_of(among), out);
  }

  [[nodiscard]] std::vector<Token> tokenize(ByteView bytes) const override {
    std::size_t before = 0;  // bytes of the tokens that are not the text's
    if (at_beginning_ && pending_.empty()) before = alphabet_->tokenizer().text_prefix().size();
    std::vector<Token> tokens;
    for (const Symbol token : encode_on(bytes)) {
      const std::size_t size = alphabet_->tokenizer().bytes_of(token).size();
      const std::size_t prefix = std::min(before, size);
      before -= prefix;
      tokens.push_back({alphabet_->symbol_of(token), size - prefix});
    }
    return tokens;
  }

  void teacher_force_among(std::span<const Symbol> symbols, std::span<const Symbol> among,
                           const OnLog2Probs& visit) override {
    if (symbols.empty()) return;
    std::vector<Symbol> tokens;
    for (const Symbol symbol : symbols) append_tokens(symbol, tokens);
    end_segment();
    if (!visit) return stream_.append(tokens);
    const std::vector<Symbol> some = tokens_of(among);
    const std::span<const Symbol> asked = among.empty() ? alphabet_->tokens() : some;
    std::vector<double> before(asked.size());
    std::size_t at = 0;
    stream_.append(tokens, [&](const float* logits) {
      if (!begins_text(tokens, at++)) {
        stream_.log2_probs_by(logits, asked, before);
        visit(before);
      }
    });
  }

  [[nodiscard]] std::uint64_t parameter_count() const override {
    return stream_.model().parameter_count();
  }

  [[nodiscard]] bool updates_together() const override { return true; }

  // A symbol after which another text begins is two tokens, which are read apart.
  void update_each(std::span<Predictor* const> predictors, std::span<const Symbol> symbols,
                   std::span<double> out) const override {
    const auto part = [&](std::size_t i) {
      return out.subspan(i * alphabet_size(), alphabet_size());
    };
    std::vector<std::size_t> together;
    std::vector<Symbol> tokens;
    std::vector<TokenStream*> streams;
    for (std::size_t i = 0; i < predictors.size(); ++i) {
      auto& model = static_cast<TokenLm&>(*predictors[i]);
      std::vector<Symbol> own;
      append_tokens(symbols[i], own);
      if (own.size() > 1) {
        model.update(symbols[i]);
        model.log2_probs(part(i));
        continue;
      }
      model.end_segment();
      together.push_back(i);
      tokens.push_back(own[0]);
      streams.push_back(&model.stream_);
    }
    TokenStream::append_each(tokens, streams, [&](std::size_t i, const float* logits) {
      stream_.log2_probs_by(logits, alphabet_->tokens(), part(together[i]));
    });
  }

  [[nodiscard]] std::size_t most_together() const override { return most_together_of(stream_); }

  [[nodiscard]] std::optional<std::vector<double>> bits_of_each(
      std::span<const std::vector<Symbol>> texts) const override {
    if (stream_.model().windows() == nullptr || !stream_.is_at_beginning()) return std::nullopt;
    std::vector<std::vector<Symbol>> tokens;
    for (const std::vector<Symbol>& text : texts) tokens.push_back(tokens_of(text));
    return stream_.bits_of_texts(tokens, alphabet_->tokens());
  }

  [[nodiscard]] std::unique_ptr<Predictor> clone() const override {
    return std::make_unique<TokenLm>(*this);
  }

  [[nodiscard]] std::string describe() const override {
    return fmt::format("{}, {} tokens", stream_.model().describe(), alphabet_size());
  }

  // Tokens well before the end are as the tokenizer makes them; what the last may be is open.
  [[nodiscard]] std::unique_ptr<OpenEnd> open_end(ByteView bytes) const override {
    if (special_ || bytes.empty()) return nullptr;
    Bytes text = pending_;
    text.insert(text.end(), bytes.begin(), bytes.end());
    TokenStream stream = pending_.empty() ? stream_ : *before_pending_;
    std::vector<Symbol> tokens = encode(text);
    tokens.resize(tokens.size() - std::min(tokens.size(), kOpenTokens));
    std::size_t given = 0;
    for (const Symbol token : tokens) given += alphabet_->tokenizer().bytes_of(token).size();
    const bool begins = at_beginning_ && tokens.empty();
    if (at_beginning_ && !begins) given -= alphabet_->tokenizer().text_prefix().size();
    stream.append(tokens);
    // After a symbol that is a token apart the next is not the beginning of a text.
    std::optional<Symbol> last;
    if (!tokens.empty()) last = tokens.back();
    if (!begins && !last) return nullptr;
    return open_end_of_tokens({std::move(stream), last}, alphabet_->sorted(),
                              ByteView(text).subspan(given), [model = *this](TokenStream after) {
                                auto next = std::make_unique<TokenLm>(model);
                                next->go_on_after(std::move(after));
                                return next;
                              });
  }

  // REQUIRES: nothing was observed yet.
  [[nodiscard]] std::unique_ptr<Predictor> bytes(const BytesOptions& options) const {
    return make_bytes_of_tokens(stream_, alphabet_->shared_tokenizer(), options);
  }

 private:
  // Of the tokens at the end of a text that may turn out to be others.
  static constexpr std::size_t kOpenTokens = 4;

  void go_on_after(TokenStream stream) {
    stream_ = std::move(stream);
    end_segment();
  }

  void end_segment() {
    pending_.clear();
    before_pending_.reset();
    at_beginning_ = false;
  }

  [[nodiscard]] std::vector<Symbol> tokens_of(std::span<const Symbol> symbols) const {
    std::vector<Symbol> tokens;
    tokens.reserve(symbols.size());
    for (const Symbol symbol : symbols) tokens.push_back(alphabet_->tokens()[symbol]);
    return tokens;
  }

  // The tokens of a segment of text from where it begins.
  [[nodiscard]] std::vector<Symbol> encode(ByteView text) const {
    return at_beginning_ ? alphabet_->tokenizer().encode(text)
                         : alphabet_->tokenizer().encode_more(text);
  }

  // Without a token that the stream begins with anyway.
  [[nodiscard]] std::vector<Symbol> encode_special(ByteView text) const {
    std::vector<Symbol> tokens = alphabet_->tokenizer().encode_special(text, at_beginning_);
    const bool twice = at_beginning_ && !tokens.empty() && stream_.begin_of_text() == tokens[0];
    if (twice) tokens.erase(tokens.begin());
    return tokens;
  }

  // The tokens of what follows the pending segment.
  [[nodiscard]] std::vector<Symbol> encode_on(ByteView text) const {
    return pending_.empty() ? encode(text) : alphabet_->tokenizer().encode_more(text);
  }

  // After the end of a text another begins.
  void append_tokens(Symbol symbol, std::vector<Symbol>& tokens) const {
    assert(symbol < alphabet_size());
    const Symbol token = alphabet_->tokens()[symbol];
    tokens.push_back(token);
    const auto begin = alphabet_->tokenizer().begin_of_text();
    if (begin && token == alphabet_->tokenizer().end_of_text() && token != *begin) {
      tokens.push_back(*begin);
    }
  }

  // Whether the token was appended with the one before it, as the beginning of another text.
  [[nodiscard]] bool begins_text(std::span<const Symbol> tokens, std::size_t at) const {
    const auto begin = alphabet_->tokenizer().begin_of_text();
    const auto end = alphabet_->tokenizer().end_of_text();
    return at > 0 && begin && end && *begin != *end && tokens[at] == *begin &&
           tokens[at - 1] == *end;
  }

  std::shared_ptr<const TokenAlphabet> alphabet_;
  TokenStream stream_;
  bool special_;
  bool at_beginning_ = true;  // no symbol came yet
  Bytes pending_;
  std::shared_ptr<const TokenStream> before_pending_;  // null: nothing is pending
};

}  // namespace

std::unique_ptr<Predictor> make_byte_lm(TokenStream stream) {
  return std::make_unique<ByteLm>(std::move(stream));
}

std::unique_ptr<Predictor> make_token_lm(TokenStream stream,
                                         std::shared_ptr<const Tokenizer> tokenizer, bool special) {
  return std::make_unique<TokenLm>(
      std::move(stream), std::make_shared<const TokenAlphabet>(std::move(tokenizer)), special);
}

std::unique_ptr<Predictor> bytes_of(const Predictor& model, const BytesOptions& options) {
  const auto* const tokens = dynamic_cast<const TokenLm*>(&model);
  return tokens == nullptr ? nullptr : tokens->bytes(options);
}

}  // namespace zipdream
