// SPDX-License-Identifier: Apache-2.0
#include "models/tokenizers/bpe_tokenizer.h"

#include <algorithm>
#include <cassert>
#include <functional>
#include <limits>
#include <utility>

#include "models/tokenizers/merger.h"
#include "models/tokenizers/unicode.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

// The tokens that are looked for in a text before it is cut into words: the longest that begins at
// the leftmost place.
class WholeTokens {
 public:
  // REQUIRES: the tokens outlive this.
  explicit WholeTokens(const std::vector<BpeToken>& tokens) {
    for (Symbol s = 0; s < tokens.size(); ++s) {
      const std::string& bytes = tokens[s].bytes;
      if (tokens[s].kind != BpeToken::Kind::kWhole || !by_bytes_.emplace(bytes, s).second) continue;
      lengths_[static_cast<Byte>(bytes.at(0))].push_back(bytes.size());
    }
    for (std::vector<std::size_t>& lengths : lengths_) {
      std::sort(lengths.begin(), lengths.end(), std::greater<>());
      lengths.erase(std::unique(lengths.begin(), lengths.end()), lengths.end());
    }
  }

  std::optional<Symbol> at(std::string_view text, std::size_t place) const {
    for (const std::size_t length : lengths_[static_cast<Byte>(text[place])]) {
      if (length > text.size() - place) continue;
      const auto found = by_bytes_.find(text.substr(place, length));
      if (found != by_bytes_.end()) return found->second;
    }
    return std::nullopt;
  }

 private:
  std::unordered_map<std::string_view, Symbol> by_bytes_;
  std::array<std::vector<std::size_t>, 256> lengths_;  // by first byte, the longest first
};

void check_lossless(const BpeParts& parts, const std::string& where) {
  const auto bytes = [&](Symbol symbol) -> const std::string& {
    return parts.tokens.at(symbol).bytes;
  };
  const auto fail = [&](Symbol symbol) {
    throw Error(where + ": the token " + in_quotes(parts.tokens[symbol].name) +
                " stands for other bytes than what it is made of; is the file damaged?");
  };
  for (const BpeMerge& merge : parts.merges) {
    if (bytes(merge.left).empty() || bytes(merge.right).empty() ||
        bytes(merge.left) + bytes(merge.right) != bytes(merge.merged)) {
      fail(merge.merged);
    }
  }
  for (const auto& [code, symbol] : parts.characters) {
    if (bytes(symbol) != utf8(code)) fail(symbol);
  }
  for (std::size_t i = 0; i < parts.bytes.size(); ++i) {
    if (parts.bytes[i] && bytes(*parts.bytes[i]) != std::string(1, static_cast<char>(i))) {
      fail(*parts.bytes[i]);
    }
  }
}

PairTable make_table(const std::vector<BpeMerge>& merges) {
  PairTable table(merges.size());
  for (const BpeMerge& m : merges) table.set(m.left, m.right, {m.rank, m.merged});
  return table;
}

class BpeTokenizer final : public Tokenizer {
 public:
  BpeTokenizer(BpeParts parts, std::string where)
      : parts_(std::move(parts)),
        where_(std::move(where)),
        table_(make_table(parts_.merges)),
        whole_tokens_(parts_.tokens) {
    parts_.merges = {};
    for (Symbol s = 0; s < parts_.tokens.size(); ++s) {
      const BpeToken& token = parts_.tokens[s];
      if (!token.name.empty()) by_name_.emplace(token.name, s);
      if (!parts_.whole_words || token.kind != BpeToken::Kind::kMerged) continue;
      by_bytes_.emplace(token.bytes, s);
    }
  }

  std::size_t size() const override { return parts_.tokens.size(); }

  ByteView bytes_of(Symbol symbol) const override {
    assert(symbol < size());
    return as_bytes(parts_.tokens[symbol].bytes);
  }

  std::vector<Symbol> encode(ByteView text) const override {
    if (text.empty() || parts_.prefix.empty()) return encode_more(text);
    Bytes whole = to_bytes(parts_.prefix);
    whole.insert(whole.end(), text.begin(), text.end());
    return encode_from(whole, parts_.prefix.size());
  }

  std::vector<Symbol> encode_more(ByteView text) const override { return encode_from(text, 0); }

