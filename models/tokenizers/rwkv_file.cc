// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <charconv>
#include <string_view>
#include <utility>

#include "base/file_format.h"
#include "base/files.h"
#include "models/tokenizers/longest_match.h"
#include "models/tokenizers/unicode.h"
#include "models/tokenizers/vocabulary_file.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

constexpr std::size_t kMaxFileBytes = std::size_t{16} << 20;  // RWKV's takes 1.1 MB

// The number of so many hexadecimal digits.
std::optional<char32_t> hex_number(std::string_view digits, std::size_t count) {
  if (digits.size() < count) return std::nullopt;
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + count, number, 16);
  if (error != std::errc() || end != digits.data() + count) return std::nullopt;
  return number;
}

// What stands between the quotes of Python's literals.
class PythonLiteral {
 public:
  // Of a bytes object, or else of a string.
  PythonLiteral(std::string_view text, bool is_bytes) : rest_(text), is_bytes_(is_bytes) {}

  std::optional<std::string> bytes() {
    std::string bytes;
    while (!rest_.empty()) {
      const std::size_t escape = rest_.find('\\');
      bytes += rest_.substr(0, escape);
      if (escape == std::string_view::npos) break;
      rest_.remove_prefix(escape + 1);
      if (!take_escape(bytes)) return std::nullopt;
    }
    return bytes;
  }

 private:
  bool take_escape(std::string& bytes) {
    if (rest_.empty()) return false;
    const char kind = rest_.front();
    rest_.remove_prefix(1);
    switch (kind) {
      case 't':
        bytes += '\t';
        return true;
      case 'n':
        bytes += '\n';
        return true;
      case 'r':
        bytes += '\r';
        return true;
      case '\\':
      case '\'':
      case '"':
        bytes += kind;
        return true;
      case 'x':
        return take_number(2, bytes);
      case 'u':
        return !is_bytes_ && take_number(4, bytes);
      case 'U':
        return !is_bytes_ && take_number(8, bytes);
      default:
        return false;
    }
  }

  bool take_number(std::size_t digits, std::string& bytes) {
    const std::optional<char32_t> number = hex_number(rest_, digits);
    if (!number) return false;
    rest_.remove_prefix(digits);
    if (is_bytes_) {
      bytes += static_cast<char>(*number);
      return true;
    }
    if (*number > 0x10FFFF || (*number >= 0xD800 && *number < 0xE000)) return false;
    bytes += utf8(*number);
    return true;
  }

  std::string_view rest_;
  bool is_bytes_;
};

// Of a literal with its quotes, behind a "b" if it is one of bytes.
std::optional<std::string> bytes_of_literal(std::string_view text) {
  const bool is_bytes = text.starts_with('b');
  if (is_bytes) text.remove_prefix(1);
  if (text.size() < 2 || text.front() != text.back()) return std::nullopt;
  if (text.front() != '\'' && text.front() != '"') return std::nullopt;
  return PythonLiteral(text.substr(1, text.size() - 2), is_bytes).bytes();
}

std::optional<std::size_t> whole_number(std::string_view text) {
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// "1523 ' there' 6".
void add_line(std::string_view line, std::size_t number, const std::string& path,
              LongestMatchParts& parts) {
  const auto fail = [&](const std::string& what) {
    throw Error(fmt::format("{}: line {} {}", path, number, what));
  };
  const std::size_t first = line.find(' ');
  const std::size_t last = line.rfind(' ');
  if (first == std::string_view::npos || last <= first) {
    fail("is not an id, a literal and a length; is this a vocabulary of RWKV?");
  }
  const std::optional<std::size_t> id = whole_number(line.substr(0, first));
  if (!id || *id >= kMaxTokens) fail("begins with no id");
  const std::string_view literal = line.substr(first + 1, last - first - 1);
  std::optional<std::string> bytes = bytes_of_literal(literal);
  if (!bytes || bytes->empty()) {
    fail(fmt::format("has no literal of Python but {}", in_quotes(literal)));
  }
  if (whole_number(line.substr(last + 1)) != bytes->size()) {
    fail(fmt::format("has {} bytes, but says something else", bytes->size()));
  }
  if (parts.tokens.size() <= *id) parts.tokens.resize(*id + 1);
  LongestMatchParts::Token& token = parts.tokens[*id];
  if (!token.name.empty()) fail(fmt::format("has the id {}, as another before it", *id));
  token = {std::string(literal), std::move(*bytes)};
}

}  // namespace

std::optional<std::string> from_rwkv_name(std::string_view name) {
  return PythonLiteral(name, true).bytes();
}

LongestMatchParts read_rwkv_vocabulary(const std::string& path) {
  const Bytes file = read_file(path, kMaxFileBytes);
  refuse_pointer(file, path);
  LongestMatchParts parts;
  std::string_view rest = as_chars(file);
  for (std::size_t number = 1; !rest.empty(); ++number) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    std::string_view line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (!line.empty()) add_line(line, number, path, parts);
  }
  if (parts.tokens.empty()) throw Error(path + ": has no token");
  if (parts.tokens[0].name.empty()) {
    parts.tokens[0].name = "<|rwkv_tokenizer_end_of_text|>";  // as Hugging Face calls it
    parts.begin_of_text = parts.end_of_text = 0;
  }
  return parts;
}

}  // namespace zipdream
