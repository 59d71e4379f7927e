// SPDX-License-Identifier: Apache-2.0
// `zipdream generate`: continue a text, an image or audio.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <random>
#include <set>
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
#include "apps/cli/sample_output.h"
#include "apps/cli/sources_report.h"
#include "base/files.h"
#include "base/parallel.h"
#include "base/process.h"
#include "base/terminal.h"
#include "base/terminal_text.h"
#include "experiments/report/json_parts.h"
#include "generator/method.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

constexpr const char* kSummary = "Continues a text, an image or audio.";

constexpr const char* kExamples = R"(
  echo "To be, or not to be, that is the " | zipdream generate gzip:9 -n 40 --seed 1
  zipdream generate gzip:9 -f samples/image.png --temp 0.5 -o continued.png --view view.png
  zipdream generate gzip:9 --method beam --corpus samples/text.txt -p "The compressor " -n 96
  zipdream generate gzip:9 --method spans --corpus samples/text.txt -p "The " --max-copy 20
  zipdream generate xz -f samples/text.txt --method dream -n 300
  zipdream generate lm:english -p "The history of " --samples 3
  zipdream generate flac:8 -f samples/sound.wav --rate 8000 --seconds 0.2 -o continued.wav
)";

constexpr std::size_t kMaxCount = std::size_t{1} << 30;
constexpr std::size_t kMaxSamples = 1000;

struct GenerateOptions {
  ModelOptions model;
  PromptOptions prompt;
  MethodOptions method;
  SamplingOptions sampling;
  std::size_t count = 100;
  std::size_t samples = 1;
  std::optional<std::uint64_t> seed;
  std::string output = "-";
  std::string view;
  std::vector<std::string> judges;
  EndingOptions endings;
  bool force = false;
  bool stats = false;
  bool sources = false;
  bool no_prompt = false;
  bool json = false;
  bool quiet = false;
};

// What came out, as data.
struct Result {
  std::vector<Bytes> continuations;  // one per sequence
  std::size_t generated_bytes = 0;
  double seconds = 0;
  std::uint64_t seed = 0;
  SamplerOptions sampler;
  std::optional<TemperatureFit> fit;
};

std::uint64_t chosen_seed(const std::optional<std::uint64_t>& given) {
  return given ? *given : std::uint64_t{std::random_device()()};
}

// All that is read, whoever reads it.
FileUse files_read(const GenerateOptions& options) {
  FileUse files;
  if (!options.prompt.text) files.reads(options.prompt.file.value_or("-"));
  files.reads(options.model.corpus_file);
  files.reads_models_of(options.model.spec);
  for (const std::string& judge : options.judges) files.reads_models_of(Spec::parse(judge));
  if (options.json) files.prints();
  return files;
}

// Whether the sample goes to a file or to standard output: as a text it may stand in the JSON.
bool has_output(const GenerateOptions& options) { return options.output != "-" || !options.json; }

// What can be told of the outputs of one or several samples before anything is read.
void check_outputs(std::span<const GenerateOptions> samples) {
  FileUse files = files_read(samples.front());
  std::set<std::string> shared;  // special files, which have no number
  for (const GenerateOptions& options : samples) {
    const auto check = [&](const std::string& option, const std::string& path) {
      const bool is_special = path == "-" || is_special_file(path);
      if (is_special && !shared.insert(option + path).second) return;
      files.writes(option, path);
    };
    if (has_output(options)) check("-o", options.output);
    if (!options.view.empty()) check("--view", options.view);
  }
}

// And what depends on the medium. Everything that can be refused is refused before the work begins.
void check_outputs(const GenerateOptions& options, const MediaJob& job) {
  static_cast<void>(endings_of(options.endings, job.media()));
  const bool text = job.media() == Media::kText;
  if (!text && options.sources) throw usage_error("--sources: tells of texts, not of other media");
  if (text && !options.view.empty()) (void)job.view({});
  if (options.output != "-") job.check_output_name(options.output);
  if (!text && options.output == "-") {
    const std::string what = job.media() == Media::kImage ? "an image" : "audio";
    if (options.json) throw usage_error("--json: " + what + " needs a file; name it with -o");
    refuse_binary_to_terminal("-", what);
  }
  const OutputKind kind = text                           ? OutputKind::kSample
                          : job.media() == Media::kImage ? OutputKind::kImage
                                                         : OutputKind::kAudio;
  check_output(options.output, kind,
               {.force = options.force,
                .like = {options.prompt.file.value_or(""), options.model.corpus_file}});
  if (options.view.empty()) return;
  check_output(options.view, OutputKind::kImage, {.force = options.force, .like = {}});
}

