// SPDX-License-Identifier: Apache-2.0
#include "codecs/common/alphabet.h"

#include <fmt/format.h>

#include <bitset>
#include <charconv>

#include "zipdream/error.h"

namespace zipdream {
namespace {

using ByteSet = std::bitset<256>;

Alphabet members(const ByteSet& set) {
  Alphabet alphabet;
  for (std::size_t value = 0; value < set.size(); ++value) {
    if (set[value]) alphabet.push_back(static_cast<Byte>(value));
  }
  return alphabet;
}

Error bad_alphabet(std::string_view text, std::string_view why) {
  return Error::of_option("alphabet", fmt::format("'{}'", text), std::string(why),
                          "use all, seen, printable, or a set such as 'a-z .,\\n'");
}

// Reads the members of a set one by one, escapes resolved.
class SetReader {
 public:
  explicit SetReader(std::string_view text) : text_(text), rest_(text) {}

  [[nodiscard]] bool done() const { return rest_.empty(); }
  [[nodiscard]] bool at_range() const { return rest_.size() >= 2 && rest_[0] == '-'; }
  void skip_dash() { rest_.remove_prefix(1); }

  Byte member() {
    const char first = take();
    if (first != '\\') return static_cast<Byte>(first);
    if (rest_.empty()) throw bad_alphabet(text_, "ends in a lone backslash");
    switch (const char escaped = take()) {
      case 'n':
        return '\n';
      case 'r':
        return '\r';
      case 't':
        return '\t';
      case '\\':
      case '-':
        return static_cast<Byte>(escaped);
      case 'x':
        return hex_byte();
      default:
        throw bad_alphabet(text_, fmt::format("has no escape \\{}", escaped));
    }
  }

 private:
  char take() {
    const char first = rest_.front();
    rest_.remove_prefix(1);
    return first;
  }

  Byte hex_byte() {
    Byte value = 0;
    const char* begin = rest_.data();
    if (rest_.size() < 2 || std::from_chars(begin, begin + 2, value, 16).ptr != begin + 2) {
      throw bad_alphabet(text_, "needs two hexadecimal digits after \\x");
    }
    rest_.remove_prefix(2);
    return value;
  }

  std::string_view text_;
  std::string_view rest_;
};

Alphabet parse_set(std::string_view text) {
  ByteSet set;
  SetReader reader(text);
  while (!reader.done()) {
    const Byte first = reader.member();
    Byte last = first;
    if (reader.at_range()) {
      reader.skip_dash();
      last = reader.member();
    }
    if (last < first) throw bad_alphabet(text, "has a range that runs backwards");
    for (int value = first; value <= last; ++value) set.set(static_cast<std::size_t>(value));
  }
  if (set.none()) throw bad_alphabet(text, "is empty");
  return members(set);
}

}  // namespace

Alphabet full_alphabet() { return members(ByteSet().set()); }

Alphabet seen_alphabet(ByteView a, ByteView b) {
  ByteSet set;
  for (const Byte byte : a) set.set(byte);
  for (const Byte byte : b) set.set(byte);
  return members(set);
}

Alphabet parse_alphabet(std::string_view text, ByteView corpus, ByteView prompt) {
  if (text == "all") return full_alphabet();
  if (text == "printable") return parse_set("\t\n -~");
  if (text != "seen") return parse_set(text);
  Alphabet seen = seen_alphabet(corpus, prompt);
  if (seen.empty()) throw bad_alphabet(text, "nothing was seen");
  return seen;
}

}  // namespace zipdream
