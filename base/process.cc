// SPDX-License-Identifier: Apache-2.0
#include "base/process.h"

#include <sys/resource.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <string>
#include <system_error>

#include "zipdream/error.h"
#include "zipdream/runtime.h"

#define ZIPDREAM_TEXT_OF(x) #x
#define ZIPDREAM_TEXT(x) ZIPDREAM_TEXT_OF(x)

namespace zipdream {
namespace {

// Written by a handler and read by all threads; lock-free, so that a handler may write it.
std::atomic<int> stop_signal{0};
static_assert(std::atomic<int>::is_always_lock_free);

void request_stop(int signal) {
  stop_signal.store(signal, std::memory_order_relaxed);
  std::signal(signal, SIG_DFL);  // the second one kills
}

}  // namespace

void handle_interrupts() {
  struct sigaction action {};
  action.sa_handler = request_stop;
  sigemptyset(&action.sa_mask);
  // No SA_RESTART: a blocked read returns and finds the request.
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

void request_interrupt(int signal) { stop_signal.store(signal, std::memory_order_relaxed); }

void clear_interrupt() { stop_signal.store(0, std::memory_order_relaxed); }

bool interrupt_requested() { return interrupt_signal() != 0; }

int interrupt_signal() { return stop_signal.load(std::memory_order_relaxed); }

void check_interrupt() {
  if (interrupt_requested()) throw Interrupted();
}

void limit_memory(std::size_t bytes) {
  const rlimit limit = {bytes, bytes};
  if (setrlimit(RLIMIT_DATA, &limit) == 0) return;
  throw Error::of_option("memory_limit", std::to_string(bytes),
                         std::string("the system refuses it: ") + std::strerror(errno),
                         "is it above `ulimit -d`?");
}

std::uint64_t program_bytes() {
  std::error_code error;
  const std::uintmax_t size = std::filesystem::file_size("/proc/self/exe", error);
  return error ? 0 : size;
}

const char* version() {
  return ZIPDREAM_TEXT(ZIPDREAM_VERSION_MAJOR) "." ZIPDREAM_TEXT(
      ZIPDREAM_VERSION_MINOR) "." ZIPDREAM_TEXT(ZIPDREAM_VERSION_PATCH);
}

}  // namespace zipdream
