// SPDX-License-Identifier: Apache-2.0
// Regular expressions as files of tokenizers state them. They are written for Oniguruma, which
// Hugging Face's library uses; here PCRE2 runs them, so what the two write differently is
// translated: \h (a hex digit), \w, \uHHHH, sets within sets, intersections of sets, scripts.
// Classes of characters follow PCRE2's tables: Unicode 14 with Debian 12's.
//
// A pattern may be hostile, and an honest one meet a text that it is slow on: what may be spent is
// counted in PCRE2's own steps, which are the same on every machine, and grows with the text alone.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "zipdream/bytes.h"

namespace zipdream {

class Regex {
 public:
  // Throws Error that quotes the pattern, and where it goes wrong, if it can't be compiled.
  explicit Regex(std::string_view pattern);
  Regex(const Regex&) = delete;
  Regex& operator=(const Regex&) = delete;
  ~Regex();

  // The pattern as it was given.
  [[nodiscard]] const std::string& pattern() const { return pattern_; }

 private:
  friend class RegexMatcher;
  struct Code;

  std::string pattern_;
  std::unique_ptr<Code> code_;
};

// The steps that one text may take in all its matches beyond what each place has anyway.
class RegexBudget {
 public:
  explicit RegexBudget(std::size_t text_bytes)
      : left_(std::uint64_t{10'000'000} + std::uint64_t{200} * text_bytes) {}

  // Whether there were so many left.
  [[nodiscard]] bool take(std::uint64_t steps) {
    if (steps > left_) return false;
    left_ -= steps;
    return true;
  }

 private:
  std::uint64_t left_;
};

// Keeps its memory from text to text. Threads: one at a time.
class RegexMatcher {
 public:
  // REQUIRES: the regex and the budget outlive the matcher.
  RegexMatcher(const Regex& regex, RegexBudget& budget);
  RegexMatcher(const RegexMatcher&) = delete;
  RegexMatcher& operator=(const RegexMatcher&) = delete;
  ~RegexMatcher();

  // Calls visit for what matches and what lies between, in order; all of them together are the
  // text. What matches may be empty. Bytes that are no UTF-8 are characters of their own, neither
  // letter, number, mark, punctuation, symbol nor space. Throws Error when the budget is used up.
  using OnPart = std::function<void(ByteView part, bool matches)>;
  void split(ByteView text, const OnPart& visit);

 private:
  struct Memory;

  [[nodiscard]] std::size_t end_of_match(std::string_view subject, std::size_t at) const;

  const Regex& regex_;
  RegexBudget& budget_;
  std::unique_ptr<Memory> memory_;
  std::string copy_;                 // of a text that PCRE2 can't take as it is
  std::vector<std::size_t> places_;  // in the text, of each byte of the copy and its end
};

}  // namespace zipdream
