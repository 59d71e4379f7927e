// SPDX-License-Identifier: Apache-2.0
// `zipdream rates`, `in-context`, `scaling` and `merge`: compression rates of models on data sets
// (the paper's Table 1), how a model gets better along a chunk (its section 3.5), when more
// parameters pay for themselves (3.3), and one report of the parts of a run.
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "apps/cli/command.h"
#include "apps/cli/experiment_options.h"
#include "apps/cli/file_use.h"
#include "base/encodings.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

constexpr const char* kRatesSummary =
    "Compression rates of models on data sets, chunk by chunk and whole: Table 1 of the paper.";
constexpr const char* kRatesExamples = R"(
  zipdream rates gzip:9 xz:6 ppm:6 --data samples/text.txt --chunk 2048,whole
  zipdream rates gzip:9 png:9 flac:8 --data samples/image.png samples/sound.wav random:64K
  zipdream rates gzip:9 xz:6 zstd:19 --data enwik9 --record run.jsonl   # goes on after a kill
  zipdream rates gzip:9 ppm:6 cm --data samples/text.txt --prove
  zipdream rates lm:DIR@1/40 ppm:6 --data enwik8 'imagenet=photos/*.jpg' --html page.html
)";

constexpr const char* kInContextSummary =
    "Compression rate against the position in a chunk, with confidence bands over chunks.";
constexpr const char* kInContextExamples = R"(
  zipdream in-context gzip:9 ppm:6 cm --data samples/text.txt
  zipdream in-context gzip:9 xz:6 lm:DIR@1/20 --data enwik8 --html curves.html
)";

constexpr const char* kScalingSummary =
    "Adjusted rate against the size of the model, for several sizes of a data set; marks the best.";
constexpr const char* kScalingExamples = R"(
  zipdream scaling lm:SMALL lm:MEDIUM lm:LARGE --data enwik8 --sizes 1e7,1e8,1e9 --html scaling.html
  zipdream scaling ppm:4 ppm:6 cm --data samples/text.txt --sizes 1K,2K,4K
)";

constexpr const char* kMergeSummary =
    "Joins the records of a run's parts (--shard) into the report of the whole run.";
constexpr const char* kMergeExamples = R"(
  zipdream rates gzip:9 xz:6 --data samples/text.txt --shard 1/2 --record 1.jsonl
  zipdream rates gzip:9 xz:6 --data samples/text.txt --shard 2/2 --record 2.jsonl
  zipdream merge 1.jsonl 2.jsonl
)";

std::vector<std::uint64_t> parse_sizes(const std::vector<std::string>& words) {
  std::vector<std::uint64_t> sizes;
  for (const std::string& word : words) {
    const auto size = parse_size(word);
    if (!size || *size == 0) {
      throw usage_error(
          fmt::format("--sizes {}: is no number of bytes; try 1e6,1e7,1e8 or 1M,10M", word));
    }
    sizes.push_back(*size);
  }
  std::ranges::sort(sizes);
  return sizes;
}

struct MergeOptions {
  std::vector<std::string> records;
  ReportTarget target;
};

int run_merge(const MergeOptions& options, std::span<char* const> argv) {
  FileUse files;
  for (const std::string& record : options.records) files.reads(record);
  check_outputs(options.target, files);
  const RunResults run_results = merge_records(options.records);
  show_report(run_results, options.target, argv);
  return report_failures(run_results);
}

}  // namespace

Command add_rates(CommandLine& line, std::span<char* const> argv, const Measuring& measuring) {
  Arguments& args = line.add_command("rates", kRatesSummary, kRatesExamples);
  auto options = std::make_shared<ExperimentOptions>();
  options->threads = measuring.threads;
  if (measuring.has_lines) add_progress_option(args, *options);
  add_experiment_options(args, *options, ChunkKinds::kSizesAndWhole);
  add_prove_option(args, *options);
  return {&args, [options, argv, measuring] {
            return run_experiment(*options, request_of(*options, Experiment::kRates), argv, {},
                                  measuring);
          }};
}

Command add_in_context(CommandLine& line, std::span<char* const> argv, const Measuring& measuring) {
  Arguments& args = line.add_command("in-context", kInContextSummary, kInContextExamples);
  auto options = std::make_shared<ExperimentOptions>();
  options->threads = measuring.threads;
  if (measuring.has_lines) add_progress_option(args, *options);
  add_experiment_options(args, *options, ChunkKinds::kSizes);
  return {&args, [options, argv, measuring] {
            const RunRequest request = request_of(*options, Experiment::kInContext);
            if (request.whole) {
              throw usage_error("--chunk whole: a curve is of chunks; give a number of bytes");
            }
            return run_experiment(*options, request, argv, {}, measuring);
          }};
}

Command add_scaling(CommandLine& line, std::span<char* const> argv, const Measuring& measuring) {
  Arguments& args = line.add_command("scaling", kScalingSummary, kScalingExamples);
  auto options = std::make_shared<ExperimentOptions>();
  auto sizes = std::make_shared<std::vector<std::string>>(
      std::vector<std::string>{"1e6", "1e7", "1e8", "1e9"});
  options->threads = measuring.threads;
  if (measuring.has_lines) add_progress_option(args, *options);
  add_experiment_options(args, *options, ChunkKinds::kSizes);
  args.add("--sizes", sizes.get(),
           "Bytes of the data set that are taken; of sizes beyond it the rate is that of all "
           "there is")
      .split_at_commas()
      .counts_bytes()
      .type("N,...")
      .shows_default()
      .group("Data");
  return {&args, [options, sizes, argv, measuring] {
            RunRequest request = request_of(*options, Experiment::kScaling);
            if (request.whole) {
              throw usage_error("--chunk whole: scaling is of chunks; give a number of bytes");
            }
            request.sizes = parse_sizes(*sizes);
            return run_experiment(*options, request, argv, {}, measuring);
          }};
}

Command add_rates(CommandLine& line, std::span<char* const> argv) {
  return add_rates(line, argv, measuring_here());
}

Command add_in_context(CommandLine& line, std::span<char* const> argv) {
  return add_in_context(line, argv, measuring_here());
}

Command add_scaling(CommandLine& line, std::span<char* const> argv) {
  return add_scaling(line, argv, measuring_here());
}

Command add_merge(CommandLine& line, std::span<char* const> argv) {
  Arguments& args = line.add_command("merge", kMergeSummary, kMergeExamples);
  auto options = std::make_shared<MergeOptions>();
  args.add("FILE", &options->records, "Records of the parts, in any order")
      .required()
      .type("")
      .example("1.jsonl 2.jsonl");
  add_report_options(args, options->target);
  return {&args, [options, argv] { return run_merge(*options, argv); }};
}

}  // namespace zipdream
