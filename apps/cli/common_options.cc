// SPDX-License-Identifier: Apache-2.0
#include "apps/cli/common_options.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <charconv>
#include <map>
#include <system_error>

#include "apps/cli/choice.h"
#include "base/files.h"
#include "zipdream/error.h"
#include "zipdream/registry.h"

namespace zipdream {
namespace {

const std::map<std::string, Probs> kProbs = {{"lengths", Probs::kLengths},
                                             {"tables", Probs::kTables}};
const std::map<std::string, Units> kUnits = {{"bits", Units::kBits}, {"bytes", Units::kBytes}};
const std::map<std::string, Media> kMedia = {
    {"text", Media::kText}, {"image", Media::kImage}, {"audio", Media::kAudio}};
const std::map<std::string, PromptSide> kSides = {{"left", PromptSide::kLeft},
                                                  {"top", PromptSide::kTop}};
const std::map<std::string, Rows> kRows = {{"independent", Rows::kIndependent},
                                           {"joint", Rows::kJoint}};
const std::map<std::string, SampleFormat> kFormats = {
    {"u8", SampleFormat::kU8}, {"mulaw", SampleFormat::kMulaw}, {"s16", SampleFormat::kS16}};
const std::map<std::string, Channels> kChannels = {{"mono", Channels::kMono},
                                                   {"stereo", Channels::kStereo}};

// A range that is checked but not written out in the help.
template <typename Number>
CLI::Validator range(Number low, Number high) {
  return CLI::Range(low, high).description("");
}

}  // namespace

Spec parse_model(const std::string& text) {
  Spec spec = Spec::parse(text);
  if (spec.suffix().empty()) return spec;
  const std::string suffix = spec.suffix();
  spec.set_suffix("");
  throw Error(Error::Kind::kUsage, text, fmt::format("@{} has no meaning here", suffix),
              fmt::format("try {}", spec.text()));
}

void add_model_options(CLI::App& app, ModelOptions& options) {
  app.add_option_function<std::string>(
         "MODEL", [&options](const std::string& text) { options.spec = parse_model(text); },
         "Model, e.g. gzip:9, xz:6e, png, ppm:6 (zipdream list)")
      ->required()
      ->type_name("");
  add_probs_options(app, options);
}

void add_probs_options(CLI::App& app, ModelOptions& options) {
  const CLI::Validator size = range(std::size_t{0}, kMaxInputBytes);
  add_choice(app, "--probs", options.probs, kProbs,
             "Where a codec's probabilities come from: its coder's tables, or the lengths of its "
             "streams as in the paper [tables where it has them]")
      ->group("Model");
  add_choice(app, "--units", options.units, kUnits,
             "By the lengths, in bits or in whole bytes as the paper measures them [bits]")
      ->group("Model");
  app.add_option("--alphabet", options.alphabet,
                 "Bytes to choose from: all, seen (in corpus or prompt), printable, or a set such "
                 "as 'a-z .,\\n' [all; seen when searching]")
      ->type_name("SET")
      ->group("Model");
  app.add_option("--corpus", options.corpus_file, "Prime the model with FILE before the prompt")
      ->type_name("FILE")
      ->group("Model");
  app.add_option("--corpus-bytes", options.corpus_bytes,
                 "Use the first N bytes of the corpus; 0: all")
      ->check(size)
      ->type_name("N")
      ->capture_default_str()
      ->group("Model");
  app.add_option("--context-window", options.context_window,
                 "Use the last N bytes of prompt and output; 0: all [0; for sounds by the lengths "
                 "2048; 80 when searching after a corpus]")
      ->check(size)
      ->type_name("N")
      ->group("Model");
  app.add_option("-t,--threads", options.threads, "Threads; 0: one per core")
      ->check(range(0, 1024))
      ->type_name("N")
      ->capture_default_str()
      ->group("Model");
  app.add_flag("-v,--verbose", options.verbose, "Say how the model comes to its numbers")
      ->group("Model");
}

void add_media_options(CLI::App& app, PromptOptions& options) {
  add_choice(app, "--media", options.media, kMedia, "What the file is [guessed from it]")
      ->group("Prompt");
  app.add_flag("--gray", options.image.gray, "Average the colours first")->group("Images");
  app.add_option("--max-side", options.image.max_side,
                 "Shrink so that no side has more than N pixels")
      ->check(range(2, 1000000))
      ->type_name("N")
      ->group("Images");
  app.add_option("--rate", options.audio.rate, "Resample to HZ samples per second")
      ->type_name("HZ")
      ->capture_default_str()
      ->group("Sounds");
  add_choice(app, "--format", options.audio.format, kFormats,
             "8-bit linear as in the paper, 8-bit mu-law, or 16-bit samples [u8]")
      ->group("Sounds");
  add_choice(app, "--channels", options.audio.channels, kChannels,
             "Average the channels to one, or keep left and right [mono]")
      ->group("Sounds");
}

void add_prompt_options(CLI::App& app, PromptOptions& options) {
  CLI::Option* text = app.add_option("-p,--prompt", options.text, "The prompt itself")
                          ->type_name("TEXT")
                          ->group("Prompt");
  app.add_option("-f,--file", options.file, "Read the prompt from FILE; - is standard input")
      ->excludes(text)
      ->type_name("FILE")
      ->group("Prompt");
  add_media_options(app, options);

  add_choice(app, "--prompt-side", options.image.prompt_side, kSides,
             "left: each row's left part is given, as in the paper; top: the top rows are given, "
             "the rest follows row by row [left]")
      ->group("Images");
  add_choice(
      app, "--rows", options.image.rows, kRows,
      "With --prompt-side left, independent: each row is continued by itself, as in the paper; "
      "joint: each follows the rows above, given and generated parts [independent]")
      ->group("Images");
  app.add_option("--prompt-fraction", options.image.prompt_fraction,
                 "Share of the columns or rows that is given")
      ->type_name("X")
      ->capture_default_str()
      ->group("Images");

  app.add_option("--prompt-seconds", options.audio.prompt_seconds,
                 "Give the first S seconds; 0: all")
      ->type_name("S")
      ->capture_default_str()
      ->group("Sounds");
  app.add_option("--seconds", options.audio.seconds, "Generate S seconds")
      ->type_name("S")
      ->capture_default_str()
      ->group("Sounds");
}

void add_sampling_options(CLI::App& app, SamplingOptions& options) {
  SamplerOptions& sampler = options.sampler;
  const auto parse = [&options](const std::string& text) {
    options.fit_temperature = text == "auto";
    if (options.fit_temperature) return;
    const char* end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, options.sampler.temperature);
    if (read.ec != std::errc() || read.ptr != end) {
      throw CLI::ValidationError("--temp", fmt::format("'{}' is neither a number nor auto", text));
    }
  };
  app.add_option_function<std::string>(
         "--temp", parse,
         "Temperature; 0 takes what is most probable; auto: the one at which the law predicts the "
         "last 256 bytes of corpus and prompt best")
      ->type_name("T|auto")
      ->default_str("1")
      ->group("Sampling");
  app.add_option("--top-k", sampler.top_k, "Keep the K most probable symbols; 0: all")
      ->type_name("K")
      ->check(range(std::size_t{0}, kMaxInputBytes))
      ->capture_default_str()
      ->group("Sampling");
  app.add_option("--top-p", sampler.top_p, "Keep the most probable symbols of total mass P")
      ->type_name("P")
      ->capture_default_str()
      ->group("Sampling");
  app.add_option("--min-p", sampler.min_p, "Keep symbols P times as probable as the best")
      ->type_name("P")
      ->capture_default_str()
      ->group("Sampling");
}

MethodRequest with_sampling(MethodRequest method, const SamplingOptions& sampling) {
  method.sampler = sampling.sampler;
  method.fit_temperature = sampling.fit_temperature;
  return method;
}

}  // namespace zipdream
