// SPDX-License-Identifier: Apache-2.0
// Parse, run, print one error.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <limits>
#include <new>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "apps/cli/command.h"
#include "apps/cli/output.h"
#include "base/process.h"
#include "base/errors.h"
#include "zipdream/codec.h"
#include "zipdream/error.h"
#include "zipdream/zipdream.h"

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

int exit_with(const std::string& message, int code) {
  tell(message);
  return code;
}

// What is wrong with the command line, in one line.
std::string complaint(const CLI::App& application, const CLI::ParseError& error) {
  const std::vector<std::string> extras = application.remaining();
  if (application.get_subcommands().empty() && !extras.empty() && !extras[0].starts_with('-')) {
    std::vector<std::string_view> names;
    for (const CLI::App* app : application.get_subcommands({})) names.push_back(app->get_name());
    return fmt::format("{}: no such command; {}", extras[0], suggestion(extras[0], names));
  }
  std::string message = error.what();
  if (const auto end = message.find('\n'); end != std::string::npos) message.resize(end);
  return message + ";";
}

// The help of one command, or of all; examples come first, before CLI11's list of options.
std::string help(CLI::App& app, const char* examples, const std::string& parent) {
  app.description(app.get_description() + "\n\nExamples:" + examples);
  return app.help(parent);
}

// Help and --version go to standard output, what is wrong with the command line is one line.
int report_parse_result(CLI::App& application, std::span<const Command> commands,
                        const CLI::ParseError& error) {
  if (dynamic_cast<const CLI::CallForVersion*>(&error) != nullptr) {
    print(fmt::format("{}\n", error.what()));
    return kExitOk;
  }
  const auto chosen = std::find_if(commands.begin(), commands.end(),
                                   [](const Command& command) { return command.app->parsed(); });
  const bool has_chosen = chosen != commands.end();
  if (dynamic_cast<const CLI::Success*>(&error) != nullptr) {
    print(has_chosen ? help(*chosen->app, chosen->examples, "zipdream")
                     : help(application, kExamples, ""));
    return kExitOk;
  }
  return exit_with(fmt::format("{} see `zipdream{} --help`", complaint(application, error),
                               has_chosen ? " " + chosen->app->get_name() : ""),
                   kExitUsage);
}

int run(int argc, char** argv) {
  CLI::App application(kSummary, "zipdream");
  application.set_version_flag("--version", fmt::format("zipdream {}", version()));
  application.require_subcommand(0, 1);  // so that a misspelled one is seen as such
  application.get_formatter()->column_width(34);
  application.fallthrough();  // options for all commands may follow them
  application
      .add_option_function<std::size_t>(
          "--memory-limit", limit_memory,
          "Memory that any command may take, 16M or more; it fails rather than take more")
      ->trigger_on_parse()
      ->transform(CLI::AsSizeValue(false).description(""))
      ->check(CLI::Range(kLeastMemory, std::numeric_limits<std::size_t>::max()).description(""))
      ->type_name("SIZE");
  const std::span<char* const> words(argv, static_cast<std::size_t>(argc));
  const std::array commands = {add_generate(application),
                               add_predict(application),
                               add_score(application),
                               add_compare(application, words),
                               add_compress(application),
                               add_decompress(application),
                               add_test(application),
                               add_train(application),
                               add_rates(application, words),
                               add_in_context(application, words),
                               add_scaling(application, words),
                               add_tokenization(application, words),
                               add_merge(application, words),
                               add_list(application),
                               add_info(application)};
  try {
    application.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return report_parse_result(application, commands, error);
  }
  for (const Command& command : commands) {
    if (command.app->parsed()) return command.run();
  }
  return exit_with("no command; see `zipdream --help`", kExitUsage);
}

// The one place where errors are caught.
int run_and_report(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const Error& error) {
    return exit_with(error.what(), error.kind() == Error::Kind::kUsage ? kExitUsage : kExitFailure);
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
  zipdream::handle_interrupts();
  zipdream::use_page_guards();
  return zipdream::run_and_report(argc, argv);
}
