// SPDX-License-Identifier: Apache-2.0
#include "tests/cli/process.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <optional>
#include <stdexcept>

namespace zipdream {
namespace {

constexpr rlim_t kMaxProcessorSeconds = 120;
constexpr unsigned kMaxSeconds = 600;

struct Ends {
  int read = -1;
  int write = -1;
};

Ends make_pipe() {
  std::array<int, 2> ends{};
  if (pipe(ends.data()) != 0) throw std::runtime_error("pipe");
  return {ends[0], ends[1]};
}

// A pipe that gives what one write() put in to one read(); none where the system has no such pipes.
std::optional<Ends> make_packet_pipe() {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_DIRECT) != 0) return std::nullopt;
  return Ends{ends[0], ends[1]};
}

Ends make_terminal(unsigned short columns) {
  Ends ends;
  winsize size{};
  size.ws_col = columns;
  if (openpty(&ends.read, &ends.write, nullptr, nullptr, &size) != 0) {
    throw std::runtime_error("openpty");
  }
  return ends;
}

[[noreturn]] void become(const std::vector<std::string>& command) {
  std::vector<char*> arguments;
  arguments.reserve(command.size() + 1);
  for (const std::string& argument : command) {
    arguments.push_back(const_cast<char*>(argument.c_str()));
  }
  arguments.push_back(nullptr);
  const rlimit limit = {kMaxProcessorSeconds, kMaxProcessorSeconds + 1};
  setrlimit(RLIMIT_CPU, &limit);
  alarm(kMaxSeconds);
  setenv("XDG_CACHE_HOME", "/dev/null", 0);  // tests leave nothing in anybody's home
  execvp(arguments[0], arguments.data());
  _exit(127);
}

// Appends what there is to read; false at the end. A terminal whose last writer has gone reports
// EIO.
bool drain(int fd, std::string& text) {
  std::array<char, 4096> buffer{};
  const ssize_t got = read(fd, buffer.data(), buffer.size());
  if (got > 0) text.append(buffer.data(), static_cast<std::size_t>(got));
  return got > 0;
}

void collect(pid_t child, int out, int err, const ProcessOptions& options, ProcessResult& result) {
  std::array<pollfd, 2> ends = {pollfd{out, POLLIN, 0}, pollfd{err, POLLIN, 0}};
  bool interrupted = false;
  while (ends[0].fd >= 0 || ends[1].fd >= 0) {
    if (poll(ends.data(), ends.size(), -1) < 0) continue;
    if (ends[0].revents != 0) {
      if (drain(out, result.out)) {
        if (options.count_writes) ++result.writes;
      } else {
        ends[0].fd = -1;
      }
    }
    if (ends[1].revents != 0 && !drain(err, result.err)) ends[1].fd = -1;
    if (!interrupted && options.interrupt_when && options.interrupt_when(result.out, result.err)) {
      interrupted = true;
      kill(child, SIGINT);
    }
  }
}

}  // namespace

bool has_terminals() {
  int terminal = -1;
  int terminal_end = -1;
  if (openpty(&terminal, &terminal_end, nullptr, nullptr, nullptr) != 0) return false;
  close(terminal);
  close(terminal_end);
  return true;
}

bool has_packet_pipes() {
  const std::optional<Ends> ends = make_packet_pipe();
  if (!ends) return false;
  close(ends->read);
  close(ends->write);
  return true;
}

ProcessResult run_program(const std::vector<std::string>& command, const ProcessOptions& options) {
  const Ends in = make_pipe();
  const Ends out = options.terminal       ? make_terminal(options.columns)
                   : options.count_writes ? make_packet_pipe().value()
                                          : make_pipe();
  const Ends err = options.error_terminal ? make_terminal(options.columns) : make_pipe();
  const pid_t child = fork();
  if (child == 0) {
    dup2(in.read, STDIN_FILENO);
    dup2(out.write, STDOUT_FILENO);
    dup2(err.write, STDERR_FILENO);
    for (int fd = 3; fd < 64; ++fd) close(fd);
    become(command);
  }
  for (const int fd : {in.read, out.write, err.write}) close(fd);
  signal(SIGPIPE,
         SIG_IGN);  // a program that doesn't read its input is no reason for the test to die
  std::string_view input = options.input;
  while (!input.empty()) {
    const ssize_t put = write(in.write, input.data(), input.size());
    if (put <= 0) break;
    input.remove_prefix(static_cast<std::size_t>(put));
  }
  close(in.write);
  ProcessResult result;
  collect(child, out.read, err.read, options, result);
  int status = 0;
  rusage usage{};
  wait4(child, &status, 0, &usage);
  result.peak_bytes = static_cast<std::size_t>(usage.ru_maxrss) * 1024;
  result.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  for (const int fd : {out.read, err.read}) close(fd);
  return result;
}

ProcessResult run_zipdream(const std::vector<std::string>& arguments,
                           const ProcessOptions& options) {
  std::vector<std::string> command = {ZIPDREAM_BINARY};
  command.insert(command.end(), arguments.begin(), arguments.end());
  return run_program(command, options);
}

std::string sample(const std::string& name) { return std::string(SAMPLES_FOLDER) + "/" + name; }

void expect_refusal(const std::vector<std::string>& arguments, int exit_code,
                    const std::vector<std::string>& parts, const ProcessOptions& options) {
  const ProcessResult result = run_zipdream(arguments, options);
  EXPECT_EQ(result.exit_code, exit_code) << result.err;
  EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 1) << result.err;
  for (const std::string& part : parts) EXPECT_THAT(result.err, testing::HasSubstr(part));
  EXPECT_EQ(result.out, "");
}

}  // namespace zipdream
