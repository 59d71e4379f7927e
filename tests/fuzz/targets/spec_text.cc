// SPDX-License-Identifier: Apache-2.0
// A spec that is accepted, whatever paths are in it, is written as a text that means the same, in
// one line without control characters, and has one canonical spelling.
// libFuzzer: -max_len=200
#include <optional>
#include <string>

#include "tests/fuzz/fuzz.h"
#include "zipdream/spec.h"

namespace zipdream {
namespace {

bool is_one_line(const std::string& text) {
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < ' ' || c == '\x7f') return false;
  }
  return true;
}

}  // namespace

void fuzz(ByteView data) {
  std::optional<Spec> spec;
  if (!accepts([&] { spec = Spec::parse(as_chars(data)); })) return;
  const std::string text = spec->text();
  const std::string canonical = spec->canonical();
  check(is_one_line(text) && is_one_line(canonical), "a spec has control characters");
  const Spec again = Spec::parse(text);
  check(again.text() == text && again == *spec, "the text of a spec means another one");
  check(again.suffix() == spec->suffix(), "the text of a spec has another suffix");
  check(Spec::parse(canonical).canonical() == canonical, "a canonical spec has another one");
}

}  // namespace zipdream
