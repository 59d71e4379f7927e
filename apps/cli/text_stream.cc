// SPDX-License-Identifier: Apache-2.0
#include "apps/cli/text_stream.h"

#include <fmt/format.h>

#include <string>

#include "base/terminal.h"

namespace zipdream {
namespace {

constexpr const char* kHighlight = "\x1b[1;36m";
constexpr const char* kPlain = "\x1b[0m";

}  // namespace

TextStream::TextStream()
    : output_("-", OutputFile::Existing::kReplace),
      terminal_(stdout_is_terminal()),
      color_(stdout_wants_color()) {}

void TextStream::prompt(ByteView bytes) { show(bytes, false); }

void TextStream::generated(ByteView bytes) { show(bytes, true); }

void TextStream::finish() {
  if (terminal_) output_.write(as_bytes(text_.finish() + "\n"));
}

void TextStream::show(ByteView bytes, bool highlighted) {
  if (!terminal_) return output_.write(bytes);
  const std::string shown = text_.add(bytes);
  output_.write(
      as_bytes(highlighted && color_ ? fmt::format("{}{}{}", kHighlight, shown, kPlain) : shown));
}

}  // namespace zipdream
