// SPDX-License-Identifier: Apache-2.0
// Parse, run, print one error.
#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <new>
#include <span>
#include <string>

#include "apps/cli/command.h"
#include "apps/cli/output.h"
#include "apps/cli/program.h"
#include "base/process.h"
#include "zipdream/codec.h"
#include "zipdream/error.h"
#include "zipdream/runtime.h"

namespace zipdream {
namespace {

// What other libraries do to the whole process, which is the command's own and no library's choice.
// OpenCV tells of damaged images on std::cerr, which nothing else here writes to, and draws in a
// BLAS that would start a thread for each core as soon as it is loaded.
void quiet_libraries() {
  std::cerr.rdbuf(nullptr);
  setenv("OPENBLAS_NUM_THREADS", "1", 0);
}

// Digests of models are kept where programs keep what they can work out anew (XDG).
void keep_digests() {
  const auto folder_of = [](const char* name) {
    const char* const value = std::getenv(name);
    return std::string(value == nullptr ? "" : value);
  };
  const std::string cache = folder_of("XDG_CACHE_HOME");
  const std::string home = folder_of("HOME");
  if (!cache.empty()) keep_digests_in(cache + "/zipdream/sha256");
  if (cache.empty() && !home.empty()) keep_digests_in(home + "/.cache/zipdream/sha256");
}

int exit_with(const std::string& message, int code) {
  tell(message);
  return code;
}

// The one place where errors are caught.
int run_and_report(std::span<char* const> argv) {
  try {
    return Program(argv).run();
  } catch (const Error& error) {
    return exit_with(message_of(error),
                     error.kind() == Error::Kind::kUsage ? kExitUsage : kExitFailure);
  } catch (const Interrupted&) {
    return exit_with("interrupted", kExitSignal + interrupt_signal());
  } catch (const std::bad_alloc&) {
    return exit_with(
        "out of memory; use a smaller input, --corpus-bytes, --context-window or a larger "
        "--memory-limit",
        kExitFailure);
  } catch (const std::exception& error) {
    return exit_with(fmt::format("internal error: {}; please report it", error.what()),
                     kExitFailure);
  }
}

}  // namespace
}  // namespace zipdream

int main(int argc, char** argv) {
  zipdream::quiet_libraries();
  zipdream::keep_digests();
  zipdream::handle_interrupts();
  zipdream::use_page_guards();
  return zipdream::run_and_report({argv, static_cast<std::size_t>(argc)});
}
