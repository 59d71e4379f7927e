// SPDX-License-Identifier: Apache-2.0
#include "models/tokenizers/words.h"

#include <algorithm>
#include <array>
#include <utility>

#include "models/tokenizers/unicode.h"

namespace zipdream {
namespace {

constexpr char32_t kLongS = 0x17F;  // "ſ", an s to patterns that ignore case

constexpr std::string_view kSpaceMark = "\xE2\x96\x81";  // U+2581

bool is_line_end(Char c) { return c.code == '\r' || c.code == '\n'; }

// The ends of words in one text. Members take the place where something begins and give the place
// after its end; a pattern's alternatives are tried in its order.
class WordScanner {
 public:
  WordScanner(ByteView text, const WordStep& step) : text_(text), step_(step) {}

  std::size_t word_end(std::size_t at) const {
    switch (step_.kind) {
      case WordStep::Kind::kGpt2:
        return gpt2_end(at);
      case WordStep::Kind::kGpt4:
        return gpt4_end(at);
      case WordStep::Kind::kSpaces:
        return next_space(at + 1);
      case WordStep::Kind::kNumberRuns:
      case WordStep::Kind::kEachNumber:
        return numbers_end(at);
      case WordStep::Kind::kRegex:
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
    if (first.kind == CharKind::kNumber) return run_end(at, CharKind::kNumber, step_.digits);
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

  std::size_t numbers_end(std::size_t at) const {
    const bool number = has_kind(at, CharKind::kNumber);
    const bool alone = number && step_.kind == WordStep::Kind::kEachNumber;
    do {
      at += char_at(text_, at).length;
    } while (!alone && at < text_.size() && has_kind(at, CharKind::kNumber) == number);
    return at;
  }

  ByteView text_;
  const WordStep& step_;
};

// ---- what a regex makes words of ----

// Matches and what lies between, put together by the behavior.
class PartMerger {
 public:
  using Visit = std::function<void(ByteView)>;

  PartMerger(const WordStep& step, const Visit& visit) : step_(step), visit_(visit) {}

  void add(ByteView part, bool matches) {
    matches = matches != step_.inverted;
    if (belongs_to_last(matches)) {
      word_ = ByteView(word_.data(), word_.size() + part.size());
    } else {
      finish();
      word_ = part;
    }
    last_matches_ = matches;
    is_first_ = false;
  }

  void finish() {
    if (!word_.empty()) visit_(word_);
    word_ = {};
  }

 private:
  [[nodiscard]] bool belongs_to_last(bool matches) const {
    if (is_first_ || word_.data() == nullptr) return false;
    switch (step_.behavior) {
      case WordStep::Behavior::kIsolated:
        return false;
      case WordStep::Behavior::kMergedWithPrevious:
        return matches && !last_matches_;
      case WordStep::Behavior::kMergedWithNext:
        return !matches && last_matches_;
      case WordStep::Behavior::kContiguous:
        return matches == last_matches_;
    }
    return false;
  }

  const WordStep& step_;
  const Visit& visit_;
  ByteView word_;
  bool is_first_ = true;
  bool last_matches_ = false;
};

// One text through all steps.
class WordCutter {
 public:
  using Visit = std::function<void(ByteView)>;

  WordCutter(ByteView text, const WordRules& rules, const Visit& visit)
      : rules_(rules), visit_(visit), budget_(text.size()), matchers_(rules.size()) {
    for (std::size_t i = 0; i < rules.size(); ++i) {
      if (rules[i].kind != WordStep::Kind::kRegex) continue;
      matchers_[i] = std::make_unique<RegexMatcher>(*rules[i].regex, budget_);
    }
  }

  // What the steps before this one left of the text.
  void cut(ByteView text, std::size_t number) {
    if (number == rules_.size()) return visit_(text);
    const WordStep& step = rules_[number];
    if (step.kind == WordStep::Kind::kRegex) return cut_by_regex(text, number);
    const WordScanner scanner(text, step);
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t end = scanner.word_end(at);
      cut(text.subspan(at, end - at), number + 1);
      at = end;
    }
  }

 private:
  void cut_by_regex(ByteView text, std::size_t number) {
    const Visit next = [&](ByteView word) { cut(word, number + 1); };
    PartMerger merger(rules_[number], next);
    if (rules_[number].seen == WordStep::Seen::kText) {
      matchers_[number]->split(text,
                               [&](ByteView part, bool matches) { merger.add(part, matches); });
    } else {
      split_shown(text, rules_[number].seen, *matchers_[number], merger);
    }
    merger.finish();
  }

  static void split_shown(ByteView text, WordStep::Seen seen, RegexMatcher& matcher,
                          PartMerger& merger) {
    std::string shown;
    std::vector<std::size_t> places;  // in the text, of each byte that is shown and their end
    for (std::size_t at = 0; at < text.size();) {
      const bool bytes = seen == WordStep::Seen::kByteLevel;
      const std::size_t length = bytes ? 1 : char_at(text, at).length;
      const std::string_view character = as_chars(text.subspan(at, length));
      if (bytes) {
        shown += to_byte_level(character);
      } else {
        shown += character == " " ? kSpaceMark : character;
      }
      places.resize(shown.size(), at);
      at += length;
    }
    places.push_back(text.size());
    std::size_t end = 0;
    matcher.split(as_bytes(shown), [&](ByteView part, bool matches) {
      const std::size_t begin = end;
      end += part.size();
      merger.add(text.subspan(places[begin], places[end] - places[begin]), matches);
    });
  }

  const WordRules& rules_;
  const Visit& visit_;
  RegexBudget budget_;
  std::vector<std::unique_ptr<RegexMatcher>> matchers_;  // of those that are regexes
};

}  // namespace

WordStep step_of_regex(std::string_view regex) {
  struct Known {
    std::string_view regex;
    WordStep::Kind kind;
    std::size_t digits;
  };
  static constexpr std::array<Known, 3> kKnownRegexes = {{
      {R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)",
       WordStep::Kind::kGpt2, 3},
      // GPT-4's and Llama 3's
      {R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+)"
       R"([\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)",
       WordStep::Kind::kGpt4, 3},
      // Qwen 2's
      {R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+)"
       R"([\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)",
       WordStep::Kind::kGpt4, 1},
  }};
  const auto* const found = std::ranges::find(kKnownRegexes, regex, &Known::regex);
  if (found != kKnownRegexes.end()) return {.kind = found->kind, .digits = found->digits};
  return {.kind = WordStep::Kind::kRegex, .regex = std::make_shared<const Regex>(regex)};
}

void for_each_word(ByteView text, const WordRules& rules,
                   const std::function<void(ByteView word)>& visit) {
  if (text.empty()) return;
  WordCutter(text, rules, visit).cut(text, 0);
}

}  // namespace zipdream
