// SPDX-License-Identifier: Apache-2.0
#include "apps/train/options.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "zipdream/error.h"

namespace zipdream {
namespace {

constexpr const char* kSummary = R"(Trains a language model on texts, for `lm:DIR`.

Examples:
  zipdream train shakespeare.txt -o shakespeare
  zipdream train *.txt -o big --size 3.2m --steps 20000 --device cuda --bf16
  zipdream train book.txt -o book --bpe 1024 --context-length 256
  zipdream train --resume shakespeare)";

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

class Options {
 public:
  Options(CLI::App& app, TrainingOptions& options, ModelFlags& flags)
      : app_(app), options_(options), flags_(flags) {}

  void add_all() {
    app_.add_option("files", options_.plan.files,
                    "Texts to learn from; one named twice counts twice")
        ->type_name("FILE");
    add_data();
    add_model();
    add_schedule();
    add_run();
  }

 private:
  template <typename T>
  CLI::Option* add(const char* group, const char* name, T& value, const char* help) {
    return app_.add_option(name, value, help)->group(group)->capture_default_str();
  }
  template <typename T>
  void add_number(const char* group, const char* name, T& value, const char* help, T low, T high) {
    add(group, name, value, help)->check(CLI::Range(low, high).description(""))->type_name("N");
  }
  void add_size(const char* name, std::optional<std::size_t>& value, const char* help) {
    app_.add_option(name, value, help)
        ->group("Model")
        ->check(CLI::Range(std::size_t{1}, kMaxCount).description(""))
        ->type_name("N");
  }

  void add_data() {
    TrainingPlan& plan = options_.plan;
    const char* group = "Data";
    add(group, "--bpe", plan.bpe, "Learn so many tokens from the texts; 0: the symbols are bytes")
        ->type_name("N");
    app_.add_option("--tokenizer", plan.tokenizer, "Use this tokenizer.json, or that of a folder")
        ->group(group)
        ->type_name("FILE");
    add_number(group, "--held-out", plan.held_out,
               "Share at the end of each text that is measured by, not learned", 0.0, 0.9);
  }

  void add_model() {
    app_.add_option("--architecture", flags_.architecture,
                    "modern (Llama: RMSNorm, rotary positions, SwiGLU) or paper (LayerNorm after, "
                    "sines, GELU)")
        ->group("Model")
        ->type_name("NAME")
        ->capture_default_str();
    app_.add_option("--size", flags_.size, "Parameters: 200k, 800k or 3.2m")
        ->group("Model")
        ->type_name("SIZE")
        ->capture_default_str();
    add_size("--hidden-size", flags_.hidden_size, "Size of the residual stream [by size]");
    add_size("--layers", flags_.layers, "Layers [4]");
    add_size("--heads", flags_.heads, "Heads of attention [by size]");
    add_size("--intermediate-size", flags_.intermediate_size,
             "Size of the feed-forward part [by hidden size]");
    add_size("--context-length", flags_.context_length, "Tokens that the model sees at once [512]");
  }

  void add_schedule() {
    TrainingPlan& plan = options_.plan;
    const char* group = "Training";
    steps_ = app_.add_option("--steps", plan.steps, "Steps of the run")
                 ->group(group)
                 ->check(CLI::Range(std::size_t{1}, kMaxCount * kMaxCount).description(""))
                 ->type_name("N")
                 ->capture_default_str();
    add_number(group, "--batch", plan.batch, "Tokens per step", std::size_t{1}, kMaxCount * 16);
    add_number(group, "--warmup-seq-len", plan.warmup_seq_len,
               "Length of the sequences at first, where the context is longer", std::size_t{1},
               kMaxCount);
    add_number(group, "--full-length-fraction", plan.full_length_fraction,
               "Share of the steps, at the end, that read whole contexts", 0.0, 1.0);
    add_number(group, "--lr", plan.learning_rate, "Learning rate after the warm-up", 0.0, 1.0);
    add_number(group, "--final-lr", plan.final_rate, "Share of it that is left at the end", 0.0,
               1.0);
    add_number(group, "--warm-up", plan.warm_up, "Steps of the warm-up", std::size_t{0}, kMaxCount);
    add_number(group, "--weight-decay", plan.weight_decay, "Decay of matrices", 0.0, 10.0);
    add_number(group, "--clip", plan.clip, "Length of the gradient at most", 1e-6, 1e6);
    add(group, "--seed", plan.seed, "Seed; fixes the run on one machine")->type_name("N");
  }

  void add_run() {
    TrainingRequest& request = options_.request;
    const char* group = "Run";
    app_.add_option("-o,--output", request.folder, "Folder for the model")
        ->group(group)
        ->type_name("DIR");
    app_.add_option("--resume", resumed_, "Go on with the run in DIR as if it had not stopped")
        ->group(group)
        ->type_name("DIR");
    add_number(group, "--save-interval", options_.plan.save_interval,
               "Steps between measurements and checkpoints", std::size_t{1}, kMaxCount);
    app_.add_option("--until", request.until, "Pause after this step")
        ->group(group)
        ->type_name("N");
    add(group, "--device", request.device, "cpu, cuda or cuda:N")->type_name("NAME");
    app_.add_flag("--bf16", options_.plan.bf16, "Multiply in bfloat16, for GPUs")->group(group);
    app_.add_option("--store", store_, "Weights of the model that is written: f32, f16 or bf16")
        ->group(group)
        ->check(CLI::IsMember({"f32", "f16", "bf16"}).description(""))
        ->type_name("FORMAT")
        ->capture_default_str();
    app_.add_option("-t,--threads", request.threads, "Threads [one per core]")
        ->group(group)
        ->check(CLI::Range(1, 1024).description(""))
        ->type_name("N");
    app_.add_flag("--json", options_.json, "Print the result as JSON")->group(group);
    app_.add_flag("-q,--quiet", request.quiet, "No progress and no summary")->group(group);
  }

 public:
  void finish() {
    if (store_ == "f16") options_.request.store = FloatFormat::kF16;
    if (store_ == "bf16") options_.request.store = FloatFormat::kBf16;
    options_.resumes = !resumed_.empty();
    if (!options_.resumes) {
      if (options_.request.folder.empty())
        throw usage_error("train: no folder for the model; name one with -o");
      options_.plan.model = model_of(flags_);
      return;
    }
    if (!options_.plan.files.empty() || !options_.request.folder.empty()) {
      throw usage_error(
          "--resume: the run has its files and its folder already; leave out FILE and -o");
    }
    options_.request.folder = resumed_;
    if (steps_->count() > 0) options_.new_steps = options_.plan.steps;
  }

 private:
  static constexpr std::size_t kMaxCount = std::size_t{1} << 20;

  CLI::App& app_;
  TrainingOptions& options_;
  ModelFlags& flags_;
  CLI::Option* steps_ = nullptr;
  std::string resumed_;
  std::string store_ = "f32";
};

}  // namespace

std::optional<std::string> parse_training_options(int argc, char** argv, TrainingOptions& options) {
  CLI::App app(kSummary, "zipdream train");
  app.get_formatter()->column_width(34);
  ModelFlags flags;
  Options all(app, options, flags);
  all.add_all();
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    return app.help();
  } catch (const CLI::ParseError& error) {
    std::string what = error.what();
    what.resize(std::min(what.find('\n'), what.size()));
    throw usage_error(fmt::format("{}; see `zipdream train --help`", what));
  }
  all.finish();
  return std::nullopt;
}

}  // namespace zipdream