Result produce(const GenerateOptions& options, const LoadedMethod& loaded, const MediaJob& job,
               TextStream* stream) {
  Result result;
  result.seed = chosen_seed(options.seed);
  result.sampler = loaded.sampler;
  result.fit = loaded.fit;
  std::size_t total = 0;
  for (const Sequence& sequence : job.sequences()) total += sequence.count;
  // A bar between the lines of a text that appears on the same terminal would garble both.
  const bool quiet = options.quiet || (stream != nullptr && stdout_is_terminal());
  Progress progress(options.model.spec.text(), total, "bytes", quiet);
  const auto start = std::chrono::steady_clock::now();
  result.continuations = generate(
      *loaded.method, job.sequences(), result.seed,
      [&](std::size_t /*sequence*/, ByteView bytes) {
        if (stream != nullptr) stream->generated(bytes);
        progress.add(bytes.size());
      },
      endings_of(options.endings, job.media()));
  result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  for (const Bytes& bytes : result.continuations) result.generated_bytes += bytes.size();
  return result;
}

nlohmann::ordered_json metrics_json(const SampleStats& stats) {
  auto judges = nlohmann::ordered_json::array();
  for (const Judgement& judge : stats.judgements) {
    judges.push_back({{"model", judge.model}, {"probs", judge.probs}, {"bits_per_byte", nullptr}});
    if (judge.bits_per_byte) judges.back()["bits_per_byte"] = *judge.bits_per_byte;
  }
  nlohmann::ordered_json json;
  add_metrics(stats.metrics, json);
  json["judges"] = judges;
  return json;
}

void add_method(const MethodOptions& options, nlohmann::ordered_json& json) {
  json["method"] = name_of(options.kind);
  if (options.kind == MethodKind::kBeam) {
    const BeamOptions beam = beam_options(options);
    json["horizon"] = beam.horizon;
    json["beam_width"] = beam.width;
  }
  if (options.kind == MethodKind::kSpans) {
    const SpanOptions spans = span_options(options);
    json["span_len"] = spans.span;
    json["match_length"] = spans.key;
  }
  if (options.best_of > 1) json["best_of"] = options.best_of;
  if (options.max_copy > 0) json["max_copy"] = options.max_copy;
}

nlohmann::ordered_json as_json(const GenerateOptions& options, const MediaJob& job,
                               const Result& result, const SampleStats& stats) {
  nlohmann::ordered_json json = {{"model", options.model.spec.text()},
                                 {"media", media_name(job.media())},
                                 {"job", job.describe()},
                                 {"probs", probs_name(options.model)},
                                 {"seed", result.seed},
                                 {"temperature", result.sampler.temperature},
                                 {"top_k", result.sampler.top_k},
                                 {"top_p", result.sampler.top_p},
                                 {"min_p", result.sampler.min_p},
                                 {"generated_bytes", result.generated_bytes},
                                 {"seconds", result.seconds},
                                 {"interrupted", interrupt_requested()}};
  add_method(options.method, json);
  if (result.sampler.unsure_temperature) {
    json["unsure_temperature"] = *result.sampler.unsure_temperature;
  }
  if (options.sampling.colour_temperature != 1) {
    json["colour_temperature"] = options.sampling.colour_temperature;
  }
  if (result.fit) {
    json["temperature_fit"] = {{"bytes", result.fit->symbols},
                               {"bits_per_byte", result.fit->fitted_bits},
                               {"bits_per_byte_at_1", result.fit->bits}};
  }
  json["metrics"] = metrics_json(stats);
  if (job.media() == Media::kText) {
    const Bytes& bytes = result.continuations.front();
    json["prompt"] = terminal_text(job.sequences().front().prompt);
    json["text"] = terminal_text(bytes);
    json["hex"] = fmt::format("{:02x}", fmt::join(bytes, ""));
  }
  if (options.output != "-") json["output"] = options.output;
  if (!options.view.empty()) json["view"] = options.view;
  return json;
}

