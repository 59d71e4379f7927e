// SPDX-License-Identifier: Apache-2.0
// `zipdream tokenization`: transformers on bytes and on tokens, the paper's section 3.6.
#include "experiments/tokenization.h"

#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

#include "apps/cli/command.h"
#include "apps/cli/experiment_options.h"
#include "apps/cli/file_use.h"
#include "apps/cli/output.h"
#include "apps/cli/output_kinds.h"
#include "apps/cli/train.h"
#include "base/process.h"
#include "training/run_state.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

constexpr const char* kSummary =
    "Trains the same transformer on bytes and on tokens, with equal parameters and budget, and "
    "compares their bits per byte: Table 2 of the paper.";

constexpr const char* kExamples = R"(
  zipdream tokenization first.txt --data second.txt -o models --vocabularies 0,512,1024
  zipdream tokenization enwik8 --data 'text=enwik9.tail' -o models --sizes 200k,800k --steps 20000
)";

struct TokenizationOptions {
  std::vector<std::string> texts;
  std::string folder;
  std::vector<std::size_t> vocabularies = {0, 512, 1024};
  std::vector<std::string> sizes = {"200k"};
  std::string architecture = "paper";
  std::size_t context = 256;
  std::size_t steps = 1000;
  std::size_t batch = 4096;
  std::uint64_t seed = 1;
  ExperimentOptions run;
};

// A folder of its own for whatever makes another model.
std::string folder_of(const TokenizationOptions& options, const TokenizationModel& model) {
  DataSet texts;
  texts.files = options.texts;
  return (std::filesystem::path(options.folder) /
          fmt::format("{}-{}-bpe{}-c{}-s{}x{}-{}-{:08x}", options.architecture, model.size,
                      model.vocabulary, options.context, options.steps, options.batch, options.seed,
                      texts.fingerprint()))
      .string();
}

std::vector<std::string> training_of(const TokenizationOptions& options,
                                     const TokenizationModel& model, const std::string& folder) {
  const auto number = [](std::uint64_t value) { return fmt::format("{}", value); };
  std::vector<std::string> words = options.texts;
  for (const auto& [name, value] : std::vector<std::pair<std::string, std::string>>{
           {"-o", folder},
           {"--architecture", options.architecture},
           {"--size", model.size},
           {"--bpe", number(model.vocabulary)},
           {"--hidden-size", number(model.config.hidden_size)},
           {"--heads", number(model.config.num_heads)},
           {"--intermediate-size", number(model.config.intermediate_size)},
           {"--context-length", number(options.context)},
           {"--steps", number(options.steps)},
           {"--batch", number(options.batch)},
           {"--held-out", "0"},
           {"--seed", number(options.seed)}}) {
    words.insert(words.end(), {name, value});
  }
  if (options.run.media) words.insert(words.end(), {"--media", "bytes"});
  if (options.run.quiet) words.emplace_back("--quiet");
  return words;
}

// Goes on where it stopped; what is trained is not trained again.
void train(const TokenizationOptions& options, const TokenizationModel& model,
           const std::string& folder) {
  if (!options.run.quiet) {
    tell(fmt::format("training {}: {} parameters, width {}", folder, model.parameters,
                     model.config.hidden_size));
  }
  if (!has_run(folder)) return run_trainer(training_of(options, model, folder));
  std::vector<std::string> words = {"--resume", folder};
  if (options.run.quiet) words.emplace_back("--quiet");
  run_trainer(words);
}

// Before hours of training.
void check_files(const TokenizationOptions& options) {
  FileUse files;
  for (const std::string& text : options.texts) files.reads(text);
  for (const std::string& word : options.run.data) files.reads_data(word);
  files.writes_into("-o", options.folder);
  std::error_code ignored;
  const auto status = std::filesystem::status(options.folder, ignored);
  if (std::filesystem::exists(status) && !std::filesystem::is_directory(status)) {
    throw Error(Error::Kind::kFailure, options.folder, "is there already, and is no folder",
                "name another folder");
  }
  check_outputs(options.run, files);
}

int run(TokenizationOptions options, std::span<char* const> argv) {
  check_files(options);
  std::vector<TokenizationModel> models;
  for (const std::string& size : options.sizes) {
    for (const std::size_t vocabulary : options.vocabularies) {
      models.push_back(tokenization_model(options.architecture, size, vocabulary, options.context));
    }
  }
  if (options.run.data.size() > 1) throw usage_error("--data: name one text to compare on");
  for (const TokenizationModel& model : models) {
    const std::string folder = folder_of(options, model);
    if (!has_run(folder)) check_new_folder(folder);
  }
  static_cast<void>(trainer_path());
  std::filesystem::create_directories(options.folder);
  for (const TokenizationModel& model : models) {
    const std::string folder = folder_of(options, model);
    train(options, model, folder);
    options.run.models.push_back("lm:" + folder);
  }
  const RunRequest request = request_of(options.run, Experiment::kRates);
  return run_experiment(options.run, request, argv, [&](const RunResults& run_results) {
    return tokenization_report(run_results, models);
  });
}

}  // namespace

Command add_tokenization(CommandLine& line, std::span<char* const> argv) {
  Arguments& args = line.add_command("tokenization", kSummary, kExamples);
  auto options = std::make_shared<TokenizationOptions>();
  args.add("TEXT", &options->texts, "Texts to learn from")
      .required()
      .type("")
      .example("samples/text.txt");
  args.add("-o,--output", &options->folder,
           "Folder for the models; those that are there are used as they are")
      .required()
      .type("DIR")
      .example("models");
  args.add("--vocabularies", &options->vocabularies,
           "Tokens of byte pair encoding, learnt from the texts; 0: bytes")
      .split_at_commas()
      .type("N,...")
      .shows_default();
  args.add("--sizes", &options->sizes, "Parameters: 200k, 800k, 3.2m")
      .split_at_commas()
      .type("SIZE,...")
      .shows_default();
  args.add("--architecture", &options->architecture, "modern or paper (zipdream train)")
      .type("NAME")
      .shows_default();
  const auto add_number = [&args](const char* name, auto& value, const char* help) {
    args.add(name, &value, help).range(1, 1 << 30).type("N").shows_default();
  };
  add_number("--context-length", options->context, "Symbols that a model sees at once");
  add_number("--steps", options->steps, "Steps of each training");
  add_number("--batch", options->batch, "Symbols of each step");
  add_number("--seed", options->seed, "Seed of each training");
  add_run_options(args, options->run, ChunkKinds::kSizes);
  return {&args, [options, argv] { return run(*options, argv); }};
}

}  // namespace zipdream
