// SPDX-License-Identifier: Apache-2.0
// `zipdream merge`: one report of the parts of a run.
#include <memory>
#include <string>
#include <vector>

#include "apps/cli/command.h"
#include "apps/cli/experiment_options.h"
#include "apps/cli/file_use.h"

namespace zipdream {
namespace {

constexpr const char* kSummary =
    "Joins the records of a run's parts (--shard) into the report of the whole run.";

constexpr const char* kExamples = R"(
  zipdream rates gzip:9 xz:6 --data samples/text.txt --shard 1/2 --record 1.jsonl
  zipdream rates gzip:9 xz:6 --data samples/text.txt --shard 2/2 --record 2.jsonl
  zipdream merge 1.jsonl 2.jsonl
)";

struct MergeOptions {
  std::vector<std::string> records;
  ReportTarget target;
};

int run(const MergeOptions& options, std::span<char* const> argv) {
  FileUse files;
  for (const std::string& record : options.records) files.reads(record);
  check_outputs(options.target, files);
  const RunResults run_results = merge_records(options.records);
  show_report(run_results, options.target, argv);
  return report_failures(run_results);
}

}  // namespace

Command add_merge(CommandLine& line, std::span<char* const> argv) {
  Arguments& args = line.add_command("merge", kSummary, kExamples);
  auto options = std::make_shared<MergeOptions>();
  args.add("FILE", &options->records, "Records of the parts, in any order")
      .required()
      .type("")
      .example("1.jsonl 2.jsonl");
  add_report_options(args, options->target);
  return {&args, [options, argv] { return run(*options, argv); }};
}

}  // namespace zipdream
