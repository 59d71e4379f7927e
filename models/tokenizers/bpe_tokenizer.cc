// SPDX-License-Identifier: Apache-2.0
#include "models/tokenizers/bpe_tokenizer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <deque>
#include <functional>
#include <limits>
#include <utility>

#include "models/tokenizers/merger.h"
#include "models/tokenizers/unicode.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

// Tokens that are looked for in a text before it is cut into words: the longest that begins at the
// leftmost place.
class WholeTokens {
 public:
  // Of the tokens that are normalized, or of those that are not; control tokens by their names.
  // REQUIRES: the tokens outlive this.
  WholeTokens(const std::vector<BpeToken>& tokens, bool normalized, bool control)
      : tokens_(tokens) {
    for (Symbol s = 0; s < tokens.size(); ++s) {
      const bool wanted = tokens[s].kind == BpeToken::Kind::kWhole ||
                          (control && tokens[s].kind == BpeToken::Kind::kControl);
      if (!wanted || tokens[s].matching.normalized != normalized) continue;
      const std::string& text =
          tokens[s].kind == BpeToken::Kind::kControl ? tokens[s].name : tokens[s].bytes;
      if (text.empty() || !by_text_.emplace(text, s).second) continue;
      lengths_[static_cast<Byte>(text.at(0))].push_back(text.size());
    }
    for (std::vector<std::size_t>& lengths : lengths_) {
      std::sort(lengths.begin(), lengths.end(), std::greater<>());
      lengths.erase(std::unique(lengths.begin(), lengths.end()), lengths.end());
    }
  }

  struct Match {
    Symbol symbol;
    std::size_t size;  // bytes
  };
  std::optional<Match> at(std::string_view text, std::size_t place) const {
    for (const std::size_t length : lengths_[static_cast<Byte>(text[place])]) {
      if (length > text.size() - place) continue;
      const auto found = by_text_.find(text.substr(place, length));
      if (found == by_text_.end()) continue;
      const bool cut =
          tokens_[found->second].matching.single_word &&
          (ends_in_word(text.substr(0, place)) || begins_with_word(text.substr(place + length)));
      // As the reference does: what is longest decides, and is then no token.
      if (cut) return std::nullopt;
      return Match{found->second, length};
    }
    return std::nullopt;
  }

 private:
  static bool begins_with_word(std::string_view text) {
    return !text.empty() && is_word_character(char_at(as_bytes(text), 0).code);
  }
  static bool ends_in_word(std::string_view text) {
    if (text.empty()) return false;
    std::size_t last = text.size() - 1;
    while (last > 0 && text.size() - last < 4 && (text[last] & 0xC0) == 0x80) --last;
    return is_word_character(char_at(as_bytes(text), last).code);
  }

  const std::vector<BpeToken>& tokens_;
  std::unordered_map<std::string_view, Symbol> by_text_;
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
        whole_tokens_{{{parts_.tokens, false, false}, {parts_.tokens, true, false}}},
        special_tokens_{{{parts_.tokens, false, true}, {parts_.tokens, true, true}}} {
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

  std::vector<Symbol> encode_special(ByteView text, bool at_beginning) const override {
    check_size(text);
    Work work{text, 0, Merger(table_), {}, {}, {}, {}, true, at_beginning};
    encode_segment(text, 0, work);
    return std::move(work.out);
  }

  ByteView text_prefix() const override { return as_bytes(parts_.prefix); }
  bool takes_any_bytes() const override {
    return std::all_of(parts_.bytes.begin(), parts_.bytes.end(),
                       [](const std::optional<Symbol>& symbol) { return symbol.has_value(); });
  }
  std::optional<Symbol> begin_of_text() const override { return parts_.begin_of_text; }
  std::optional<Symbol> end_of_text() const override { return parts_.end_of_text; }
  std::string describe() const override {
    const char* const kind = parts_.characters.empty() ? "bytes"
                             : takes_any_bytes()       ? "characters and bytes"
                                                       : "characters";
    return fmt::format("BPE of {}, {} tokens", kind, size());
  }
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
    std::deque<Bytes> prefixed;  // texts that got a prefix, of which `seen` has views
    bool special = false;        // control tokens are read
    bool wants_prefix = false;   // before the next text; if `special`
  };

