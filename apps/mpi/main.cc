// SPDX-License-Identifier: Apache-2.0
// zipdream-mpi: the experiments of zipdream by all processes of one mpirun, a program of its own,
// so that nothing else links MPI. Parse, run, print one error, on rank 0 alone.
#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <optional>
#include <span>
#include <string>

#include "apps/cli/command.h"
#include "apps/cli/experiment_options.h"
#include "apps/cli/output.h"
#include "apps/cli/program.h"
#include "apps/mpi/ranks.h"
#include "apps/mpi/run_by_ranks.h"
#include "base/process.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

// How this rank ended. A rank that is not 0 says nothing of its own, and what it exits with is
// nobody's business: mpirun gives the user the code of the first that is not 0.
struct End {
  int code = kExitOk;
  std::string message;     // what the user is told; "": nothing
  bool is_settled = true;  // whether all ranks know that the run is over
};

End run(const Ranks& ranks, std::span<char* const> argv) {
  const Measuring measuring{
      .results = [&ranks](const RunRequest& request) { return run_by_ranks(ranks, request); },
      .shows = ranks.rank() == 0,
      .threads = 1};
  const std::optional<int> code = MpiProgram(argv, measuring).run();
  if (!code) return {.is_settled = false};
  return {*code};
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
