// SPDX-License-Identifier: Apache-2.0
#include "models/tokenizers/words.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
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

// The names in "tokenizer.ggml.pre" of GGUF files, which llama.cpp gave them, with the patterns of
// the tokenizers that they stand for (where llama.cpp can't run such a pattern it has another like
// it; here it is the model's own).

namespace {

constexpr std::size_t kMaxSteps = 5;

struct NamedRules {
  std::string_view names;                         // spaces between them
  std::array<std::string_view, kMaxSteps> steps;  // those that are empty are none
  bool whole_words = false;
};

constexpr std::string_view kGpt2 =
    R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";
constexpr std::string_view kGpt4 =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3})"
    R"(| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
constexpr std::string_view kQwen2 = R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N})"
                                    R"(| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
constexpr std::string_view kQwen35 =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+|\p{N})"
    R"(| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
// Words begin at capitals, and keep their endings.
constexpr std::string_view kGpt4o =
    R"([^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+)"
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)?)"
    R"(|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*)"
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)?)"
    R"(|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
constexpr std::string_view kTekken =
    R"([^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+)"
    R"(|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*)"
    R"(|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
constexpr std::string_view kSeedCoder =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1})"
    R"(| ?[^\s\p{L}\p{N}\r\n]+|\s*[\r\n]+|\s+(?!\S)|\s+)";
constexpr std::string_view kBailing = R"('(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N})"
                                      R"(| ?[^\s\p{L}\p{N}]++[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+)";
constexpr std::string_view kEachNumber = R"(\p{N})";
constexpr std::string_view kBloom = R"( ?[^(\s|.,!?…。，、।۔،)]+)";
constexpr std::string_view kDeepSeekCjk = "[一-龥぀-ゟ゠-ヿ]+";
constexpr std::string_view kDeepSeek3 =
    R"([!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+)"
    R"(| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
constexpr std::string_view kThreeDigits = "[0-9][0-9][0-9]";

constexpr auto kNamedRules = std::to_array<NamedRules>({
    {"gpt-2 phi-2 olmo mpt jais gigachat jina-es jina-de roberta-bpe exaone4 trillion", {kGpt2}},
    {"smollm starcoder refact command-r codeshell exaone minerva-7b", {kEachNumber, kGpt2}},
    {"llama-bpe llama3 llama-v3 falcon3 falcon-h1 pixtral midm-2.0 lfm2", {kGpt4}, true},
    {"dbrx smaug-bpe glm4 chatglm-bpe", {kGpt4}},
    {"qwen2 stablelm2 deepseek-r1-qwen megrez hunyuan grok-2 kormo", {kQwen2}},
    {"qwen35", {kQwen35}},
    {"gpt-4o llama4", {kGpt4o}},
    {"tekken", {kTekken}, true},
    {"deepseek-v3 hunyuan-dense", {R"(\p{N}{1,3})", kDeepSeekCjk, kDeepSeek3}},
    {"deepseek-coder",
     {R"([\r\n])", R"(\s?\p{L}+)", R"(\s?\p{P}+)", "[一-龥ࠀ-一가-퟿]+", kEachNumber}},
    {"falcon", {R"([\p{P}$+<=>^~|`]+)", kGpt2, kThreeDigits}},
    {"bloom poro-chat gpt3-finnish", {kBloom}},
    {"viking", {kBloom, kEachNumber}},
    {"seed-coder", {kSeedCoder}},
    {"bailingmoe", {kBailing}},
    {"superbpe", {R"(\p{N}+)", R"((?=(\d{3})+(?!\d)))"}},
    {"default", {R"([\p{P}$+<=>^~|]+)", kGpt2, R"(\p{N}+)", kThreeDigits}},
});

bool has_word(std::string_view list, std::string_view word) {
  const std::string padded = " " + std::string(list) + " ";
  return !word.empty() && word.find(' ') == std::string_view::npos &&
         padded.find(" " + std::string(word) + " ") != std::string::npos;
}

const NamedRules* find_rules(std::string_view name) {
  const auto* const found = std::ranges::find_if(
      kNamedRules, [&](const NamedRules& each) { return has_word(each.names, name); });
  return found == kNamedRules.end() ? nullptr : found;
}

}  // namespace

std::optional<WordRules> rules_of_name(std::string_view name) {
  const NamedRules* const found = find_rules(name);
  if (found == nullptr) return std::nullopt;
  WordRules rules;
  for (const std::string_view step : found->steps) {
    if (step == kEachNumber) {
      rules.push_back({.kind = WordStep::Kind::kEachNumber});
    } else if (!step.empty()) {
      rules.push_back(step_of_regex(step));
    }
  }
  return rules;
}

bool takes_words_whole(std::string_view name) {
  const NamedRules* const found = find_rules(name);
  return found != nullptr && found->whole_words;
}

std::string names_of_rules() {
  std::string names;
  for (const NamedRules& each : kNamedRules) {
    names += (names.empty() ? "" : " ") + std::string(each.names);
  }
  std::string list;
  for (const char c : names) list += c == ' ' ? std::string(", ") : std::string(1, c);
  return list;
}

}  // namespace zipdream