  ByteView text_prefix() const override { return as_bytes(parts_.prefix); }
  bool takes_any_bytes() const override {
    return std::all_of(parts_.bytes.begin(), parts_.bytes.end(),
                       [](const std::optional<Symbol>& symbol) { return symbol.has_value(); });
  }
  std::optional<Symbol> begin_of_text() const override { return parts_.begin_of_text; }
  std::optional<Symbol> end_of_text() const override { return parts_.end_of_text; }
  std::optional<Symbol> find(std::string_view name) const override {
    const auto found = by_name_.find(name);
    if (found == by_name_.end()) return std::nullopt;
    return found->second;
  }

 private:
  // One call's memory. Words come again and again: each is merged once, and where its symbols stand
  // in the output is remembered.
  struct Work {
    struct Range {
      std::size_t begin;
      std::size_t size;
    };
    ByteView text;       // all of it, for places in errors
    std::size_t prefix;  // bytes of it that are not the caller's
    Merger merger;
    std::vector<Symbol> smallest;
    std::unordered_map<std::string_view, Range> seen;
    std::vector<Symbol> out;
  };

  std::vector<Symbol> encode_from(ByteView text, std::size_t prefix) const {
    if (text.size() >= std::numeric_limits<std::uint32_t>::max()) {
      throw Error("tokenizer: a text of 4 GiB or more; encode it in parts");
    }
    Work work{text, prefix, Merger(table_), {}, {}, {}};
    std::size_t begin = 0;  // of what is not yet encoded
    for (std::size_t at = 0; at < text.size();) {
      const std::optional<Symbol> whole = whole_tokens_.at(as_chars(text), at);
      if (!whole) {
        ++at;
        continue;
      }
      encode_words(text.subspan(begin, at - begin), work);
      work.out.push_back(*whole);
      at += parts_.tokens[*whole].bytes.size();
      begin = at;
    }
    encode_words(text.subspan(begin), work);
    return std::move(work.out);
  }

  void encode_words(ByteView text, Work& work) const {
    for_each_word(text, parts_.words, [&](ByteView word) {
      const std::size_t begin = work.out.size();
      const auto [seen, is_new] = work.seen.try_emplace(as_chars(word));
      if (is_new) {
        encode_word(word, work);
        seen->second = {begin, work.out.size() - begin};
        return;
      }
      work.out.resize(begin + seen->second.size);
      std::copy_n(work.out.begin() + static_cast<std::ptrdiff_t>(seen->second.begin),
                  seen->second.size, work.out.begin() + static_cast<std::ptrdiff_t>(begin));
    });
  }

  void encode_word(ByteView word, Work& work) const {
    if (parts_.whole_words) {
      if (const auto found = by_bytes_.find(as_chars(word)); found != by_bytes_.end()) {
        work.out.push_back(found->second);
        return;
      }
    }
    work.smallest.clear();
    for (std::size_t at = 0; at < word.size();) at += push_smallest(word, at, work);
    work.merger.merge(work.smallest, work.out);
  }

  // Appends the smallest symbols of the character there; its length in bytes.
  std::size_t push_smallest(ByteView word, std::size_t at, Work& work) const {
    std::size_t length = 1;
    if (!parts_.characters.empty()) {
      const Char next = char_at(word, at);
      const auto found = parts_.characters.find(next.code);
      length = next.length;
      if (found != parts_.characters.end()) {
        work.smallest.push_back(found->second);
        return length;
      }
    }
    for (const Byte byte : word.subspan(at, length)) {
      if (!parts_.bytes[byte]) refuse(word.subspan(at, length), work);
      work.smallest.push_back(*parts_.bytes[byte]);
    }
    return length;
  }

  [[noreturn]] void refuse(ByteView character, const Work& work) const {
    const std::size_t place = static_cast<std::size_t>(character.data() - work.text.data());
    std::string hex;
    for (const Byte byte : character) {
      constexpr std::string_view kDigits = "0123456789ABCDEF";
      hex += std::string(hex.empty() ? "" : " ") + kDigits[byte / 16] + kDigits[byte % 16];
    }
    throw Error(where_ + ": no token for the character " + hex + " (hex) at byte " +
                std::to_string(place - std::min(place, work.prefix)) +
                " of the text; this model takes only texts in its vocabulary's characters");
  }

  BpeParts parts_;
  std::string where_;
  PairTable table_;
  WholeTokens whole_tokens_;
  std::unordered_map<std::string_view, Symbol> by_name_;   // views into parts_.tokens
  std::unordered_map<std::string_view, Symbol> by_bytes_;  // the same; if whole_words
};

}  // namespace

std::unique_ptr<Tokenizer> make_bpe_tokenizer(BpeParts parts, const std::string& where) {
  check_lossless(parts, where);
  return std::make_unique<BpeTokenizer>(std::move(parts), where);
}

}  // namespace zipdream
