// SPDX-License-Identifier: Apache-2.0
#include "base/terminal_text.h"

#include <gtest/gtest.h>

#include <string>

namespace zipdream {
namespace {

std::string shown(std::string_view text) { return terminal_text(as_bytes(text)); }

std::string shown(const std::vector<TextCell>& cells) {
  std::string text;
  for (const TextCell& cell : cells) text += "[" + cell.shown + "]" + std::to_string(cell.bytes);
  return text;
}

TEST(TextCells, AreCharactersAndBytesThatAreNone) {
  EXPECT_EQ(shown(text_cells(to_bytes("a\xc3\xa9\n\t"))), "[a]1[\xc3\xa9]2[\n]1[\t]1");
  EXPECT_EQ(shown(text_cells(to_bytes("\x1b\xff\xe2\nb"))), "[\\x1b]1[\\xff]1[\\xe2]1[\n]1[b]1");
  EXPECT_EQ(shown(text_cells(to_bytes("\xe2\x82"))), "[\\xe2]1[\\x82]1");
  EXPECT_TRUE(text_cells({}).empty());
}

TEST(TerminalText, PassesPrintableUtf8) {
  EXPECT_EQ(shown("a\tb\n"), "a\tb\n");
  EXPECT_EQ(shown("Grüße, 世界 🎵"), "Grüße, 世界 🎵");
}

TEST(TerminalText, EscapesControlsAndEscapeSequences) {
  EXPECT_EQ(shown("\x1b[31m"), "\\x1b[31m");
  EXPECT_EQ(shown("a\rb\x7f"), "a\\x0db\\x7f");
  EXPECT_EQ(shown("\xc2\x9b"), "\\xc2\\x9b");           // CSI as one C1 control
  EXPECT_EQ(shown("\xe2\x80\xae"), "\\xe2\\x80\\xae");  // right-to-left override
}

TEST(TerminalText, EscapesMalformedBytesOneByOne) {
  EXPECT_EQ(shown("a\xff\xfe!"), "a\\xff\\xfe!");
  EXPECT_EQ(shown("\xc3("), "\\xc3(");
  EXPECT_EQ(shown("\xed\xa0\x80"), "\\xed\\xa0\\x80");  // a surrogate
  EXPECT_EQ(shown("\xc0\xaf"), "\\xc0\\xaf");           // overlong
}

TEST(TerminalText, WaitsForTheRestOfACharacter) {
  TerminalText text;
  EXPECT_EQ(text.add(as_bytes("x\xe4")), "x");
  EXPECT_EQ(text.add(as_bytes("\xb8")), "");
  EXPECT_EQ(text.add(as_bytes("\x96y")), "世y");
  EXPECT_EQ(text.finish(), "");
}

TEST(TerminalText, EscapesACharacterThatNeverBecomesWhole) {
  TerminalText text;
  EXPECT_EQ(text.add(as_bytes("\xe4\xb8")), "");
  EXPECT_EQ(text.finish(), "\\xe4\\xb8");
  EXPECT_EQ(text.add(as_bytes("\xe4")), "");
  EXPECT_EQ(text.add(as_bytes("z")), "\\xe4z");
}

TEST(TerminalText, FitsOnOneLineWhenAsked) {
  EXPECT_EQ(terminal_text(as_bytes("a\nb\tc"), true), "a\\nb\\tc");
}

TEST(TerminalText, ShowsAnyBytesAsUtf8) {
  Bytes all;
  for (unsigned i = 0; i < 65536; ++i) all.push_back(static_cast<Byte>((i * 40503) >> 7));
  EXPECT_TRUE(is_utf8(as_bytes(terminal_text(all))));
}

TEST(TerminalColumns, CountsCellsNotBytes) {
  EXPECT_EQ(terminal_columns("abc"), 3U);
  EXPECT_EQ(terminal_columns("\xc3\xa9"), 1U);
  EXPECT_EQ(terminal_columns("e\xcc\x81"), 1U) << "an accent stands over its letter";
  EXPECT_EQ(terminal_columns("\xe6\xb5\xb7"), 2U);
  EXPECT_EQ(first_columns("\xe6\xb5\xb7\xe6\xb5\xb7", 3), "\xe6\xb5\xb7");
  EXPECT_EQ(last_columns("a\xe6\xb5\xb7z", 2), "z");
  EXPECT_EQ(first_columns("abc", 0), "");
  EXPECT_EQ(last_columns("abc", 5), "abc");
}

TEST(TerminalLine, IsOneLine) { EXPECT_EQ(terminal_line("a\nb\x1b"), "a\\nb\\x1b"); }

}  // namespace
}  // namespace zipdream
