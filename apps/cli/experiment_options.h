// SPDX-License-Identifier: Apache-2.0
// What `rates`, `in-context`, `scaling` and `merge` have in common: which data, how it is cut,
// where the results go.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "apps/cli/arguments.h"
#include "apps/cli/command.h"
#include "apps/cli/file_use.h"
#include "experiments/rates/plan.h"
#include "experiments/rates/run.h"
#include "experiments/report/report.h"
#include "media/media.h"

namespace zipdream {

// Where the results go.
struct ReportTarget {
  std::string html;  // path; "": no page
  bool json = false;
  bool csv = false;
  bool times = true;
};

struct ExperimentOptions {
  std::vector<std::string> models;
  std::vector<std::string> data;
  std::optional<Media> media;
  std::string chunk = "2048";  // a size, "whole", or "SIZE,whole"
  Protocol protocol = Protocol::kBytes;
  bool headers_once = true;
  std::uint64_t prove_every = 0;
  std::string record;
  std::string shard;  // "I/N"
  int threads = 0;
  bool quiet = false;
  bool progress = false;
  ReportTarget target;
};

enum class ChunkKinds { kSizes, kSizesAndWhole };  // what --chunk takes

// The models, and all of what follows.
void add_experiment_options(Arguments& args, ExperimentOptions& options, ChunkKinds kinds);
void add_run_options(Arguments& args, ExperimentOptions& options, ChunkKinds kinds);
// --record, --threads, --quiet, which the above have, and --shard.
void add_record_options(Arguments& args, ExperimentOptions& options, bool with_shard);
// --prove, which not all of them have.
void add_prove_option(Arguments& args, ExperimentOptions& options);
// --progress, for those whose standard error is never a terminal.
void add_progress_option(Arguments& args, ExperimentOptions& options);
void add_report_options(Arguments& args, ReportTarget& target);

// Throws Error when page or record can't go where they should. REQUIRES: `files` knows all that the
// command reads.
void check_outputs(const ReportTarget& target, FileUse& files);
void check_outputs(const ExperimentOptions& options, FileUse& files);

// What the options ask for. Throws a usage Error for those that make no sense.
[[nodiscard]] RunRequest request_of(const ExperimentOptions& options, Experiment experiment);

// Who measures what is asked for: the threads of this process, or a client that has more of them.
struct Measuring {
  // Nothing where another process shows the results; see `shows`.
  std::function<std::optional<RunResults>(const RunRequest& request)> results;
  bool shows = true;  // whether this process writes the record and the report
  int threads = 0;    // what --threads holds until it is given
  // Whether there is a --progress: for lines where standard error is never a terminal.
  bool has_lines = false;
};
[[nodiscard]] Measuring measuring_here();

// The commands of command.h, by whoever measures.
[[nodiscard]] Command add_rates(CommandLine& line, std::span<char* const> argv,
                                const Measuring& measuring);
[[nodiscard]] Command add_in_context(CommandLine& line, std::span<char* const> argv,
                                     const Measuring& measuring);
[[nodiscard]] Command add_scaling(CommandLine& line, std::span<char* const> argv,
                                  const Measuring& measuring);

// Measures, and shows the report. Returns the exit code: 1 when files could not be read, each of
// which it names. `arguments` are main's.
// The report is the experiment's own, or `report`'s.
using MakeReport = std::function<Report(const RunResults& run_results)>;
int run_experiment(const ExperimentOptions& options, const RunRequest& request,
                   std::span<char* const> arguments, const MakeReport& report = {},
                   const Measuring& measuring = measuring_here());

// Shows the results as the target says. Throws Error when a data set has nothing to measure.
void show_report(const RunResults& run_results, const ReportTarget& target,
                 std::span<char* const> arguments, const MakeReport& report = {});

// Names each file that could not be read; returns the exit code.
int report_failures(const RunResults& run_results);

}  // namespace zipdream
