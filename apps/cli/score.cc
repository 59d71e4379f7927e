// SPDX-License-Identifier: Apache-2.0
// `zipdream score`: how well a model predicts a file, or which of several continuations it expects.
#include "generator/score.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "apps/cli/command.h"
#include "apps/cli/common_options.h"
#include "apps/cli/load.h"
#include "apps/cli/output.h"
#include "apps/cli/score_report.h"
#include "base/files.h"
#include "base/parallel.h"
#include "base/process.h"
#include "base/terminal.h"
#include "base/terminal_text.h"
#include "zipdream/error.h"
#include "zipdream/registry.h"
#include "zipdream/score.h"

namespace zipdream {
namespace {

constexpr const char* kSummary =
    "Counts the bits that a model needs for each byte of a file, or ranks continuations.";

constexpr const char* kExamples = R"(
  zipdream score gzip:9 samples/text.txt --heatmap
  zipdream score cm samples/text.txt --prove
  zipdream score zstd:19 samples/text.txt --sources
  zipdream score xz:6 chapter2.txt --context chapter1.txt --json --per-byte
  zipdream score gzip:9 -p "The keeper climbed the stairs and lit the lamp. The keeper climbed the" \
    --choices " stairs" " mountain" " window" " sea"
)";

struct ScoreOptions {
  ModelOptions model;
  PromptOptions context;  // -p and --context; also how files become bytes
  std::optional<std::string> file;
  std::vector<std::string> choices;
  bool heat = false;
  bool json = false;
  bool per_byte = false;
  bool prove = false;
  bool sources = false;
  bool quiet = false;
};

// Everything that is read.
struct Inputs {
  Media media = Media::kText;
  MediaShape shape;  // of the file
  Spec spec;         // the model, with what the shape tells
  Bytes corpus;
  Bytes context;
  std::vector<Bytes> targets;      // the file, or the choices
  std::vector<std::string> names;  // of the targets, for errors
};

std::string path_name(const std::string& path) { return path == "-" ? "standard input" : path; }

// Throws a usage Error for what can't be meant.
void check_options(const ScoreOptions& options, bool has_choices) {
  if (options.file && has_choices) {
    throw usage_error("FILE and --choices: score a file or rank choices, not both");
  }
  if (has_choices && options.prove) throw usage_error("--prove: proves a FILE, not --choices");
  if (options.prove) check_can_code(options.model.spec);
  if (has_choices && options.sources) {
    throw usage_error("--sources: tells of a FILE, not of --choices");
  }
  if (has_choices && options.heat) throw usage_error("--heatmap: paints a FILE, not --choices");
  if (has_choices && options.context.media.value_or(Media::kText) != Media::kText) {
    throw usage_error("--media: is of a FILE; --choices are texts");
  }
  if (!options.file && !has_choices && stdin_is_terminal()) {
    throw usage_error("nothing to score; give FILE, standard input or --choices");
  }
  const bool reads_file = !has_choices;
  const int readers = (reads_file && options.file.value_or("-") == "-" ? 1 : 0) +
                      (options.context.file == "-" ? 1 : 0) +
                      (options.model.corpus_file == "-" ? 1 : 0);
  if (readers > 1) throw usage_error("standard input can be read only once; name a file");
}

void read_choices(const ScoreOptions& options, Inputs& inputs) {
  check_media_options(*options.context.arguments, inputs.media);
  for (const std::string& choice : options.choices) {
    inputs.names.push_back(fmt::format("--choices: choice {}", inputs.names.size() + 1));
    if (choice.empty()) throw usage_error(inputs.names.back() + " is empty; write out its text");
    inputs.targets.push_back(to_bytes(choice));
  }
}

void read_target(const ScoreOptions& options, Inputs& inputs) {
  const std::string path = options.file.value_or("-");
  inputs.names.push_back(path_name(path));
  Bytes content = read_file(path);
  if (content.empty()) throw Error(inputs.names[0] + ": is empty; there is nothing to score");
  inputs.media =
      options.context.media ? *options.context.media : media_of(content, inputs.names[0]);
  check_media_options(*options.context.arguments, inputs.media);
  MediaBytes file = load_bytes(std::move(content), inputs.media, options.context, inputs.names[0]);
  inputs.targets.push_back(std::move(file.bytes));
  inputs.shape = file.shape;
}

Bytes read_context(const ScoreOptions& options, Media media) {
  if (options.context.text) return to_bytes(*options.context.text);
  if (!options.context.file) return {};
  return load_beside(read_file(*options.context.file), media, options.context,
                     path_name(*options.context.file));
}

Inputs read_inputs(const ScoreOptions& options, bool has_choices) {
  Inputs inputs;
  has_choices ? read_choices(options, inputs) : read_target(options, inputs);
  inputs.context = read_context(options, inputs.media);
  inputs.corpus = load_corpus(options.model, options.context, inputs.media);
  return inputs;
}

void check_alphabet(const Predictor& model, const Inputs& inputs) {
  for (std::size_t i = 0; i < inputs.targets.size(); ++i) {
    const Bytes& bytes = inputs.targets[i];
    if (const auto at = find_unencodable_byte(model, bytes)) {
      throw usage_error(fmt::format(
          "{}: the byte 0x{:02x} '{}' at position {}, counted from 0, is not in --alphabet; add "
          "it, or use all",
          inputs.names[i], bytes[*at], terminal_text({&bytes[*at], 1}, true), *at));
    }
  }
}

std::vector<Scored> score_targets(const ScoreOptions& options, const Predictor& model,
                                  const Inputs& inputs) {
  std::size_t total = 0;
  for (const Bytes& bytes : inputs.targets) total += bytes.size();
  Progress progress(options.model.spec.text(), total, "bytes", options.quiet);
  std::vector<Scored> scored =
      score_texts(model, inputs.targets, [&](double /*bits*/) { progress.add(); });
  return scored;
}

void add_lengths(const ScoreOptions& options, const Inputs& inputs, std::span<Scored> scored) {
  Bytes context = inputs.corpus;
  context.insert(context.end(), inputs.context.begin(), inputs.context.end());
  ModelOptions shaped = options.model;
  shaped.spec = inputs.spec;
  add_own_lengths(shaped, inputs.media, context, scored);
}

// A decoder is made anew by `request`, so that it knows nothing of the file.
std::vector<Scored> prove_target(const ScoreOptions& options, const Predictor& model,
                                 const ModelRequest& request, const Inputs& inputs,
                                 std::optional<ProofReport>& report) {
  const Bytes& target = inputs.targets.front();
  Progress progress("proof by " + options.model.spec.text(), 2 * target.size(), "bytes",
                    options.quiet);
  ProofOptions proof;
  proof.make_decoder = [&] {
    auto decoder = load_model(request, inputs.media, inputs.context);
    decoder->observe(inputs.context);
    return decoder;
  };
  proof.on_coded = [&](std::size_t bytes) { progress.add(bytes); };
  report = {prove(model, target, proof), program_bytes(), learnt_bytes(options.model.spec)};
  return {{target, report->proof.bits, std::nullopt}};
}

SourcesReport trace_sources(const ScoreOptions& options, const Predictor& model,
                            const Inputs& inputs) {
  const Bytes& target = inputs.targets.front();
  Progress progress("sources of " + options.model.spec.text(), target.size(), "bytes",
                    options.quiet);
  SourcesReport report{.sources = {},
                       .corpus_bytes = inputs.corpus.size(),
                       .context_bytes = inputs.context.size(),
                       .text = "the file"};
  const auto predictor = model.clone();
  for (const Byte& byte : target) {
    report.sources.push_back(find_sources(*predictor, {&byte, 1}, kMaxSources).front());
    progress.add();
  }
  return report;
}

std::string render(const ScoreOptions& options, const ScoreReport& report, bool has_choices) {
  if (has_choices) {
    return options.json ? choices_json(report, options.per_byte) : choices_table(report);
  }
  if (options.json) return file_json(report, options.per_byte);
  const std::string proof = report.proof ? proof_table(report) : "";
  const Scored& scored = report.scored.front();
  const std::string sources = report.sources ? sources_table(*report.sources, scored.bytes) : "";
  if (!options.heat) return summary_table(report) + stretches_table(report) + sources + proof;
  return summary_table(report) + "\n" + heat_map(scored.bytes, scored.bits, stdout_wants_color()) +
         sources + proof;
}

// The model as it would continue the file: with the width of an image, the format of audio.
std::unique_ptr<Predictor> load_shaped_model(const ModelOptions& options, Inputs& inputs) {
  ModelOptions model = options;
  model.spec = spec_for(with_corpus(options, inputs.corpus), inputs.shape, inputs.context.size());
  inputs.spec = model.spec;
  return load_model(model, inputs.media, inputs.corpus, inputs.context);
}

int run(const ScoreOptions& options, bool has_choices) {
  check_options(options, has_choices);
  set_thread_count(options.model.threads);
  Inputs inputs = read_inputs(options, has_choices);
  const auto model = load_shaped_model(options.model, inputs);
  ModelRequest request;  // of a proof's decoder
  if (options.prove) {
    request = with_corpus(options.model, inputs.corpus);
    request.spec = inputs.spec;
  }
  keep_window(options.model, inputs.corpus);
  check_alphabet(*model, inputs);
  model->observe(inputs.context);
  ScoreReport report;
  report.model = options.model.spec.text();
  report.probs = probs_name(options.model);
  report.members = member_names(inputs.spec);
  report.media = media_name(inputs.media);
  report.file = has_choices ? "" : inputs.names[0];
  report.corpus_bytes = inputs.corpus.size();
  report.context_bytes = inputs.context.size();
  report.scored = options.prove ? prove_target(options, *model, request, inputs, report.proof)
                                : score_targets(options, *model, inputs);
  if (options.sources && !interrupt_requested()) {
    report.sources = trace_sources(options, *model, inputs);
  }
  add_lengths(options, inputs, report.scored);
  report.unscored_bytes = inputs.targets[0].size() - report.scored[0].bytes.size();
  print(render(options, report, has_choices));
  if (!interrupt_requested()) return kExitOk;
  if (!options.quiet) {
    fmt::print(stderr, "interrupted: {} of {} bytes scored\n", report.scored[0].bytes.size(),
               inputs.targets[0].size());
  }
  return kExitSignal + interrupt_signal();
}

}  // namespace

