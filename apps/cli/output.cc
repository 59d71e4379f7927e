// SPDX-License-Identifier: Apache-2.0
#include "apps/cli/output.h"

#include <fmt/format.h>

#include <string>

#include "base/files.h"
#include "base/terminal.h"
#include "zipdream/error.h"

namespace zipdream {

void print(std::string_view text) { write_file("-", as_bytes(text)); }

void tell(std::string_view text) { fmt::print(stderr, "zipdream: {}\n", text); }

void refuse_binary_to_terminal(std::string_view path, std::string_view what) {
  if (path != "-" || !stdout_is_terminal()) return;
  throw usage_error(
      fmt::format("{} is binary and does not go to a terminal; name a file with -o", what));
}

}  // namespace zipdream
