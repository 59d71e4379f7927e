// SPDX-License-Identifier: Apache-2.0
#include "models/tokenizers/words.h"

#include <algorithm>
#include <array>

#include "models/tokenizers/unicode.h"

namespace zipdream {
namespace {

constexpr char32_t kLongS = 0x17F;  // "ſ", an s to patterns that ignore case

bool is_line_end(Char c) { return c.code == '\r' || c.code == '\n'; }

// The ends of words in one text. Members take the place where something begins and give the place
// after its end; a pattern's alternatives are tried in its order.
class WordScanner {
 public:
  WordScanner(ByteView text, const WordRules& rules) : text_(text), rules_(rules) {}

  std::size_t word_end(std::size_t at) const {
    switch (rules_.pattern) {
      case WordRules::Pattern::kGpt2:
        return gpt2_end(at);
      case WordRules::Pattern::kGpt4:
        return gpt4_end(at);
      case WordRules::Pattern::kSpaces:
        return next_space(at + 1);
      case WordRules::Pattern::kNone:
        break;
    }
    return text_.size();
  }

 private:
  std::size_t gpt2_end(std::size_t at) const {
    if (const std::size_t end = contraction_end(at, false); end != at) return end;
    const std::size_t body = after_one_space(at);
    const CharKind kind = char_at(text_, body).kind;
    return kind == CharKind::kSpace ? spaces_end(at) : run_end(body, kind);
  }

  std::size_t gpt4_end(std::size_t at) const {
    if (const std::size_t end = contraction_end(at, true); end != at) return end;
    const Char first = char_at(text_, at);
    if (first.kind == CharKind::kLetter) return run_end(at, CharKind::kLetter);
    if (first.kind == CharKind::kNumber) return run_end(at, CharKind::kNumber, rules_.digits);
    const std::size_t second = at + first.length;
    if (!is_line_end(first) && has_kind(second, CharKind::kLetter)) {
      return run_end(second, CharKind::kLetter);
    }
    const std::size_t body = after_one_space(at);
    if (has_kind(body, CharKind::kOther)) return line_ends_end(run_end(body, CharKind::kOther));
    return spaces_end_gpt4(at);
  }

  // '(s|t|re|ve|m|ll|d), or `at` where there is none.
  std::size_t contraction_end(std::size_t at, bool any_case) const {
    if (text_[at] != '\'') return at;
    const auto letter = [&](std::size_t place) -> Char {
      if (place >= text_.size()) return {0, 1, CharKind::kOther};
      Char c = char_at(text_, place);
      if (any_case && c.code >= 'A' && c.code <= 'Z') c.code += 'a' - 'A';
      if (any_case && c.code == kLongS) c.code = 's';
      return c;
    };
    const Char first = letter(at + 1);
    const std::size_t second = at + 1 + first.length;
    if (first.code == 's' || first.code == 't' || first.code == 'm' || first.code == 'd') {
      return second;
    }
    const char32_t last = first.code == 'l'                        ? 'l'
                          : first.code == 'r' || first.code == 'v' ? 'e'
                                                                   : kNoChar;
    return last != kNoChar && letter(second).code == last ? second + 1 : at;
  }

  // Behind a space that is not the last character; else `at`.
  std::size_t after_one_space(std::size_t at) const {
    const bool steps = text_[at] == ' ' && at + 1 < text_.size() &&
                       char_at(text_, at + 1).kind != CharKind::kSpace;
    return steps ? at + 1 : at;
  }

  bool has_kind(std::size_t at, CharKind kind) const {
    return at < text_.size() && char_at(text_, at).kind == kind;
  }

  std::size_t run_end(std::size_t at, CharKind kind,
                      std::size_t at_most = static_cast<std::size_t>(-1)) const {
    for (std::size_t count = 0; count < at_most && has_kind(at, kind); ++count) {
      at += char_at(text_, at).length;
    }
    return at;
  }

  std::size_t line_ends_end(std::size_t at) const {
    while (at < text_.size() && is_line_end(char_at(text_, at))) ++at;
    return at;
  }

  // \s+(?!\S)|\s+: a run before a word leaves its last space to the word.
  std::size_t spaces_end(std::size_t at) const {
    std::size_t last = at;
    std::size_t end = at;
    while (has_kind(end, CharKind::kSpace)) {
      last = end;
      end += char_at(text_, end).length;
    }
    return end == text_.size() || last == at ? end : last;
  }