Command add_score(CommandLine& line) {
  Arguments& args = line.add_command("score", kSummary, kExamples);
  auto options = std::make_shared<ScoreOptions>();
  add_model_options(args, options->model);
  args.add("FILE", &options->file, "What to score; - is standard input").type("");
  const Option choices =
      args.add("--choices", &options->choices,
               "Rank these continuations of the context instead, the likeliest first; each "
               "follows it as it is, so begin words with a space")
          .type("TEXT");
  const Option text = args.add("-p,--prompt", &options->context.text, "The context itself")
                          .type("TEXT")
                          .group("Context");
  args.add("--context", &options->context.file,
           "Read the context from FILE; - is standard input [no context]")
      .excludes(text)
      .type("FILE")
      .group("Context");
  add_media_options(args, options->context);
  const Option json = args.add_flag("--json", options->json, "Print JSON").group("Output");
  args.add_flag("--per-byte", options->per_byte, "In JSON, also the bits of every byte")
      .needs(json)
      .group("Output");
  args.add_flag("--heatmap", options->heat,
                "Print the text coloured by the bits of its characters; in digits where colours "
                "are unwanted")
      .excludes(json)
      .group("Output");
  args.add_flag("--prove", options->prove,
                "Also write the file by the distributions that are scored, read it back with a "
                "model made anew and compare; tells what was written, what a decoder weighs, and "
                "the line for the Large Text Compression Benchmark")
      .group("Output");
  args.add_flag("--sources", options->sources,
                "Also tell which earlier bytes the probabilities come from, and the longest "
                "passages that are copied; in JSON with --per-byte those of every byte")
      .group("Output");
  args.add_flag("-q,--quiet", options->quiet, "No progress").group("Output");
  return {&args, [options, choices] { return run(*options, choices.given()); }};
}

}  // namespace zipdream
