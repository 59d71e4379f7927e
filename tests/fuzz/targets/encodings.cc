// SPDX-License-Identifier: Apache-2.0
// Numbers as archives and people write them: what is read is written as it stood, or means the
// same.
// libFuzzer: -max_len=64
#include "base/encodings.h"

#include "tests/fuzz/fuzz.h"

namespace zipdream {

void fuzz(ByteView data) {
  ByteView rest = data;
  if (const auto number = take_varint(rest)) {
    Bytes written;
    append_varint(*number, written);
    const ByteView read = data.first(data.size() - rest.size());
    check(Bytes(read.begin(), read.end()) == written, "a number has two encodings");
    check(written.size() == varint_size(*number), "a number has two sizes");
  } else {
    check(rest.size() == data.size(), "bytes taken, and no number");
  }
  if (const auto size = parse_size(as_chars(data))) {
    check(parse_size(size_text(*size)) == size, "a size is written as another");
  }
  check(base64(data).size() == (data.size() + 2) / 3 * 4, "base64 of another length");
}

}  // namespace zipdream
