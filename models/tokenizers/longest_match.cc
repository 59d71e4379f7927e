// SPDX-License-Identifier: Apache-2.0
#include "models/tokenizers/longest_match.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <unordered_map>
#include <utility>

#include "models/tokenizers/unicode.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

// Each place of a text is looked at for as many bytes; RWKV's longest token has 128.
constexpr std::size_t kMaxTokenBytes = 1024;

constexpr std::size_t kByteValues = 256;

class LongestMatchTokenizer final : public Tokenizer {
 public:
  LongestMatchTokenizer(LongestMatchParts parts, std::string where)
      : parts_(std::move(parts)), where_(std::move(where)) {
    for (Symbol s = 0; s < parts_.tokens.size(); ++s) {
      const LongestMatchParts::Token& token = parts_.tokens[s];
      if (!token.name.empty()) by_name_.emplace(token.name, s);
      if (!token.bytes.empty()) sorted_.push_back(s);
      if (token.bytes.empty() && !token.name.empty()) {
        controls_.at(static_cast<Byte>(token.name[0])).push_back(s);
      }
    }
    sort();
  }

  std::size_t size() const override { return parts_.tokens.size(); }

  ByteView bytes_of(Symbol symbol) const override {
    assert(symbol < size());
    return as_bytes(parts_.tokens[symbol].bytes);
  }

  std::vector<Symbol> encode(ByteView text) const override { return encode_more(text); }

  std::vector<Symbol> encode_more(ByteView text) const override {
    std::vector<Symbol> out;
    append_tokens(text, 0, text.size(), out);
    return out;
  }

  std::vector<Symbol> encode_special(ByteView text, bool /*at_beginning*/) const override {
    std::vector<Symbol> out;
    std::size_t begin = 0;  // of what is not yet encoded
    for (std::size_t at = 0; at < text.size();) {
      const std::optional<Symbol> control = control_at(as_chars(text).substr(at));
      if (!control) {
        ++at;
        continue;
      }
      append_tokens(text, begin, at, out);
      out.push_back(*control);
      at += parts_.tokens[*control].name.size();
      begin = at;
    }
    append_tokens(text, begin, text.size(), out);
    return out;
  }

  ByteView text_prefix() const override { return {}; }
  bool takes_any_bytes() const override {
    for (std::size_t byte = 0; byte < kByteValues; ++byte) {
      // The shortest comes first.
      const std::size_t first = first_bytes_[byte];
      if (first == first_bytes_[byte + 1] || bytes(first).size() > 1) return false;
    }
    return true;
  }
  std::optional<Symbol> begin_of_text() const override { return parts_.begin_of_text; }
  std::optional<Symbol> end_of_text() const override { return parts_.end_of_text; }
  std::string describe() const override {
    return fmt::format("longest match of bytes, {} tokens", size());
  }
  std::optional<Symbol> find(std::string_view name) const override {
    const auto found = by_name_.find(name);
    if (found == by_name_.end()) return std::nullopt;
    return found->second;
  }

 private:
  struct Match {
    std::optional<Symbol> symbol;
    std::size_t size = 0;
  };

  [[nodiscard]] std::string_view bytes(std::size_t place) const {
    return parts_.tokens[sorted_[place]].bytes;
  }

  // By their bytes, each once.
  void sort() {
    std::ranges::stable_sort(
        sorted_, {}, [this](Symbol s) -> std::string_view { return parts_.tokens[s].bytes; });
    std::size_t count = 0;
    for (const Symbol s : sorted_) {
      if (count > 0 && bytes(count - 1) == parts_.tokens[s].bytes) --count;
      sorted_[count++] = s;
    }
    sorted_.resize(count);
    for (std::size_t place = 0; place < count; ++place) {
      ++first_bytes_.at(static_cast<Byte>(bytes(place)[0]) + std::size_t{1});
    }
    for (std::size_t i = 1; i < first_bytes_.size(); ++i)
      first_bytes_.at(i) += first_bytes_.at(i - 1);
  }

  // The longest token that the text begins with. Those that share its first bytes stand side by
  // side, the one that has no more before all others.
  [[nodiscard]] Match longest(std::string_view text) const {
    Match match;
    std::size_t begin = first_bytes_[static_cast<Byte>(text[0])];
    std::size_t end = first_bytes_[static_cast<Byte>(text[0]) + std::size_t{1}];
    for (std::size_t depth = 1; begin < end; ++depth) {
      if (bytes(begin).size() == depth) match = {sorted_[begin++], depth};
      if (depth == text.size()) break;
      const auto next = static_cast<Byte>(text[depth]);
      const auto range = std::ranges::equal_range(
          sorted_.begin() + static_cast<std::ptrdiff_t>(begin),
          sorted_.begin() + static_cast<std::ptrdiff_t>(end), next, {},
          [this, depth](Symbol s) { return static_cast<Byte>(parts_.tokens[s].bytes[depth]); });
      begin = static_cast<std::size_t>(range.begin() - sorted_.begin());
      end = static_cast<std::size_t>(range.end() - sorted_.begin());
    }
    return match;
  }

  void append_tokens(ByteView text, std::size_t begin, std::size_t end,
                     std::vector<Symbol>& out) const {
    while (begin < end) {
      const Match match = longest(as_chars(text).substr(begin, end - begin));
      if (!match.symbol) refuse(text[begin], begin);
      out.push_back(*match.symbol);
      begin += match.size;
    }
  }

  // The control token whose name the text begins with, the longest.
  [[nodiscard]] std::optional<Symbol> control_at(std::string_view text) const {
    std::optional<Symbol> found;
    for (const Symbol symbol : controls_[static_cast<Byte>(text[0])]) {
      const std::string& name = parts_.tokens[symbol].name;
      const bool longer = !found || name.size() > parts_.tokens[*found].name.size();
      if (longer && text.starts_with(name)) found = symbol;
    }
    return found;
  }

  [[noreturn]] void refuse(Byte byte, std::size_t place) const {
    throw Error(
        fmt::format("{}: no token for the byte {:02X} (hex) at byte {} of the text; this "
                    "model takes only texts in its vocabulary's bytes",
                    where_, byte, place));
  }

  LongestMatchParts parts_;
  std::string where_;
  std::unordered_map<std::string_view, Symbol> by_name_;   // views into parts_.tokens
  std::array<std::vector<Symbol>, kByteValues> controls_;  // by the first byte of their names
  std::vector<Symbol> sorted_;
  std::array<std::size_t, kByteValues + 1> first_bytes_{};  // where those with each byte begin
};

}  // namespace

std::unique_ptr<Tokenizer> make_longest_match_tokenizer(LongestMatchParts parts,
                                                        const std::string& where) {
  for (const LongestMatchParts::Token& token : parts.tokens) {
    if (token.bytes.size() <= kMaxTokenBytes) continue;
    throw Error(fmt::format("{}: the token {} has {} bytes; up to {} are supported", where,
                            in_quotes(token.name), token.bytes.size(), kMaxTokenBytes));
  }
  return std::make_unique<LongestMatchTokenizer>(std::move(parts), where);
}

}  // namespace zipdream
