// SPDX-License-Identifier: Apache-2.0
#include "models/tokenizers/regex.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <fmt/format.h>
#include <pcre2.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <new>
#include <optional>
#include <utility>

#include "models/tokenizers/unicode.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

constexpr std::size_t kMaxPattern = std::size_t{1} << 16;  // bytes
constexpr std::uint32_t kFirstLimit = 100;                 // steps that every place has
constexpr std::uint32_t kMemoryLimit = 64 * 1024;          // KiB for one match
constexpr std::size_t kNoMatch = static_cast<std::size_t>(-1);

// Word characters to Oniguruma, as the inside of a set.
constexpr std::string_view kWordSet = R"(\p{L}\p{M}\p{N}\p{Pc})";

// PCRE2's \s has this one, which is no space since Unicode 6.3; another character of its kind
// stands in for it. Bytes that are no UTF-8 are one that will never be assigned.
constexpr char32_t kVowelSeparator = 0x180E;
constexpr std::string_view kFormatMark = "\xE2\x80\x8B";   // U+200B
constexpr std::string_view kNoCharacter = "\xEF\xBF\xBF";  // U+FFFF

[[noreturn]] void refuse(std::string_view pattern, const std::string& what) {
  throw Error(fmt::format("the pattern {} {}", in_quotes(pattern), what));
}

pcre2_code* compile(std::string_view pattern, int* error, std::size_t* place) {
  return pcre2_compile(reinterpret_cast<PCRE2_SPTR>(pattern.data()), pattern.size(),
                       PCRE2_UTF | PCRE2_UCP | PCRE2_MULTILINE | PCRE2_NEVER_BACKSLASH_C, error,
                       place, nullptr);
}

bool compiles(std::string_view pattern) {
  int error = 0;
  std::size_t place = 0;
  pcre2_code* const code = compile(pattern, &error, &place);
  pcre2_code_free(code);
  return code != nullptr;
}

// From Oniguruma's way to write to PCRE2's.
class Translator {
 public:
  explicit Translator(std::string_view pattern) : pattern_(pattern) {}

  std::string translate() {
    std::string out;
    while (!at_end()) {
      if (peek() == '\\') {
        out += escape(/*in_set=*/false);
      } else if (peek() == '[') {
        out += set();
      } else {
        out += pattern_[at_++];
      }
    }
    return out;
  }

 private:
  [[nodiscard]] bool at_end() const { return at_ == pattern_.size(); }
  [[nodiscard]] char peek() const { return pattern_[at_]; }
  [[nodiscard]] bool follows(std::string_view text) const {
    return pattern_.substr(at_).starts_with(text);
  }

  std::string escape(bool in_set) {
    ++at_;
    if (at_end()) refuse(pattern_, "ends in a backslash");
    const char letter = pattern_[at_++];
    switch (letter) {
      case 'h':
        return in_set ? "0-9A-Fa-f" : "[0-9A-Fa-f]";
      case 'w':
        return in_set ? std::string(kWordSet) : fmt::format("[{}]", kWordSet);
      case 'H':
        if (in_set) break;
        return "[^0-9A-Fa-f]";
      case 'W':
        if (in_set) break;
        return fmt::format("[^{}]", kWordSet);
      case 'b':
      case 'B':
        if (in_set) return "\\b";
        return edge_of_word(letter == 'b');
      case 'u':
        return code_point();
      case 'p':
      case 'P':
        return property(letter);
      default:
        return {'\\', letter};
    }
    refuse(pattern_, fmt::format("has \\{} in a set, which is not supported", letter));
  }

  // PCRE2's own ignores marks.
  static std::string edge_of_word(bool is_edge) {
    const std::string set = fmt::format("[{}]", kWordSet);
    const char* const ahead = is_edge ? "!" : "=";
    const char* const ahead_else = is_edge ? "=" : "!";
    return fmt::format("(?:(?<={0})(?{1}{0})|(?<!{0})(?{2}{0}))", set, ahead, ahead_else);
  }

