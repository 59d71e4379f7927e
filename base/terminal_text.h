// SPDX-License-Identifier: Apache-2.0
// Bytes that may or may not be text, made safe to show on a terminal: well-formed printable UTF-8,
// newlines and tabs pass; control characters, escape sequences and malformed bytes appear as \xHH,
// backslashes as they are.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "zipdream/bytes.h"

namespace zipdream {

// Takes bytes as they come and holds back a UTF-8 character until it is whole.
class TerminalText {
 public:
  // What can be shown after these bytes.
  [[nodiscard]] std::string add(ByteView bytes);

  // The bytes that were held back, escaped; the stream may go on afterwards.
  [[nodiscard]] std::string finish();

 private:
  std::string pending_;
};

// What a terminal may show of a name, a path or a message, on one line.
[[nodiscard]] std::string terminal_line(std::string_view text);

// How many columns a terminal takes for text that it may show: one for most characters, two for
// those of East Asia and for pictures, none for marks that stand over others.
[[nodiscard]] std::size_t terminal_columns(std::string_view shown);

// Whole characters from the start of the text, or from its end, that fit in so many columns.
[[nodiscard]] std::string_view first_columns(std::string_view shown, std::size_t columns);
[[nodiscard]] std::string_view last_columns(std::string_view shown, std::size_t columns);

// What a terminal may show of all these bytes, on one line if `one_line`: newline, carriage return
// and tab as \n, \r and \t.
[[nodiscard]] std::string terminal_text(ByteView bytes, bool one_line = false);

// One character as a terminal may show it, or a byte that is part of none, and how many bytes that
// is. Newlines and tabs are themselves.
struct TextCell {
  std::string shown;
  std::size_t bytes = 1;
};
[[nodiscard]] std::vector<TextCell> text_cells(ByteView bytes);

// Whether the bytes are well-formed UTF-8 from start to end.
[[nodiscard]] bool is_utf8(ByteView bytes);

}  // namespace zipdream