void print_json(const nlohmann::ordered_json& json) {
  print(json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
}

void write_results(const GenerateOptions& options, const MediaJob& job, const Result& result) {
  const bool streamed = job.media() == Media::kText && options.output == "-";
  if (!streamed) {
    const bool bare = options.no_prompt && job.media() == Media::kText;
    write_file(options.output, bare ? result.continuations.front()
                                    : job.file(result.continuations, options.output));
  }
  if (!options.view.empty()) write_file(options.view, job.view(result.continuations));
}

void report(const GenerateOptions& options, const MediaJob& job, const Result& result) {
  if (options.quiet) return;
  const double rate = static_cast<double>(result.generated_bytes) / std::max(result.seconds, 1e-9);
  note(fmt::format("{}{}: {}; {} bytes in {}, {:.3g} bytes/s, seed {}",
                   interrupt_requested() ? "interrupted: " : "", options.model.spec.text(),
                   job.describe(), result.generated_bytes, format_seconds(result.seconds), rate,
                   result.seed));
  if (result.fit) {
    note(fmt::format("temperature {}: the last {} bytes given cost {:.2f} bits each, {:.2f} at 1",
                     result.fit->temperature, result.fit->symbols, result.fit->fitted_bits,
                     result.fit->bits));
  }
  for (const std::string& path : {options.output, options.view}) {
    if (!path.empty() && path != "-") note("wrote " + path);
  }
}

// Where a sample comes from, by the distributions that it was drawn from but for the temperature.
SourcesReport trace_sample(const ModelOptions& model, const Bytes& corpus, const Bytes& prompt,
                           const Bytes& sample) {
  const auto predictor = load_model(with_corpus(model, corpus), Media::kText, prompt);
  predictor->observe(prompt);
  return {.sources = find_sources(*predictor, sample, kMaxSources),
          .corpus_bytes = corpus.size(),
          .context_bytes = prompt.size(),
          .context = "prompt",
          .text = "the sample"};
}

// All that is left to do with a sample that was shown; its JSON, null where none is asked for.
nlohmann::ordered_json finish(const GenerateOptions& options, const MediaJob& job,
                              const Result& result, const Bytes& corpus,
                              const std::vector<Judge>& judges) {
  write_results(options, job, result);
  report(options, job, result);
  // Last, since it can take a while: the sample itself is safe by then.
  std::optional<SourcesReport> sources;
  if (options.sources) {
    sources = trace_sample(options.model, corpus, job.sequences().front().prompt,
                           result.continuations.front());
    if (!options.json) {
      fmt::print(stderr, "{}", sources_table(*sources, result.continuations.front()));
    }
  }
  if (!options.stats && judges.empty() && !options.json) return nullptr;
  const SampleStats stats =
      measure_sample(job, corpus, result.continuations, judges, judging_bars(options.quiet));
  if (options.json) {
    nlohmann::ordered_json json = as_json(options, job, result, stats);
    if (sources) json["sources"] = sources_json(*sources, true);
    return json;
  }
  fmt::print(stderr, "{}", stats_table(stats));
  return nullptr;
}

bool streams_text(const GenerateOptions& options, const MediaJob& job) {
  return job.media() == Media::kText && options.output == "-" && !options.json;
}

void show_text(const GenerateOptions& options, const MediaJob& job, const Result& result) {
  TextStream stream;
  if (!options.no_prompt) stream.prompt(job.sequences().front().prompt);
  stream.generated(result.continuations.front());
  stream.finish();
}

// A text on standard output appears as it comes; if the method may fail, when it is whole.
Result produce_and_show(const GenerateOptions& options, const LoadedMethod& loaded,
                        const MediaJob& job) {
  if (!streams_text(options, job)) return produce(options, loaded, job, nullptr);
  if (loaded.may_fail) {
    Result result = produce(options, loaded, job, nullptr);
    show_text(options, job, result);
    return result;
  }
  TextStream stream;
  if (!options.no_prompt) stream.prompt(job.sequences().front().prompt);
  Result result = produce(options, loaded, job, &stream);
  stream.finish();
  return result;
}

// Sample k as its own run would be: with the k-th seed, into the k-th file.
GenerateOptions options_of_sample(const GenerateOptions& options, std::uint64_t seed,
                                  std::size_t k) {
  const auto numbered = [k](const std::string& name) {
    if (name.empty() || name == "-" || is_special_file(name)) return name;
    const std::filesystem::path path(name);
    return (path.parent_path() /
            fmt::format("{}-{}{}", path.stem().string(), k + 1, path.extension().string()))
        .string();
  };
  GenerateOptions one = options;
  one.seed = seed + k;
  one.output = numbered(options.output);
  one.view = numbered(options.view);
  return one;
}

// One of several samples.
struct Sampled {
  GenerateOptions options;
  Result result;                 // has no continuations where it failed or was never begun
  std::optional<Error> failure;  // why it could not go on
};

std::vector<Sampled> plan_samples(const GenerateOptions& options) {
  const std::uint64_t seed = chosen_seed(options.seed);
  std::vector<Sampled> samples(options.samples);
  for (std::size_t k = 0; k < samples.size(); ++k) {
    samples[k].options = options_of_sample(options, seed, k);
  }
  return samples;
}

void produce_sample(Sampled& sample, const LoadedMethod& loaded, const MediaJob& job) {
  GenerateOptions silent = sample.options;
  silent.quiet = true;  // the bar is of all samples
  try {
    sample.result = produce(silent, loaded, job, nullptr);
  } catch (const Error& failure) {
    sample.failure = failure;  // the others may go well
  }
}

// All samples in one go, as a model that reads its weights once for all of them wants it.
void produce_together(const LoadedMethod& loaded, const MediaJob& job, bool quiet,
                      std::vector<Sampled>& samples) {
  std::vector<Sequence> sequences;
  std::vector<Rng> coins;
  std::size_t total = 0;
  for (const Sampled& sample : samples) {
    for (std::size_t i = 0; i < job.sequences().size(); ++i) {
      sequences.push_back(job.sequences()[i]);
      coins.emplace_back(*sample.options.seed, i);
      total += sequences.back().count;
    }
  }
  Progress progress(samples[0].options.model.spec.text(), total, "bytes", quiet);
  const auto start = std::chrono::steady_clock::now();
  std::vector<Bytes> all = generate(
      *loaded.method, sequences, coins,
      [&](std::size_t /*sequence*/, ByteView bytes) { progress.add(bytes.size()); },
      endings_of(samples[0].options.endings, job.media()));
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  auto next = all.begin();
  for (Sampled& sample : samples) {
    Result& result = sample.result;
    result.seed = *sample.options.seed;
    result.sampler = loaded.sampler;
    result.fit = loaded.fit;
    result.seconds = seconds / static_cast<double>(samples.size());
    for (std::size_t i = 0; i < job.sequences().size(); ++i, ++next) {
      result.generated_bytes += next->size();
      result.continuations.push_back(std::move(*next));
    }
  }
}

// Several samples together or side by side on the threads; each is what --seed with its own seed
// gives alone. Some stay as they are where the user asked to stop. Throws the first failure when
// all fail.
void produce_samples(const LoadedMethod& loaded, const MediaJob& job, bool quiet,
                     std::vector<Sampled>& samples) {
  if (loaded.method->continues_together() && !loaded.may_fail) {
    return produce_together(loaded, job, quiet, samples);
  }
  Progress progress(samples[0].options.model.spec.text(), samples.size(), "samples", quiet);
  try {
    parallel_for(samples.size(), 1, [&](std::size_t begin, std::size_t end) {
      for (std::size_t k = begin; k < end; ++k) {
        produce_sample(samples[k], loaded, job);
        progress.add();
      }
    });
  } catch (const Interrupted&) {
    // Kept: the samples that there are.
  }
  const auto failed = [](const Sampled& sample) { return sample.failure.has_value(); };
  if (std::ranges::all_of(samples, failed)) throw *samples[0].failure;
}

// Says that sample k failed; its JSON.
nlohmann::ordered_json report_failure(const Sampled& sample, std::size_t k) {
  const std::string why = message_of(*sample.failure);
  const std::uint64_t seed = *sample.options.seed;
  tell(fmt::format("sample {}, seed {}: {}", k + 1, seed, why));
  return {{"model", sample.options.model.spec.text()}, {"seed", seed}, {"failure", why}};
}

// Returns the exit code: 1 where some samples failed.
int generate_samples(std::vector<Sampled> samples, const GenerateOptions& options,
                     const LoadedMethod& loaded, const MediaJob& job, const Bytes& corpus,
                     const std::vector<Judge>& judges) {
  produce_samples(loaded, job, options.quiet, samples);
  const bool shows = streams_text(options, job);
  bool is_first = true;
  int code = kExitOk;
  auto all = nlohmann::ordered_json::array();
  for (std::size_t k = 0; k < samples.size(); ++k) {
    const Sampled& sample = samples[k];
    if (sample.failure) {
      all.push_back(report_failure(sample, k));
      code = kExitFailure;
      continue;
    }
    if (sample.result.continuations.empty()) continue;
    if (shows) {
      print(fmt::format("{}--- sample {}, seed {}\n", is_first ? "" : "\n\n", k + 1,
                        sample.result.seed));
      show_text(sample.options, job, sample.result);
      is_first = false;
    }
    all.push_back(finish(sample.options, job, sample.result, corpus, judges));
  }
  if (shows) print("\n");
  if (options.json) {
    nlohmann::ordered_json json;
    json["samples"] = all;
    print_json(json);
  }
  return code;
}

int generate_one(const GenerateOptions& options, const LoadedMethod& loaded, const MediaJob& job,
                 const Bytes& corpus, const std::vector<Judge>& judges) {
  const Result result = produce_and_show(options, loaded, job);
  const auto json = finish(options, job, result, corpus, judges);
  if (options.json) print_json(json);
  return kExitOk;
}

int run(const GenerateOptions& options) {
  set_thread_count(options.model.threads);
  check_method(with_sampling(options.method, options.sampling), options.model);
  check_readers(options.model, options.prompt);
  std::vector<Sampled> samples;
  if (options.samples > 1) samples = plan_samples(options);
  std::vector<GenerateOptions> outputs;
  outputs.reserve(samples.size());
  for (const Sampled& sample : samples) outputs.push_back(sample.options);
  if (outputs.empty()) outputs.push_back(options);
  check_outputs(outputs);
  const auto job = load_job(options.prompt, options.count, may_begin(options.model));
  for (const GenerateOptions& output : outputs) check_outputs(output, *job);
  Bytes corpus = load_corpus(options.model, options.prompt, job->media());
  const std::vector<Judge> judges = load_judges(options.judges, options.model, *job, corpus);
  const LoadedMethod loaded =
      load_method(with_sampling(options.method, options.sampling), options.model, corpus, *job);
  keep_window(options.model, corpus);
  const int code =
      samples.empty() ? generate_one(options, loaded, *job, corpus, judges)
                      : generate_samples(std::move(samples), options, loaded, *job, corpus, judges);
  return interrupt_requested() ? kExitSignal + interrupt_signal() : code;
}

}  // namespace

