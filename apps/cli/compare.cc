// SPDX-License-Identifier: Apache-2.0
// `zipdream compare`: the same prompt through several models, side by side.
#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <random>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "apps/cli/command.h"
#include "apps/cli/common_options.h"
#include "apps/cli/file_use.h"
#include "apps/cli/load.h"
#include "apps/cli/method.h"
#include "apps/cli/output.h"
#include "apps/cli/output_kinds.h"
#include "base/files.h"
#include "base/parallel.h"
#include "base/process.h"
#include "experiments/comparison.h"
#include "experiments/report/comparison_report.h"
#include "experiments/report/report.h"
#include "zipdream/error.h"
#include "zipdream/runtime.h"

namespace zipdream {
namespace {

constexpr const char* kSummary =
    "Continues one prompt with several models, side by side: samples, metrics, and the bits that "
    "each needs for the true continuation.";

constexpr const char* kExamples = R"(
  zipdream compare gzip:9 xz:9 ppm:6 -f samples/text.txt --prompt-bytes 1948 --predict 100
  zipdream compare gzip:9@bytes gzip:9@bits gzip:9@tables gzip:9@dream -f samples/text.txt \
    --prompt-bytes 2000 --predict 200 --samples 3 --seed 1 --html out.html
  zipdream compare gzip:9 png -f samples/image.png --gray --html image.html
  zipdream compare gzip:9 flac:8 -f samples/sound.wav --rate 8000 --prompt-seconds 0.5 \
    --seconds 0.1 --html sound.html
)";

constexpr std::size_t kMaxCount = std::size_t{1} << 30;
constexpr std::size_t kMaxSamples = 1000;

struct CompareOptions {
  std::vector<std::string> names;
  ModelOptions model;
  MethodOptions method;
  SamplingOptions sampling;
  PromptOptions prompt;
  std::size_t count = 100;
  std::size_t samples = 1;
  std::optional<std::uint64_t> seed;
  std::string html;
  bool json = false;
  bool quiet = false;
};

// Everything that is read.
struct Inputs {
  Origin origin;
  std::unique_ptr<MediaJob> job;
  Bytes corpus;
};

std::string input_name(const PromptOptions& prompt) {
  if (prompt.text) return "-p";
  const std::string path = prompt.file.value_or("-");
  return path == "-" ? "standard input" : path;
}

Inputs read_inputs(const CompareOptions& options) {
  Inputs inputs;
  const ModelOptions& model = options.model;
  Bytes content = read_prompt(options.prompt);
  inputs.origin.input = file_facts(input_name(options.prompt), content);
  const bool may_be_empty =
      !model.corpus_file.empty() || std::ranges::all_of(options.names, [](const std::string& name) {
        return can_begin(Spec::parse(name));
      });
  inputs.job = make_job(options.prompt, std::move(content), options.count, may_be_empty);
  Bytes corpus = read_corpus(model);  // once: it may be standard input
  if (!model.corpus_file.empty()) inputs.origin.corpus = file_facts(model.corpus_file, corpus);
  inputs.corpus = decode_corpus(std::move(corpus), model, options.prompt, inputs.job->media());
  return inputs;
}

void check_options(const CompareOptions& options) {
  if (options.html.empty()) return;
  if (options.html == "-" && options.json) {
    throw usage_error("--html -: standard output has the JSON already; name a file");
  }
  FileUse files;
  if (!options.prompt.text) files.reads(options.prompt.file.value_or("-"));
  files.reads(options.model.corpus_file);
  for (const std::string& name : options.names) files.reads_models_of(Spec::parse(name));
  if (options.html != "-") files.prints();
  files.writes("--html", options.html);
  check_output(options.html, OutputKind::kPage);
}

// As it was typed, and with the seed if nobody gave one.
std::string command_line(std::span<char* const> argv, const CompareOptions& options,
                         std::uint64_t seed) {
  std::vector<std::string> words = {"zipdream"};
  for (const char* argument : argv.subspan(1)) words.emplace_back(argument);
  if (!options.seed) words.insert(words.end(), {"--seed", fmt::format("{}", seed)});
  return shell_command(words);
}

// Without the corpus.
CompareRequest request_of(const CompareOptions& options) {
  CompareRequest request = {
      .model = static_cast<const ModelRequest&>(options.model),
      .method = with_sampling(options.method, options.sampling),
      .count = options.count,
      .samples = options.samples,
      .seed = options.seed ? *options.seed : std::uint64_t{std::random_device()()},
      .show_progress = !options.quiet,
      .explain = message_of};
  for (const std::string& name : options.names) request.models.push_back(Spec::parse(name));
  return request;
}

int run(const CompareOptions& options, std::span<char* const> argv) {
  set_thread_count(options.model.threads);
  check_options(options);
  check_readers(options.model, options.prompt);
  CompareRequest request = request_of(options);
  check_compare(request);
  Inputs inputs = read_inputs(options);
  request.model.corpus = std::move(inputs.corpus);
  const std::vector<Variant> variants = load_variants(request, *inputs.job);
  for (const Variant& variant : variants) {
    if (!options.model.verbose) break;
    if (!variant.failure.empty()) continue;
    tell_how(variant.spec, variant.name.probs, variant.predictor->describe());
  }
  inputs.origin.version = version();
  inputs.origin.command = command_line(argv, options, request.seed);
  const Comparison comparison = compare(variants, *inputs.job, request);
  const ComparisonReport report = {*inputs.job, comparison, inputs.origin};
  if (!options.html.empty()) write_file(options.html, as_bytes(comparison_page(report)));
  if (options.html != "-") print(options.json ? comparison_json(report) : comparison_table(report));
  if (!comparison.interrupted) {
    const bool failed = std::ranges::any_of(
        comparison.runs, [](const VariantRun& each) { return !each.failure.empty(); });
    return failed ? kExitFailure : kExitOk;
  }
  if (!options.quiet) tell("interrupted; this is what was finished");
  return kExitSignal + interrupt_signal();
}

void add_output_options(Arguments& args, CompareOptions& options) {
  const char* const group = "Output";
  args.add("--html", &options.html,
           "Also write a page that needs nothing but a browser; - is standard output")
      .type("FILE")
      .group(group);
  args.add_flag("--json", options.json, "Print JSON, with the bits of every byte").group(group);
  args.add_flag("-q,--quiet", options.quiet, "No progress").group(group);
}

}  // namespace

