// SPDX-License-Identifier: Apache-2.0
// What all fuzz targets have in common. A target is one file in targets/ that defines fuzz(); it is
// linked with libfuzzer.cc to look for inputs that break something, and with replay.cc to run those
// that are kept in corpus/ (scripts/fuzz.sh, docs/security.md).
//
// A target refuses an input by an Error of one line; any other exception, a failed check, a crash,
// a leak, a hang or too much memory is a finding.
#pragma once

#include <cstddef>
#include <string_view>

#include "zipdream/bytes.h"
#include "zipdream/error.h"

namespace zipdream {

// Each target's own. Called many times in one process; one thread.
void fuzz(ByteView data);

// Takes an input apart: choices from its front, content from what is left.
class FuzzInput {
 public:
  explicit FuzzInput(ByteView data) : left_(data) {}

  // 0 .. count - 1; 0 when the input is used up. REQUIRES: 1 <= count <= 65536.
  [[nodiscard]] std::size_t choose(std::size_t count);

  // At most so many bytes.
  [[nodiscard]] ByteView take(std::size_t count);
  [[nodiscard]] ByteView rest() { return take(left_.size()); }

 private:
  ByteView left_;
};

// Ends the process with a message unless it holds.
void check(bool holds, std::string_view what);

// An Error's text has to be one line that isn't empty.
void check_error(std::string_view text);

// Runs it and swallows an Error. Returns whether there was none.
template <typename Run>
bool accepts(const Run& run) {
  try {
    run();
    return true;
  } catch (const Error& error) {
    check_error(error.what());
    return false;
  }
}

}  // namespace zipdream