Command add_generate(CommandLine& line) {
  Arguments& args = line.add_command("generate", kSummary, kExamples);
  auto options = std::make_shared<GenerateOptions>();
  add_model_options(args, options->model);
  add_prompt_options(args, options->prompt);
  add_method_options(args, options->method);
  add_sampling_options(args, options->sampling);
  args.add("-n,--predict", &options->count, "Bytes to generate after a text")
      .range(1, kMaxCount)
      .counts_bytes()
      .type("N")
      .shows_default()
      .group("Sampling");
  args.add("--samples", &options->samples,
           "Samples, with this seed and the ones after it; files get numbers")
      .range(1, kMaxSamples)
      .type("N")
      .shows_default()
      .group("Sampling");
  args.add("--seed", &options->seed, "Seed; fixes every byte of the output [random]")
      .type("N")
      .example("1")
      .group("Sampling");
  add_healing_option(args, options->method);
  add_ending_options(args, options->endings);
  args.add("-o,--output", &options->output,
           "Write to FILE (.png; .wav or .flac); - is standard output")
      .type("FILE")
      .shows_default()
      .group("Output");
  args.add("--view,--spectrogram", &options->view,
           "Also draw a PNG that marks off the given part: an image framed, audio as a "
           "spectrogram")
      .type("FILE")
      .group("Output");
  args.add_flag("--force", options->force, "Overwrite files that are somebody else's")
      .group("Output");
  args.add_flag("--no-prompt,--no-display-prompt", options->no_prompt,
                "Print only what is generated after a text")
      .group("Output");
  args.add_flag("--stats", options->stats,
                "Also say on standard error how much of the sample is copied from corpus and "
                "prompt, loops, or varies")
      .group("Output");
  args.add_flag("--sources", options->sources,
                "Also say on standard error which passages of the sample come from where in "
                "corpus, prompt and the sample itself; of texts")
      .group("Output");
  args.add("--judge", &options->judges,
           "With --stats, also the bits per byte that MODEL needs for the sample; may be "
           "repeated")
      .one_at_a_time()
      .type("MODEL")
      .example("xz:6")
      .group("Output");
  args.add_flag("--json", options->json, "Print JSON").group("Output");
  args.add_flag("-q,--quiet", options->quiet, "No progress and no summary").group("Output");
  return {&args, [options] { return run(*options); }};
}

}  // namespace zipdream
