// SPDX-License-Identifier: Apache-2.0
#include "apps/cli/train_options.h"

#include <fmt/format.h>

#include <cstdint>
#include <map>
#include <vector>

#include "apps/cli/arguments.h"
#include "zipdream/error.h"
#include "zipdream/runtime.h"

namespace zipdream {
namespace {

constexpr const char* kSummary = "Trains a language model on texts, for `lm:DIR`.";

constexpr const char* kExamples = R"(
  zipdream train shakespeare.txt -o shakespeare
  zipdream train *.txt -o big --size 3.2m --steps 20000 --device cuda --bf16
  zipdream train book.txt -o book --bpe 1024 --context-length 256
  zipdream train --resume shakespeare
)";

// The flags of the model, which change what architecture and size stand for.
struct ModelFlags {
  std::string architecture = "modern";
  std::string size = "200k";
  std::optional<std::size_t> hidden_size;
  std::optional<std::size_t> layers;
  std::optional<std::size_t> heads;
  std::optional<std::size_t> intermediate_size;
  std::optional<std::size_t> context_length;
};

LmConfig model_of(const ModelFlags& flags) {
  LmConfig model = named_model(flags.architecture, flags.size);
  if (flags.hidden_size) {
    model.hidden_size = *flags.hidden_size;
    model.intermediate_size = intermediate_size_for(model, model.hidden_size);
  }
  if (flags.layers) model.num_layers = *flags.layers;
  if (flags.heads) model.num_heads = *flags.heads;
  if (flags.intermediate_size) model.intermediate_size = *flags.intermediate_size;
  if (flags.context_length) model.context_length = *flags.context_length;
  return model;
}

const std::map<std::string, FloatFormat> kStores = {
    {"f32", FloatFormat::kF32}, {"f16", FloatFormat::kF16}, {"bf16", FloatFormat::kBf16}};

constexpr std::uint64_t kMaxCount = std::uint64_t{1} << 20;

const std::map<std::string, Media> kMedia = {{"text", Media::kText}, {"bytes", Media::kText}};

void add_data(Arguments& args, TrainingOptions& options) {
  TrainingPlan& plan = options.plan;
  const auto add = [&](const char* names, Target target, const char* help) {
    return args.add(names, target, help).group("Data");
  };
  args.add("FILE", &plan.files, "Texts to learn from; one named twice counts twice").type("");
  args.add_choice("--media", options.media, kMedia,
                  "Learn the bytes of the files as they are, also of what is no text")
      .group("Data");
  add("--bpe", &plan.bpe, "Learn so many tokens from the texts; 0: the symbols are bytes")
      .type("N")
      .shows_default();
  add("--tokenizer", &plan.tokenizer, "Use this tokenizer.json, or that of a folder").type("FILE");
  add("--align", &plan.align,
      "Sequences begin at multiples of so many bytes of a file, as patches and records do")
      .range(1, kMaxCount)
      .type("N")
      .shows_default();
  add("--held-out", &plan.held_out,
      "Share at the end of each text that is measured by, not learned")
      .between(0, 0.9)
      .type("SHARE")
      .shows_default();
}

void add_model(Arguments& args, ModelFlags& flags) {
  const auto add = [&](const char* names, Target target, const char* help) {
    return args.add(names, target, help).group("Model");
  };
  add("--architecture", &flags.architecture,
      "modern (Llama: RMSNorm, rotary positions, SwiGLU) or paper (LayerNorm after, sines, GELU)")
      .type("NAME")
      .shows_default();
  add("--size", &flags.size, "Parameters: 200k, 800k or 3.2m").type("SIZE").shows_default();
  const auto add_size = [&](const char* name, std::optional<std::size_t>& size, const char* help) {
    add(name, &size, help).range(1, kMaxCount).type("N");
  };
  add_size("--hidden-size", flags.hidden_size, "Size of the residual stream [by size]");
  add_size("--layers", flags.layers, "Layers [4]");
  add_size("--heads", flags.heads, "Heads of attention [by size]");
  add_size("--intermediate-size", flags.intermediate_size,
           "Size of the feed-forward part [by hidden size]");
  add_size("--context-length", flags.context_length, "Tokens that the model sees at once [512]");
}

// Returns --steps.
Option add_schedule(Arguments& args, TrainingPlan& plan) {
  const auto add = [&](const char* names, Target target, const char* help) {
    return args.add(names, target, help).group("Training").type("N").shows_default();
  };
  const Option steps =
      add("--steps", &plan.steps, "Steps of the run").range(1, kMaxCount * kMaxCount);
  add("--batch", &plan.batch, "Tokens per step").range(1, kMaxCount * 16);
  add("--micro-batches", &plan.micro_batches,
      "Parts of a batch whose gradients are added up in a fixed order: in less memory, and by as "
      "many processes of an mpirun, or fewer")
      .range(1, kMaxCount);
  add("--warmup-seq-len", &plan.warmup_seq_len,
      "Length of the sequences at first, where the context is longer")
      .range(1, kMaxCount);
  add("--full-length-fraction", &plan.full_length_fraction,
      "Share of the steps, at the end, that read whole contexts")
      .between(0, 1);
  add("--lr", &plan.learning_rate, "Learning rate after the warm-up").between(0, 1);
  add("--final-lr", &plan.final_rate, "Share of it that is left at the end").between(0, 1);
  add("--warm-up", &plan.warm_up, "Steps of the warm-up").range(0, kMaxCount);
  add("--weight-decay", &plan.weight_decay, "Decay of matrices").between(0, 10);
  add("--dropout", &plan.dropout,
      "Share of what each layer adds that is left out at random, where texts are few")
      .between(0, 0.9);
  add("--clip", &plan.clip, "Length of the gradient at most").between(1e-6, 1e6);
  add("--seed", &plan.seed, "Seed; fixes the run on one machine");
  return steps;
}

void add_run(Arguments& args, TrainingOptions& options, std::string& resumed) {
  TrainingRequest& request = options.request;
  const auto add = [&](const char* names, Target target, const char* help) {
    return args.add(names, target, help).group("Run");
  };
  add("-o,--output", &request.folder, "Folder for the model").type("DIR");
  add("--resume", &resumed, "Go on with the run in DIR as if it had not stopped").type("DIR");
  add("--save-interval", &options.plan.save_interval, "Steps between measurements and checkpoints")
      .range(1, kMaxCount)
      .type("N")
      .shows_default();
  add("--until", &request.until, "Pause after this step").type("N");
  add("--device", &request.device, "cpu, cuda or cuda:N").type("NAME").shows_default();
  args.add_flag("--bf16", options.plan.bf16, "Multiply in bfloat16, for GPUs").group("Run");
  args.add_choice("--store", request.store, kStores, "Weights of the model that is written")
      .group("Run")
      .shows_default("f32");
  add("-t,--threads", &request.threads, "Threads [one per core]").range(1, 1024).type("N");
  args.add_flag("--json", options.json, "Print the result as JSON").group("Run");
  args.add_flag("-q,--quiet", request.quiet, "No progress and no summary").group("Run");
}

// What the options mean together.
void finish(const ModelFlags& flags, const Option& steps, const std::string& resumed,
            TrainingOptions& options) {
  TrainingRequest& request = options.request;
  options.resumes = !resumed.empty();
  if (!options.resumes) {
    if (request.folder.empty()) {
      throw usage_error("train: no folder for the model; name one with -o");
    }
    options.plan.model = model_of(flags);
    return;
  }
  if (!options.plan.files.empty() || !request.folder.empty()) {
    throw usage_error(
        "--resume: the run has its files and its folder already; leave out FILE and -o");
  }
  request.folder = resumed;
  if (steps.given()) options.new_steps = options.plan.steps;
}

// The command line, and what its options set beside the plan and the request.
struct TrainingLine {
  CommandLine line{"zipdream", fmt::format("zipdream {}", version()), "", ""};
  Arguments& args = line.add_command("train", kSummary, kExamples);
  TrainingOptions& options;
  ModelFlags flags;
  std::string resumed;
  Option steps;

  explicit TrainingLine(TrainingOptions& to) : options(to), steps(declare()) {}

 private:
  Option declare() {
    add_data(args, options);
    add_model(args, flags);
    const Option steps_of_run = add_schedule(args, options.plan);
    add_run(args, options, resumed);
    return steps_of_run;
  }
};

}  // namespace

CommandDescription describe_training_options() {
  TrainingOptions options;
  return TrainingLine(options).line.describe().commands.at(0);
}

std::optional<std::string> parse_training_options(std::span<char* const> argv,
                                                  TrainingOptions& options) {
  TrainingLine training(options);
  // The words of `zipdream train`, whose name this program's own one stands for.
  std::string name = training.args.name();
  std::vector<char*> words(argv.begin(), argv.end());
  words.insert(words.begin() + 1, name.data());
  if (const CommandLine::Asked asked = training.line.read(words); asked.text) return asked.text;
  finish(training.flags, training.steps, training.resumed, options);
  return std::nullopt;
}

}  // namespace zipdream
