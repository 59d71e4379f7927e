// SPDX-License-Identifier: Apache-2.0
// Runs the real program and collects what it does.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace zipdream {

struct ProcessResult {
  int exit_code = 0;  // -signal when killed
  std::string out;
  std::string err;
  std::size_t peak_bytes = 0;  // of memory, at any one time
};

struct ProcessOptions {
  std::string input;      // standard input; then it ends
  bool terminal = false;  // standard output is a terminal (err is then part of out)
  std::function<bool(std::string_view out)>
      interrupt_when;  // sends SIGINT once this is true of the output
};

// Whether this machine can make a terminal (a chroot may lack /dev/pts).
[[nodiscard]] bool has_terminals();

// `zipdream ARGUMENTS...`. Kills it after a minute, so that a hang fails the test.
[[nodiscard]] ProcessResult run_zipdream(const std::vector<std::string>& arguments,
                                         const ProcessOptions& options = {});

// Expects an exit code, nothing on standard output, and one line on standard error that contains
// every one of `parts`.
void expect_refusal(const std::vector<std::string>& arguments, int exit_code,
                    const std::vector<std::string>& parts, const ProcessOptions& options = {});

// Any program found on PATH.
[[nodiscard]] ProcessResult run_program(const std::vector<std::string>& command,
                                        const ProcessOptions& options = {});

// samples/NAME of the project.
[[nodiscard]] std::string sample(const std::string& name);

}  // namespace zipdream