Command add_compare(CommandLine& line, std::span<char* const> argv) {
  Arguments& args = line.add_command("compare", kSummary, kExamples);
  auto options = std::make_shared<CompareOptions>();
  args.add("MODEL", &options->names,
           "Models (zipdream list), each alone or as MODEL@METHOD with METHOD " +
               fmt::format("{}", fmt::join(compare_methods(), "|")) +
               ": by the lengths in whole bytes or in bits, by the tables, or by another "
               "--method; the options below are for those that have a use for them")
      .required()
      .type("")
      .example("gzip:9 xz:6@dream");
  add_probs_options(args, options->model);
  add_prompt_options(args, options->prompt);
  args.add("--prompt-bytes", &options->prompt.context,
           "Give the first N bytes of a text; what follows them is the reference [all given, no "
           "reference]")
      .range(0, kMaxCount)
      .counts_bytes()
      .type("N")
      .group("Prompt");
  add_method_options(args, options->method);
  add_sampling_options(args, options->sampling);
  args.add("-n,--predict", &options->count, "Bytes to generate, and to score, of a text")
      .range(1, kMaxCount)
      .counts_bytes()
      .type("N")
      .shows_default()
      .group("Sampling");
  args.add("--samples", &options->samples, "Samples of each variant")
      .range(1, kMaxSamples)
      .type("K")
      .shows_default()
      .group("Sampling");
  args.add("--seed", &options->seed,
           "Seed of the first sample, the next has the next; fixes all output [random]")
      .type("S")
      .example("1")
      .group("Sampling");
  add_output_options(args, *options);
  return {&args, [options, argv] { return run(*options, argv); }};
}

}  // namespace zipdream