  // \uHHHH
  std::string code_point() {
    const std::string_view digits = pattern_.substr(at_).substr(0, 4);
    const bool hex = digits.size() == 4 && std::all_of(digits.begin(), digits.end(), [](char c) {
                       return std::isxdigit(static_cast<unsigned char>(c)) != 0;
                     });
    if (!hex) refuse(pattern_, "has \\u without four digits");
    at_ += digits.size();
    return fmt::format("\\x{{{}}}", digits);
  }

  // A script means the characters of that script alone, which PCRE2 writes \p{sc:Han}.
  std::string property(char letter) {
    const std::size_t end = follows("{") ? pattern_.find('}', at_) : std::string_view::npos;
    if (end == std::string_view::npos) return {'\\', letter};
    const std::string_view name = pattern_.substr(at_ + 1, end - at_ - 1);
    at_ = end + 1;
    const std::string script = fmt::format("\\{}{{sc:{}}}", letter, name);
    return name.size() > 2 && compiles(script) ? script : fmt::format("\\{}{{{}}}", letter, name);
  }

  // A set and what is within its brackets: sets that are not negated flow into it. An intersection
  // with another set becomes a condition before it.
  std::string set() {
    ++at_;
    std::string inside;
    if (follows("^")) inside += pattern_[at_++];
    if (follows("]")) inside += pattern_[at_++];  // the character itself
    while (true) {
      if (at_end()) refuse(pattern_, "has a set without an end");
      if (peek() == ']') break;
      if (follows("&&")) return intersection(inside);
      inside += item_of_set();
    }
    ++at_;
    return fmt::format("[{}]", inside);
  }

  std::string item_of_set() {
    if (peek() == '\\') return escape(/*in_set=*/true);
    if (peek() != '[') return {pattern_[at_++]};
    if (follows("[:")) {
      const std::size_t end = pattern_.find(":]", at_);
      if (end == std::string_view::npos) refuse(pattern_, "has a class without an end");
      std::string name(pattern_.substr(at_, end + 2 - at_));
      at_ = end + 2;
      return name;
    }
    if (++depth_ > kMaxDepth) refuse(pattern_, "nests its sets too deep");
    const std::string inner = set();
    --depth_;
    if (!inner.starts_with('[') || inner.starts_with("[^")) {
      refuse(pattern_, "has a negated set or an intersection within a set, which is not supported");
    }
    return inner.substr(1, inner.size() - 2);
  }

  std::string intersection(const std::string& first) {
    at_ += 2;
    if (first.starts_with('^') || !follows("[")) {
      refuse(pattern_, "has an intersection of sets that is not supported: [...&&[...]] is");
    }
    const std::string second = set();
    if (!follows("]")) refuse(pattern_, "has an intersection of more than two sets");
    ++at_;
    return fmt::format("(?:(?={})[{}])", second, first);
  }

  static constexpr int kMaxDepth = 16;

  std::string_view pattern_;
  std::size_t at_ = 0;
  int depth_ = 0;
};

std::string message_of(int error) {
  std::array<PCRE2_UCHAR, 256> text{};
  pcre2_get_error_message(error, text.data(), text.size());
  return reinterpret_cast<const char*>(text.data());
}

// Whether PCRE2 can take the text as it is.
bool is_plain(ByteView text) {
  for (std::size_t at = 0; at < text.size();) {
    if (text[at] < 0x80) {
      ++at;
      continue;
    }
    const Char c = char_at(text, at);
    if (c.code == kNoChar || c.code == kVowelSeparator) return false;
    at += c.length;
  }
  return true;
}

}  // namespace

struct Regex::Code {
  pcre2_code* code = nullptr;
};

struct RegexMatcher::Memory {
  pcre2_match_data* data = nullptr;
  pcre2_match_context* context = nullptr;
};

