// SPDX-License-Identifier: Apache-2.0
// Parse, run, print one error.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <limits>
#include <new>
#include <optional>
#include <span>
#include <string>

#include "apps/cli/arguments.h"
#include "apps/cli/command.h"
#include "apps/cli/output.h"
#include "base/errors.h"
#include "base/process.h"
#include "zipdream/codec.h"
#include "zipdream/error.h"
#include "zipdream/runtime.h"

namespace zipdream {
namespace {

constexpr std::size_t kLeastMemory = std::size_t{16} << 20;

constexpr const char* kSummary = "Turns any compressor into a generative model.";

constexpr const char* kExamples = R"(
  echo "To be, or not to be, that is the " | zipdream generate gzip:9 -n 40 --seed 1
  zipdream generate gzip:9 -f samples/image.png --temp 0.5 -o continued.png
  zipdream predict gzip:9 -p "the cat sat on the mat, the cat sat on the " --top 5
)";

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

int run(std::span<char* const> argv) {
  CommandLine line("zipdream", fmt::format("zipdream {}", version()), kSummary, kExamples);
  std::optional<std::size_t> memory;
  line.common()
      .add("--memory-limit", &memory,
           "Memory that any command may take, 16M or more; it fails rather than take more")
      .type("SIZE")
      .is_size()
      .range(kLeastMemory, std::numeric_limits<std::size_t>::max())
      .example("2G");
  const std::array commands = {add_generate(line),
                               add_predict(line),
                               add_score(line),
                               add_compare(line, argv),
                               add_compress(line),
                               add_decompress(line),
                               add_test(line),
                               add_train(line),
                               add_serve(line),
                               add_rates(line, argv),
                               add_in_context(line, argv),
                               add_scaling(line, argv),
                               add_tokenization(line, argv),
                               add_merge(line, argv),
                               add_list(line),
                               add_models(line),
                               add_info(line)};
  const CommandLine::Asked asked = line.read(argv);
  if (asked.text) {
    print(*asked.text);
    return kExitOk;
  }
  if (memory) limit_memory(*memory);
  const auto* const command = std::ranges::find(commands, asked.command, &Command::arguments);
  if (command == commands.end()) throw usage_error("no command; see `zipdream --help`");
  return command->run();
}

// The one place where errors are caught.
int run_and_report(std::span<char* const> argv) {
  try {
    return run(argv);
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
