// SPDX-License-Identifier: Apache-2.0
#include "apps/cli/experiment_options.h"

#include <fmt/format.h>

#include <charconv>
#include <map>
#include <utility>

#include "apps/cli/command.h"
#include "apps/cli/output.h"
#include "apps/cli/output_kinds.h"
#include "base/encodings.h"
#include "base/files.h"
#include "base/parallel.h"
#include "base/process.h"
#include "experiments/rates/reports.h"
#include "experiments/report/report.h"
#include "zipdream/error.h"
#include "zipdream/spec.h"

namespace zipdream {
namespace {

const std::map<std::string, Media> kMedia = {{"text", Media::kText},
                                             {"bytes", Media::kText},
                                             {"image", Media::kImage},
                                             {"audio", Media::kAudio}};
const std::map<std::string, Protocol> kProtocols = {{"bytes", Protocol::kBytes},
                                                    {"7bit", Protocol::kSevenBits}};
const std::map<std::string, bool> kHeaders = {{"once", true}, {"always", false}};

constexpr std::string_view kWhole = "whole";

// --chunk's parts.
void parse_chunk(const std::string& text, RunRequest& request) {
  const std::size_t comma = text.find(',');
  const std::string rest = comma == std::string::npos ? "" : text.substr(comma + 1);
  const std::string first = text.substr(0, comma);
  request.whole = first == kWhole || rest == kWhole;
  request.chunked = first != kWhole;
  const auto size = parse_size(request.chunked ? first : "2048");
  if (!size || *size == 0 || *size > kMaxChunk || (!rest.empty() && rest != kWhole)) {
    throw usage_error(
        fmt::format("--chunk {}: must be 1 to 64M bytes, whole, or both; try 2048,whole", text));
  }
  request.chunk = static_cast<std::size_t>(*size);
}

// "2/4" is the second of four.
void parse_shard(const std::string& text, RunOptions& options) {
  if (text.empty()) return;
  const char* end = text.data() + text.size();
  const auto [slash, error] = std::from_chars(text.data(), end, options.shard);
  const bool has_slash = error == std::errc() && slash != end && *slash == '/';
  const auto [rest, error_after] =
      std::from_chars(has_slash ? slash + 1 : end, end, options.shards);
  if (!has_slash || error_after != std::errc() || rest != end || options.shard == 0 ||
      options.shard > options.shards) {
    throw usage_error(fmt::format("--shard {}: must be I/N with I from 1 to N; try 1/2", text));
  }
  --options.shard;
}

std::string command_of(std::span<char* const> arguments) {
  std::vector<std::string> words = {"zipdream"};
  for (const char* argument : arguments.subspan(1)) words.emplace_back(argument);
  return shell_command(words);
}

}  // namespace

void check_outputs(const ReportTarget& target, FileUse& files) {
  if (target.json && target.csv) throw usage_error("--json and --csv: choose one");
  files.prints();
  if (target.html.empty()) return;
  if (target.html == "-") throw usage_error("--html -: name a file");
  files.writes("--html", target.html);
  check_output(target.html, OutputKind::kPage);
}

void check_outputs(const ExperimentOptions& options, FileUse& files) {
  check_outputs(options.target, files);
  if (options.record.empty()) return;
  files.writes("--record", options.record);
  if (is_special_file(options.record)) {
    throw Error(Error::Kind::kUsage, options.record,
                "is no regular file, so nothing could go on from it", "name another");
  }
  check_output(options.record, OutputKind::kRecord);
}

void add_report_options(Arguments& args, ReportTarget& target) {
  const char* const group = "Output";
  args.add_flag("--json", target.json, "Print JSON instead of tables in Markdown").group(group);
  args.add_flag("--csv", target.csv, "Print CSV").group(group);
  args.add("--html", &target.html, "Also write a page that needs nothing but a browser")
      .type("FILE")
      .group(group);
  args.add_flag("--no-times", target.times,
                "Leave out seconds and speeds, all that differs from run to run", false)
      .group(group);
}

void add_experiment_options(Arguments& args, ExperimentOptions& options, ChunkKinds kinds) {
  args.add("MODEL", &options.models,
           "Models (zipdream list): codecs, or models that an arithmetic coder follows. "
           "MODEL@1/K measures every K-th chunk")
      .required()
      .type("")
      .example("gzip:9");
  add_run_options(args, options, kinds);
}

void add_prove_option(Arguments& args, ExperimentOptions& options) {
  const auto read = [&options](const std::string& text) {
    const char* const end = text.data() + text.size();
    if (text.starts_with("1/")) {
      const auto [rest, error] = std::from_chars(text.data() + 2, end, options.prove_every);
      if (rest == end && error == std::errc() && options.prove_every > 0) return;
    }
    throw usage_error(fmt::format(
        "--prove {}: must be a share of the chunks; try 1/40, or --prove alone behind the models",
        text));
  };
  args.add_read("--prove", read,
                "Write what is measured, read it back and compare, each distribution checked "
                "before its symbol is read; 1/K: of every K-th chunk")
      .value_if_alone("1/1")
      .type("[1/K]")
      .group("Data");
}

void add_run_options(Arguments& args, ExperimentOptions& options, ChunkKinds kinds) {
  const bool with_whole = kinds == ChunkKinds::kSizesAndWhole;
  args.add("--data", &options.data,
           "Data sets: files, folders, quoted patterns, random:SIZE; NAME=PATH names one, "
           "and imagenet=, librispeech=, enwik8=, enwik9= bring published figures")
      .required()
      .type("PATH...")
      .example("samples/text.txt")
      .group("Data");
  args.add_choice(
          "--media", options.media, kMedia,
          "What the files are; text and bytes both mean their bytes as they are [told by the "
          "content of each]")
      .group("Data");
  args.add("--chunk", &options.chunk,
           with_whole ? "Bytes that are compressed alone, or whole: the data set as one stream, or "
                        "both: 2048,whole. Images are cut into gray patches of so many pixels, "
                        "audio into so many samples at 16 kHz"
                      : "Bytes that are compressed alone")
      .counts_bytes()
      .type(with_whole ? "N|whole|N,whole" : "N")
      .shows_default()
      .group("Data");
  args.add_choice("--protocol", options.protocol, kProtocols,
                  "What models that are no codecs see: bytes, or 7 bits of them as in the paper, "
                  "the lost bits counted [bytes]")
      .group("Data");
  args.add_choice("--headers", options.headers_once, kHeaders,
                  "Count a codec's header once per data set, as the paper does, or in each chunk "
                  "[once]")
      .group("Data");
  add_record_options(args, options, true);
  add_report_options(args, options.target);
}

void add_record_options(Arguments& args, ExperimentOptions& options, bool with_shard) {
  args.add("--record", &options.record,
           "Write each result to FILE as it comes (JSON lines), and go on from what is there")
      .type("FILE")
      .group("Big runs");
  if (with_shard) {
    args.add("--shard", &options.shard,
             "Do the I-th of N parts of the work, into --record; zipdream merge joins them")
        .type("I/N")
        .example("1/2")
        .group("Big runs");
  }
  args.add("-t,--threads", &options.threads, "Threads; 0: one per core")
      .range(0, kMaxThreads)
      .type("N")
      .shows_default()
      .group("Big runs");
  args.add_flag("-q,--quiet", options.quiet, "No progress").group("Output");
}

void add_progress_option(Arguments& args, ExperimentOptions& options) {
  args.add_flag("--progress", options.progress,
                "Every ten seconds a line on standard error, which mpirun leads elsewhere than to "
                "a terminal: share done, chunks, time left")
      .group("Output");
}

RunRequest request_of(const ExperimentOptions& options, Experiment experiment) {
  RunRequest request;
  request.experiment = experiment;
  for (const std::string& model : options.models) request.models.push_back(Spec::parse(model));
  request.data = options.data;
  request.media = options.media;
  request.protocol = options.protocol;
  request.headers_once = options.headers_once;
  request.prove_every = options.prove_every;
  parse_chunk(options.chunk, request);
  request.run.record = options.record;
  request.run.show_progress = !options.quiet;
  request.run.progress_lines = options.progress && !options.quiet;
  parse_shard(options.shard, request.run);
  return request;
}

Measuring measuring_here() {
  return {[](const RunRequest& request) { return run_plan(make_plan(request), request.run); }};
}

int run_experiment(const ExperimentOptions& options, const RunRequest& request,
                   std::span<char* const> arguments, const MakeReport& report,
                   const Measuring& measuring) {
  set_thread_count(options.threads);
  if (measuring.shows) {
    FileUse files;
    for (const std::string& model : options.models) files.reads_models_of(Spec::parse(model));
    for (const std::string& word : options.data) files.reads_data(word);
    check_outputs(options, files);
  }
  const RunOptions& run = request.run;
  try {
    const std::optional<RunResults> run_results = measuring.results(request);
    if (!run_results) return kExitOk;
    if (run.shards > 1) {
      tell(fmt::format("part {} of {} is in {}; zipdream merge joins all", run.shard + 1,
                       run.shards, run.record));
    } else {
      show_report(*run_results, options.target, arguments, report);
    }
    return report_failures(*run_results);
  } catch (const Interrupted&) {
    if (!run.record.empty() && measuring.shows) {
      tell(fmt::format("{} holds what was finished; the same command goes on", run.record));
    }
    throw;
  }
}

void show_report(const RunResults& run_results, const ReportTarget& target,
                 std::span<char* const> arguments, const MakeReport& make) {
  run_results.check_not_empty();
  Report report = make ? make(run_results) : make_report(run_results, {.times = target.times});
  report.origin.insert(report.origin.begin(), {"command", command_of(arguments)});
  if (!target.html.empty()) write_file(target.html, as_bytes(report_page(report)));
  print(target.json  ? report_json(report)
        : target.csv ? report_csv(report)
                     : report_markdown(report));
}

int report_failures(const RunResults& run_results) {
  const std::vector<RatesFailure> failures = run_results.failures();
  for (const RatesFailure& failure : failures) tell(failure.reason);
  if (failures.empty()) return kExitOk;
  tell(fmt::format("{} of the files could not be read; the figures are those of the rest",
                   failures.size()));
  return kExitFailure;
}

}  // namespace zipdream