  static void check_size(ByteView text) {
    if (text.size() < std::numeric_limits<std::uint32_t>::max()) return;
    throw Error("tokenizer: a text of 4 GiB or more; encode it in parts");
  }

  std::vector<Symbol> encode_from(ByteView text, std::size_t prefix) const {
    check_size(text);
    Work work{text, prefix, Merger(table_), {}, {}, {}, {}, false, false};
    encode_segment(text, 0, work);
    return std::move(work.out);
  }

  // Whole tokens, first those that are not normalized, and the words between.
  void encode_segment(ByteView text, std::size_t pass, Work& work) const {
    if (pass == kPasses) return encode_text(text, work);
    const WholeTokens& tokens = (work.special ? special_tokens_ : whole_tokens_)[pass];
    std::size_t begin = 0;  // of what is not yet encoded
    for (std::size_t at = 0; at < text.size();) {
      const auto whole = tokens.at(as_chars(text), at);
      if (!whole) {
        ++at;
        continue;
      }
      const BpeToken::Matching& matching = parts_.tokens[whole->symbol].matching;
      std::size_t end = at;
      at += whole->size;
      if (work.special && matching.takes_spaces_before) end = spaces_begin(text, begin, end);
      encode_segment(text.subspan(begin, end - begin), pass + 1, work);
      work.out.push_back(whole->symbol);
      work.wants_prefix = parts_.prefix_after_control;
      if (work.special && matching.takes_spaces_after) at = spaces_end(text, at);
      begin = at;
    }
    encode_segment(text.subspan(begin), pass + 1, work);
  }

  // Where the spaces before `end` begin, at `begin` at the earliest.
  static std::size_t spaces_begin(ByteView text, std::size_t begin, std::size_t end) {
    std::size_t spaces = end;
    for (std::size_t at = begin; at < end;) {
      const Char c = char_at(text, at);
      if (c.kind != CharKind::kSpace) {
        spaces = end;
      } else if (spaces == end) {
        spaces = at;
      }
      at += c.length;
    }
    return spaces;
  }

  static std::size_t spaces_end(ByteView text, std::size_t at) {
    while (at < text.size() && char_at(text, at).kind == CharKind::kSpace) {
      at += char_at(text, at).length;
    }
    return at;
  }

  void encode_text(ByteView text, Work& work) const {
    if (text.empty()) return;
    if (!work.special || !std::exchange(work.wants_prefix, false) || parts_.prefix.empty()) {
      return encode_words(text, work);
    }
    Bytes& whole = work.prefixed.emplace_back(to_bytes(parts_.prefix));
    whole.insert(whole.end(), text.begin(), text.end());
    encode_words(whole, work);
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
    const bool prefixed = character.data() < work.text.data() ||
                          character.data() >= work.text.data() + work.text.size();
    const std::size_t place =
        prefixed ? 0 : static_cast<std::size_t>(character.data() - work.text.data());
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
  static constexpr std::size_t kPasses = 2;
  std::array<WholeTokens, kPasses> whole_tokens_;
  std::array<WholeTokens, kPasses> special_tokens_;        // control tokens as well
  std::unordered_map<std::string_view, Symbol> by_name_;   // views into parts_.tokens
  std::unordered_map<std::string_view, Symbol> by_bytes_;  // the same; if whole_words
};

}  // namespace

std::unique_ptr<Tokenizer> make_bpe_tokenizer(BpeParts parts, const std::string& where) {
  check_lossless(parts, where);
  return std::make_unique<BpeTokenizer>(std::move(parts), where);
}

}  // namespace zipdream
