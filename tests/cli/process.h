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
  std::size_t writes = 0;  // to standard output, of up to 4096 bytes, if they were to be counted
};

struct ProcessOptions {
  std::string input;            // standard input; then it ends
  bool terminal = false;        // standard output is a terminal
  bool error_terminal = false;  // standard error is a terminal, so that progress is shown
  unsigned short columns = 0;   // of these terminals; 0: they don't say
  bool count_writes = false;    // to standard output. REQUIRES: has_packet_pipes()
  // Sends SIGINT once this is true of what came so far.
  std::function<bool(std::string_view out, std::string_view err)> interrupt_when;
};

// Whether this machine can make a terminal (a chroot may lack /dev/pts).
[[nodiscard]] bool has_terminals();

// Whether it can make a pipe that keeps writes apart (Linux's O_DIRECT).
[[nodiscard]] bool has_packet_pipes();

// `zipdream ARGUMENTS...`. Kills it after two minutes of processor time or ten minutes in all, so
// that a hang fails the test and a busy machine doesn't.
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