Regex::Regex(std::string_view pattern) : pattern_(pattern), code_(std::make_unique<Code>()) {
  if (pattern.size() > kMaxPattern) refuse(pattern, "is longer than any that cuts words");
  const std::string translated = Translator(pattern).translate();
  int error = 0;
  std::size_t place = 0;
  code_->code = compile(translated, &error, &place);
  if (code_->code != nullptr) return;
  if (error == PCRE2_ERROR_HEAP_FAILED) throw std::bad_alloc();
  refuse(pattern, fmt::format("can't be compiled: {} (at byte {} of {})", message_of(error), place,
                              in_quotes(translated)));
}

Regex::~Regex() { pcre2_code_free(code_->code); }

RegexMatcher::RegexMatcher(const Regex& regex, RegexBudget& budget)
    : regex_(regex), budget_(budget), memory_(std::make_unique<Memory>()) {
  memory_->data = pcre2_match_data_create_from_pattern(regex.code_->code, nullptr);
  memory_->context = pcre2_match_context_create(nullptr);
  if (memory_->data != nullptr && memory_->context != nullptr) {
    pcre2_set_heap_limit(memory_->context, kMemoryLimit);
    return;
  }
  pcre2_match_data_free(memory_->data);
  pcre2_match_context_free(memory_->context);
  throw std::bad_alloc();
}

RegexMatcher::~RegexMatcher() {
  pcre2_match_data_free(memory_->data);
  pcre2_match_context_free(memory_->context);
}

// Of the match that begins at `at`; kNoMatch if there is none. PCRE2 does not tell how many steps a
// match took, so it gets few, and ten times as many whenever they were too few.
std::size_t RegexMatcher::end_of_match(std::string_view subject, std::size_t at) const {
  std::uint32_t limit = kFirstLimit;
  while (true) {
    pcre2_set_match_limit(memory_->context, limit);
    const int found = pcre2_match(regex_.code_->code, reinterpret_cast<PCRE2_SPTR>(subject.data()),
                                  subject.size(), at, PCRE2_ANCHORED | PCRE2_NO_UTF_CHECK,
                                  memory_->data, memory_->context);
    if (found >= 0) return std::max(at, pcre2_get_ovector_pointer(memory_->data)[1]);
    if (found == PCRE2_ERROR_NOMATCH) return kNoMatch;
    if (found == PCRE2_ERROR_NOMEMORY) throw std::bad_alloc();
    limit *= 10;
    if (found == PCRE2_ERROR_MATCHLIMIT && limit <= 1'000'000'000 && budget_.take(limit)) continue;
    throw Error(fmt::format(
        "the pattern {} that cuts this model's words takes too much work at {}; it can't be used "
        "on this text",
        in_quotes(regex_.pattern()), in_quotes(subject.substr(at))));
  }
}

void RegexMatcher::split(ByteView text, const OnPart& visit) {
  std::string_view subject = as_chars(text);
  const bool plain = is_plain(text);
  if (!plain) {
    copy_.clear();
    places_.clear();
    for (std::size_t at = 0; at < text.size();) {
      const Char c = char_at(text, at);
      const std::string_view shown = c.code == kNoChar           ? kNoCharacter
                                     : c.code == kVowelSeparator ? kFormatMark
                                                                 : subject.substr(at, c.length);
      copy_ += shown;
      places_.insert(places_.end(), shown.size(), at);
      at += c.length;
    }
    places_.push_back(text.size());
    subject = copy_;
  }
  const auto visit_part = [&](std::size_t begin, std::size_t end, bool matches) {
    if (!plain) begin = places_[begin], end = places_[end];
    visit(text.subspan(begin, end - begin), matches);
  };
  std::size_t done = 0;
  for (std::size_t at = 0; at < subject.size();) {
    const std::size_t end = end_of_match(subject, at);
    if (end == kNoMatch || end == at) {
      if (end == at && done < at) visit_part(std::exchange(done, at), at, false);
      if (end == at) visit_part(at, at, true);
      at += char_at(as_bytes(subject), at).length;
      continue;
    }
    if (done < at) visit_part(done, at, false);
    visit_part(at, end, true);
    done = at = end;
  }
  if (done < subject.size()) visit_part(done, subject.size(), false);
}

}  // namespace zipdream
