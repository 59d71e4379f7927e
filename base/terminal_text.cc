// SPDX-License-Identifier: Apache-2.0
#include "base/terminal_text.h"

#include <fmt/format.h>
#include <utf8.h>
#include <utf8proc.h>

#include <string_view>
#include <utility>

namespace zipdream {
namespace {

// C0 and C1 controls, and the marks that reorder or hide what stands around them.
bool is_safe(char32_t c) {
  if (c == '\n' || c == '\t') return true;
  const bool control = c < 0x20 || (c >= 0x7f && c < 0xa0);
  const bool bidi = (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
                    (c >= 0x2066 && c <= 0x2069) || c == 0xfeff;
  return !control && !bidi;
}

void append_escaped(std::string& out, std::string_view bytes) {
  for (const char byte : bytes) out += fmt::format("\\x{:02x}", static_cast<Byte>(byte));
}

// How many bytes the UTF-8 character that begins with `lead` has; 1 for a byte that begins none.
std::size_t sequence_length(char lead) {
  const auto byte = static_cast<Byte>(lead);
  if (byte >= 0xc2 && byte <= 0xdf) return 2;
  if (byte >= 0xe0 && byte <= 0xef) return 3;
  if (byte >= 0xf0 && byte <= 0xf4) return 4;
  return 1;
}

// Whether more bytes could still turn `text` into one UTF-8 character.
bool is_unfinished(std::string_view text) {
  if (text.size() >= sequence_length(text.front())) return false;
  for (const char byte : text.substr(1)) {
    if ((static_cast<Byte>(byte) & 0xc0) != 0x80) return false;
  }
  return true;
}

// Takes one character or one malformed byte off the front of `text`.
void append_first(std::string& out, std::string_view& text) {
  std::string_view first = text.substr(0, sequence_length(text.front()));
  const bool valid = utf8::is_valid(first.begin(), first.end());
  if (!valid) first = first.substr(0, 1);
  text.remove_prefix(first.size());
  auto begin = first.begin();
  if (valid && is_safe(utf8::unchecked::next(begin))) {
    out += first;
  } else {
    append_escaped(out, first);
  }
}

}  // namespace

std::string TerminalText::add(ByteView bytes) {
  pending_ += as_chars(bytes);
  std::string shown;
  std::string_view rest = pending_;
  while (!rest.empty() && !is_unfinished(rest)) append_first(shown, rest);
  pending_ = std::string(rest);
  return shown;
}

std::string TerminalText::finish() {
  const std::string held = std::exchange(pending_, {});
  std::string shown;
  append_escaped(shown, held);
  return shown;
}

std::string terminal_text(ByteView bytes, bool one_line) {
  TerminalText text;
  std::string shown = text.add(bytes) + text.finish();
  if (!one_line) return shown;
  std::string line;
  for (const char c : shown) {
    if (c == '\n') {
      line += "\\n";
    } else if (c == '\t') {
      line += "\\t";
    } else {
      line += c;
    }
  }
  return line;
}

std::string terminal_line(std::string_view text) { return terminal_text(as_bytes(text), true); }

namespace {

// Takes the first character off the text; returns its columns.
std::size_t take_columns(std::string_view& text) {
  utf8proc_int32_t character = 0;
  const utf8proc_ssize_t size =
      utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                       static_cast<utf8proc_ssize_t>(text.size()), &character);
  text.remove_prefix(size > 0 ? static_cast<std::size_t>(size) : 1);
  return size > 0 ? static_cast<std::size_t>(utf8proc_charwidth(character)) : 1;
}

}  // namespace

std::size_t terminal_columns(std::string_view shown) {
  std::size_t columns = 0;
  while (!shown.empty()) columns += take_columns(shown);
  return columns;
}

std::string_view first_columns(std::string_view shown, std::size_t columns) {
  std::string_view rest = shown;
  for (std::size_t used = 0; !rest.empty();) {
    std::string_view next = rest;
    used += take_columns(next);
    if (used > columns) break;
    rest = next;
  }
  return shown.substr(0, shown.size() - rest.size());
}

std::string_view last_columns(std::string_view shown, std::size_t columns) {
  std::size_t all = terminal_columns(shown);
  while (all > columns) all -= take_columns(shown);
  return shown;
}

std::vector<TextCell> text_cells(ByteView bytes) {
  std::vector<TextCell> cells;
  std::string_view rest = as_chars(bytes);
  while (!rest.empty()) {
    const std::size_t before = rest.size();
    TextCell cell;
    append_first(cell.shown, rest);
    cell.bytes = before - rest.size();
    cells.push_back(std::move(cell));
  }
  return cells;
}

bool is_utf8(ByteView bytes) { return utf8::is_valid(bytes.begin(), bytes.end()); }

}  // namespace zipdream