  // \s*[\r\n]+ before those: a run up to its last line end.
  std::size_t spaces_end_gpt4(std::size_t at) const {
    std::size_t after_line_end = at;
    for (std::size_t end = at; has_kind(end, CharKind::kSpace);) {
      const Char c = char_at(text_, end);
      end += c.length;
      if (is_line_end(c)) after_line_end = end;
    }
    return after_line_end != at ? after_line_end : spaces_end(at);
  }

  std::size_t next_space(std::size_t at) const {
    while (at < text_.size() && text_[at] != ' ') ++at;
    return at;
  }

  ByteView text_;
  const WordRules& rules_;
};

void split_part(ByteView text, const WordRules& rules, const std::function<void(ByteView)>& visit) {
  const WordScanner scanner(text, rules);
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = scanner.word_end(at);
    visit(text.subspan(at, end - at));
    at = end;
  }
}

// Where the part that begins at `at` ends, when numbers are cut out.
std::size_t digits_part_end(ByteView text, std::size_t at, WordRules::Digits digits) {
  const Char first = char_at(text, at);
  const bool number = first.kind == CharKind::kNumber;
  std::size_t end = at + first.length;
  if (number && digits == WordRules::Digits::kSinglyApart) return end;
  while (end < text.size()) {
    const Char next = char_at(text, end);
    if ((next.kind == CharKind::kNumber) != number) break;
    end += next.length;
  }
  return end;
}

}  // namespace

namespace {

struct NamedRules {
  std::string_view name;
  WordRules rules;
};

constexpr WordRules kGpt2Rules = {.pattern = WordRules::Pattern::kGpt2};
constexpr WordRules kDigitsApart = {.pattern = WordRules::Pattern::kGpt2,
                                    .digits_apart = WordRules::Digits::kSinglyApart};
constexpr WordRules kLlama3Rules = {.pattern = WordRules::Pattern::kGpt4, .digits = 3};
constexpr WordRules kQwen2Rules = {.pattern = WordRules::Pattern::kGpt4, .digits = 1};

constexpr auto kNamedRules =
    std::to_array<NamedRules>({{"gpt-2", kGpt2Rules},       {"phi-2", kGpt2Rules},
                               {"olmo", kGpt2Rules},        {"mpt", kGpt2Rules},
                               {"jais", kGpt2Rules},        {"smollm", kDigitsApart},
                               {"starcoder", kDigitsApart}, {"refact", kDigitsApart},
                               {"command-r", kDigitsApart}, {"codeshell", kDigitsApart},
                               {"exaone", kDigitsApart},    {"minerva-7b", kDigitsApart},
                               {"llama-bpe", kLlama3Rules}, {"llama3", kLlama3Rules},
                               {"llama-v3", kLlama3Rules},  {"dbrx", kLlama3Rules},
                               {"smaug-bpe", kLlama3Rules}, {"qwen2", kQwen2Rules},
                               {"stablelm2", kQwen2Rules},  {"deepseek-r1-qwen", kQwen2Rules}});

}  // namespace

std::optional<WordRules> rules_of_name(std::string_view name) {
  const auto* const found = std::find_if(kNamedRules.begin(), kNamedRules.end(),
                                         [&](const NamedRules& each) { return each.name == name; });
  if (found == kNamedRules.end()) return std::nullopt;
  return found->rules;
}

std::string names_of_rules() {
  std::string names;
  for (const NamedRules& each : kNamedRules) {
    names += (names.empty() ? "" : ", ") + std::string(each.name);
  }
  return names;
}

std::optional<WordRules> rules_of_regex(std::string_view regex) {
  struct Known {
    std::string_view regex;
    WordRules rules;
  };
  static const std::array<Known, 3> known_regexes = {{
      {R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)",
       {.pattern = WordRules::Pattern::kGpt2}},
      // GPT-4's and Llama 3's
      {R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+)"
       R"([\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)",
       {.pattern = WordRules::Pattern::kGpt4, .digits = 3}},
      // Qwen 2's
      {R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+)"
       R"([\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)",
       {.pattern = WordRules::Pattern::kGpt4, .digits = 1}},
  }};
  const auto* const found = std::find_if(known_regexes.begin(), known_regexes.end(),
                                         [&](const Known& known) { return known.regex == regex; });
  if (found == known_regexes.end()) return std::nullopt;
  return found->rules;
}

void for_each_word(ByteView text, const WordRules& rules,
                   const std::function<void(ByteView word)>& visit) {
  if (rules.digits_apart == WordRules::Digits::kAsPattern) {
    split_part(text, rules, visit);
    return;
  }
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = digits_part_end(text, at, rules.digits_apart);
    split_part(text.subspan(at, end - at), rules, visit);
    at = end;
  }
}

}  // namespace zipdream
