// SPDX-License-Identifier: Apache-2.0
#include "apps/cli/common_options.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <map>
#include <string>
#include <string_view>
#include <system_error>

#include "apps/cli/command.h"
#include "base/files.h"
#include "zipdream/error.h"
#include "zipdream/registry.h"

namespace zipdream {
namespace {

const std::map<std::string, Probs> kProbs = {{"lengths", Probs::kLengths},
                                             {"tables", Probs::kTables}};
const std::map<std::string, Units> kUnits = {{"bits", Units::kBits}, {"bytes", Units::kBytes}};
const std::map<std::string, Media> kMedia = {{"text", Media::kText},
                                             {"bytes", Media::kText},
                                             {"image", Media::kImage},
                                             {"audio", Media::kAudio}};
const std::map<std::string, PromptSide> kSides = {{"left", PromptSide::kLeft},
                                                  {"top", PromptSide::kTop}};
const std::map<std::string, Rows> kRows = {{"independent", Rows::kIndependent},
                                           {"joint", Rows::kJoint}};
const std::map<std::string, SampleFormat> kFormats = {
    {"u8", SampleFormat::kU8}, {"mulaw", SampleFormat::kMulaw}, {"s16", SampleFormat::kS16}};
const std::map<std::string, Channels> kChannels = {{"mono", Channels::kMono},
                                                   {"stereo", Channels::kStereo}};

}  // namespace

Spec parse_model(const std::string& text) {
  Spec spec = Spec::parse(text);
  if (spec.suffix().empty()) return spec;
  const std::string suffix = spec.suffix();
  spec.set_suffix("");
  throw Error(Error::Kind::kUsage, text, fmt::format("@{} has no meaning here", suffix),
              fmt::format("try {}", spec.text()));
}

void add_model_options(Arguments& args, ModelOptions& options) {
  args.add_read(
          "MODEL", [&options](const std::string& text) { options.spec = parse_model(text); },
          "Model, e.g. gzip:9, xz:6e, png, ppm:6 (zipdream list)")
      .required()
      .type("")
      .example("gzip:9");
  add_probs_options(args, options);
}

void add_probs_options(Arguments& args, ModelOptions& options) {
  const char* const group = "Model";
  args.add_choice("--probs", options.probs, kProbs,
                  "Where a codec's probabilities come from: its coder's tables, or the lengths of "
                  "its streams as in the paper [tables where it has them]")
      .group(group);
  args.add_choice("--units", options.units, kUnits,
                  "By the lengths, in bits or in whole bytes as the paper measures them [bits]")
      .group(group);
  args.add("--alphabet", &options.alphabet,
           "Bytes to choose from: all, seen (in corpus or prompt), printable, or a set such as "
           "'a-z .,\\n' [all; seen when searching]")
      .type("SET")
      .example("printable")
      .group(group);
  args.add("--corpus", &options.corpus_file, "Prime the model with FILE before the prompt")
      .type("FILE")
      .group(group);
  args.add("--corpus-bytes", &options.corpus_bytes, "Use the first N bytes of the corpus; 0: all")
      .range(0, kMaxInputBytes)
      .counts_bytes()
      .type("N")
      .shows_default()
      .group(group);
  args.add("--context-window", &options.context_window,
           "Use the last N bytes of prompt and output; 0: all [0; for audio by the lengths 2048; "
           "80 when searching after a corpus]")
      .range(0, kMaxInputBytes)
      .counts_bytes()
      .type("N")
      .group(group);
  args.add_flag("--special", options.special,
                "Read the names of a language model's control tokens (<|im_start|>) in corpus and "
                "prompt as these tokens; in a text that is scored they stay text")
      .group(group);
  args.add("-t,--threads", &options.threads, "Threads; 0: one per core")
      .range(0, kMaxThreads)
      .type("N")
      .shows_default()
      .group(group);
  args.add_flag("-v,--verbose", options.verbose, "Say how the model comes to its numbers")
      .group(group);
}

void add_media_options(Arguments& args, PromptOptions& options) {
  options.arguments = &args;
  args.add_choice(
          "--media", options.media, kMedia,
          "What the file is; text and bytes both mean its bytes as they are [told by its content]")
      .group("Prompt");
  args.add_flag("--gray", options.image.gray, "Average the colours first").group("Images");
  args.add("--max-side", &options.image.max_side, "Shrink so that no side has more than N pixels")
      .range(2, 1000000)
      .type("N")
      .example("96")
      .group("Images");
  args.add("--rate", &options.audio.rate, "Resample to HZ samples per second")
      .type("HZ")
      .shows_default()
      .group("Audio");
  args.add_choice("--format", options.audio.format, kFormats,
                  "8-bit linear as in the paper, 8-bit mu-law, or 16-bit samples [u8]")
      .group("Audio");
  args.add_choice("--channels", options.audio.channels, kChannels,
                  "Average the channels to one, or keep left and right [mono]")
      .group("Audio");
}

void add_prompt_options(Arguments& args, PromptOptions& options) {
  const Option text =
      args.add("-p,--prompt", &options.text, "The prompt itself").type("TEXT").group("Prompt");
  args.add("-f,--file", &options.file, "Read the prompt from FILE; - is standard input")
      .excludes(text)
      .type("FILE")
      .group("Prompt");
  add_media_options(args, options);

  args.add_choice("--prompt-side", options.image.prompt_side, kSides,
                  "left: each row's left part is given, as in the paper; top: the top rows are "
                  "given, the rest follows row by row [left]")
      .group("Images");
  args.add_choice("--rows", options.image.rows, kRows,
                  "With --prompt-side left, independent: each row is continued by itself, as in "
                  "the paper; joint: each follows the rows above, given and generated parts "
                  "[independent]")
      .group("Images");
  args.add("--prompt-fraction", &options.image.prompt_fraction,
           "Share of the columns or rows that is given")
      .type("X")
      .shows_default()
      .group("Images");

  args.add("--prompt-seconds", &options.audio.prompt_seconds, "Give the first S seconds; 0: all")
      .type("S")
      .shows_default()
      .group("Audio");
  args.add("--seconds", &options.audio.seconds, "Generate S seconds")
      .type("S")
      .shows_default()
      .group("Audio");
}

void add_sampling_options(Arguments& args, SamplingOptions& options) {
  const char* const group = "Sampling";
  SamplerOptions& sampler = options.sampler;
  const auto read = [&options](const std::string& text) {
    options.fit_temperature = text == "auto";
    options.sampler.unsure_temperature.reset();
    if (options.fit_temperature) return;
    const char* const end = text.data() + text.size();
    auto number = std::from_chars(text.data(), end, options.sampler.temperature);
    if (number.ec == std::errc() && number.ptr != end && *number.ptr == ':') {
      number = std::from_chars(number.ptr + 1, end, options.sampler.unsure_temperature.emplace());
    }
    if (number.ec != std::errc() || number.ptr != end) {
      throw Error::of_option("temperature", text,
                             "must be a number from 0 to 1000, two of them (1:0.7), or auto", "");
    }
  };
  args.add_read(
          "--temp", read,
          "Temperature; 0 takes what is most probable; T:U goes from T where the model is sure "
          "to U where it is at a loss; auto: the one at which the model predicts the last 256 "
          "bytes of corpus and prompt best")
      .type("T|T:U|auto")
      .shows_default("1")
      .group(group);
  args.add("--colour-temp", &options.colour_temperature,
           "Of an image in colour: --temp of a pixel's second and third byte, times X")
      .type("X")
      .shows_default()
      .group(group);
  args.add("--top-k", &sampler.top_k, "Keep the K most probable symbols; 0: all")
      .type("K")
      .range(0, kMaxInputBytes)
      .shows_default()
      .group(group);
  args.add("--top-p", &sampler.top_p, "Keep the most probable symbols of total mass P")
      .type("P")
      .shows_default()
      .group(group);
  args.add("--min-p", &sampler.min_p, "Keep symbols P times as probable as the best")
      .type("P")
      .shows_default()
      .group(group);
}

MethodRequest with_sampling(MethodRequest method, const SamplingOptions& sampling) {
  method.sampler = sampling.sampler;
  method.fit_temperature = sampling.fit_temperature;
  method.colour_temperature = sampling.colour_temperature;
  return method;
}

namespace {

struct MediaOption {
  const char* name;
  Media media;                // that has a use for it
  const char* of_image = "";  // what an image takes instead
  const char* of_audio = "";  // what audio takes instead
};

constexpr std::array kOptions = {
    MediaOption{"--predict", Media::kText,
                "an image is continued to its edge, so say how much is given with "
                "--prompt-fraction",
                "say how much with --seconds"},
    MediaOption{"--prompt-bytes", Media::kText, "say how much is given with --prompt-fraction",
                "say how much is given with --prompt-seconds"},
    MediaOption{"--stop", Media::kText},
    MediaOption{"--ignore-eos", Media::kText},
    MediaOption{"--no-prompt", Media::kText},
    MediaOption{"--gray", Media::kImage},
    MediaOption{"--max-side", Media::kImage},
    MediaOption{"--prompt-side", Media::kImage},
    MediaOption{"--rows", Media::kImage},
    MediaOption{"--prompt-fraction", Media::kImage, "", "say how much with --prompt-seconds"},
    MediaOption{"--rate", Media::kAudio},
    MediaOption{"--format", Media::kAudio},
    MediaOption{"--channels", Media::kAudio},
    MediaOption{"--prompt-seconds", Media::kAudio, "say how much with --prompt-fraction"},
    MediaOption{"--seconds", Media::kAudio},
};

std::string_view plural_of(Media media) {
  switch (media) {
    case Media::kText:
      return "texts";
    case Media::kImage:
      return "images";
    case Media::kAudio:
      return "audio";
  }
  return "";
}

std::string remedy_for(const MediaOption& option, const Arguments& args, Media media) {
  std::string instead = media == Media::kImage   ? option.of_image
                        : media == Media::kAudio ? option.of_audio
                                                 : "";
  if (!instead.empty()) return instead;
  // What a file is was guessed, and the guess may be wrong.
  const bool was_guessed = !args.given("--media") && !args.given("--prompt");
  return was_guessed ? fmt::format("leave it out, or say --media {}", media_name(option.media))
                     : "leave it out";
}

}  // namespace

void check_media_options(const Arguments& args, Media media) {
  for (const MediaOption& option : kOptions) {
    if (option.media == media || !args.given(option.name)) continue;
    throw Error(Error::Kind::kUsage, option.name,
                fmt::format("is for {}, not for {}", plural_of(option.media), plural_of(media)),
                remedy_for(option, args, media));
  }
}

}  // namespace zipdream
