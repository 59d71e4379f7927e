// SPDX-License-Identifier: Apache-2.0
// zipdream-mpi: the experiments of zipdream by all processes of one mpirun, a program of its own,
// so that nothing else links MPI. Parse, run, print one error, on rank 0 alone.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <span>
#include <string>

#include "apps/cli/arguments.h"
#include "apps/cli/command.h"
#include "apps/cli/experiment_options.h"
#include "apps/cli/output.h"
#include "apps/mpi/ranks.h"
#include "apps/mpi/run_by_ranks.h"
#include "apps/mpi/score_files.h"
#include "base/process.h"
#include "zipdream/error.h"
#include "zipdream/runtime.h"

namespace zipdream {
namespace {

constexpr const char* kSummary =
    "The experiments of zipdream by all processes that mpirun starts: rank 0 deals the work, "
    "writes the record and prints.";

constexpr const char* kExamples = R"(
  mpirun -n 8 zipdream-mpi rates gzip:9 cm --data samples/text.txt --record run.jsonl
  mpirun -n 8 zipdream-mpi rates gzip:9 cm --data samples/text.txt --record run.jsonl   # goes on
  mpirun -n 8 zipdream-mpi score cm books/*.txt --prove
)";

// How this rank ended. A rank that is not 0 says nothing of its own, and what it exits with is
// nobody's business: mpirun gives the user the code of the first that is not 0.
struct End {
  int code = kExitOk;
  std::string message;     // what the user is told; "": nothing
  bool is_settled = true;  // whether all ranks know that the run is over
};

End run(const Ranks& ranks, std::span<char* const> argv) {
  CommandLine line("zipdream-mpi", fmt::format("zipdream-mpi {}", version()), kSummary, kExamples);
  const Measuring measuring{
      .results = [&ranks](const RunRequest& request) { return run_by_ranks(ranks, request); },
      .shows = ranks.rank() == 0,
      .threads = 1,
      .has_lines = true};
  const std::array commands = {
      add_rates(line, argv, measuring), add_in_context(line, argv, measuring),
      add_scaling(line, argv, measuring), add_score_files(line, argv, measuring)};
  const CommandLine::Asked asked = line.read(argv);
  if (asked.text) {
    if (ranks.rank() == 0) print(*asked.text);
    return {.is_settled = false};
  }
  const auto* const command = std::ranges::find(commands, asked.command, &Command::arguments);
  if (command == commands.end()) throw usage_error("no command; see `zipdream-mpi --help`");
  return {command->run()};
}

End run_and_catch(const Ranks& ranks, std::span<char* const> argv) {
  try {
    return run(ranks, argv);
  } catch (const Error& error) {
    const bool is_usage = error.kind() == Error::Kind::kUsage;
    return {is_usage ? kExitUsage : kExitFailure, message_of(error), false};
  } catch (const std::bad_alloc&) {
    return {kExitFailure, "out of memory; start fewer ranks on each node", false};
  } catch (const Interrupted&) {
    throw;
  } catch (const std::exception& error) {
    return {kExitFailure, fmt::format("internal error: {}; please report it", error.what()), false};
  }
}

int run_and_report(const Ranks& ranks, std::span<char* const> argv) {
  const End end = run_and_catch(ranks, argv);
  if (!end.is_settled) end_run(ranks, end.message);
  if (ranks.rank() > 0) return kExitOk;
  if (!end.message.empty()) tell(end.message);
  return end.code;
}

}  // namespace
}  // namespace zipdream

int main(int argc, char** argv) {
  std::cerr.rdbuf(nullptr);  // as main of apps/cli does, and for its reason
  setenv("OPENBLAS_NUM_THREADS", "1", 0);
  const zipdream::Ranks ranks(argc, argv);
  zipdream::handle_interrupts();
  zipdream::use_page_guards();
  try {
    return zipdream::run_and_report(ranks, {argv, static_cast<std::size_t>(argc)});
  } catch (const zipdream::Interrupted&) {
    // mpirun ends the other ranks, which may be anywhere.
    if (ranks.rank() == 0) zipdream::tell("interrupted");
    std::fflush(nullptr);
    std::_Exit(zipdream::kExitSignal + zipdream::interrupt_signal());
  }
}
