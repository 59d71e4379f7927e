// SPDX-License-Identifier: Apache-2.0
#include "training/trainer.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <c10/core/GradMode.h>
#include <dlfcn.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <ctime>
#include <filesystem>
#include <memory>
#include <numbers>

#include "base/files.h"
#include "base/process.h"
#include "base/terminal.h"
#include "models/tokenizers/tokenizer.h"
#include "models/tokenizers/train_bpe.h"
#include "training/corpus.h"
#include "training/network.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxMeasuredTokens = 65536;  // of what is held out

// A tokenizer and the file that makes it again; both empty for bytes.
struct TokenizerFile {
  std::string json;
  std::unique_ptr<Tokenizer> tokenizer;
};

// Nothing is written before the first checkpoint, so that a folder never holds half a run.
TokenizerFile learn_tokenizer(const TrainingPlan& plan, const std::vector<Bytes>& files) {
  std::vector<ByteView> texts;
  for (const Bytes& file : files) {
    const double share = static_cast<double>(file.size()) * (1 - plan.held_out);
    texts.push_back(ByteView(file).first(static_cast<std::size_t>(share)));
  }
  TokenizerFile made;
  made.json = train_bpe(texts, plan.bpe);
  made.tokenizer = tokenizer_of_json(made.json, "train: the tokenizer that was learnt");
  return made;
}

TokenizerFile tokenizer_of(const TrainingPlan& plan, const std::vector<Bytes>& files) {
  if (plan.bpe > 0) return learn_tokenizer(plan, files);
  TokenizerFile made;
  if (plan.tokenizer.empty()) return made;
  const fs::path named(plan.tokenizer);
  const fs::path path = fs::is_directory(named) ? named / "tokenizer.json" : named;
  made.json = as_chars(read_file(path.string()));
  made.tokenizer = load_tokenizer(path.string());
  return made;
}

std::vector<float> floats_of(const at::Tensor& tensor) {
  const at::Tensor here = tensor.to(at::kCPU).contiguous();
  return {here.data_ptr<float>(), here.data_ptr<float>() + here.numel()};
}

void fill(const std::vector<float>& from, at::Tensor& to) {
  const c10::NoGradGuard no_gradients;
  at::Tensor here = at::empty({static_cast<std::int64_t>(from.size())}, at::kFloat);
  std::copy(from.begin(), from.end(), here.data_ptr<float>());
  to.copy_(here);
}

double cpu_seconds() {
  return static_cast<double>(std::clock()) / static_cast<double>(CLOCKS_PER_SEC);
}

// One run, from wherever its state stands.
class Run {
 public:
  Run(RunState state, const TrainingRequest& request)
      : request_(request),
        state_(std::move(state)),
        files_(read_training_files(state_.plan)),
        tokenizer_(tokenizer_of(state_.plan, files_)),
        corpus_(files_, tokenizer_.tokenizer.get(), completed_plan()),
        layout_(layout_of(state_.plan.model)),
        network_(state_.plan.model, layout_, values_to_begin_with(), find_device(request.device),
                 state_.plan.bf16),
        optimizer_(layout_, network_.values(),
                   {.weight_decay = state_.plan.weight_decay, .clip = state_.plan.clip}) {
    if (state_.step == 0) {
      state_.corpus_fingerprint = corpus_.fingerprint();
      return;
    }
    if (state_.corpus_fingerprint != corpus_.fingerprint()) {
      throw Error(
          fmt::format("{}: its files are not what they were, so the run can't go on; "
                      "bring them back, or begin another",
                      request.folder));
    }
    fill(state_.first_moment, optimizer_.first_moment());
    fill(state_.second_moment, optimizer_.second_moment());
  }

  TrainingResult go();

 private:
  const TrainingPlan& completed_plan();
  std::vector<float> values_to_begin_with();
  double learn();
  [[nodiscard]] double measure();
  void save();
  void report(double training, double seconds);
  void end_interval(double seconds);
  [[nodiscard]] TrainingResult result(double seconds, double cpu) const;

  TrainingRequest request_;
  RunState state_;
  std::vector<Bytes> files_;
  TokenizerFile tokenizer_;
  Corpus corpus_;
  Layout layout_;
  Network network_;
  AdamW optimizer_;
  std::size_t begun_at_ = 0;
  std::size_t bytes_ = 0;           // read in this part of the run
  double interval_bits_ = 0;        // since the last point of the curve
  std::size_t interval_bytes_ = 0;  // since the last point of the curve
};

// Without a token of its own, byte 0 begins a text: it is rare in texts.
const TrainingPlan& Run::completed_plan() {
  const Tokenizer* tokenizer = tokenizer_.tokenizer.get();
  if (tokenizer == nullptr) {
    complete_model(256, 0, state_.plan.model);
  } else {
    std::optional<Symbol> begin = tokenizer->begin_of_text();
    if (!begin) begin = tokenizer->end_of_text();
    complete_model(tokenizer->size(), begin, state_.plan.model);
  }
  check_config(state_.plan.model, "train");
  return state_.plan;
}

std::vector<float> Run::values_to_begin_with() {
  if (state_.step == 0) state_.values = first_values(layout_, state_.plan.seed);
  if (state_.values.size() == layout_.size) return state_.values;
  throw Error(
      fmt::format("{}: its weights are not of the model's size; is it whole?", request_.folder));
}

// One step; returns nats per token.
double Run::learn() {
  const Batch batch = corpus_.batch(state_.step);
  at::manual_seed(state_.plan.seed + 0x9E3779B97F4A7C15 * (state_.step + 1));  // of dropout
  const at::Tensor loss = network_.loss(batch, state_.plan.dropout);
  loss.backward();
  optimizer_.step(state_.step, state_.plan.rate_at(state_.step), network_.values(),
                  network_.gradients());
  const double nats = loss.item<double>();
  if (!std::isfinite(nats)) {
    throw Error(fmt::format(
        "train: diverged at step {}; try a lower learning rate, or a longer warm-up", state_.step));
  }
  const std::size_t bytes = corpus_.byte_count(batch.targets);
  bytes_ += bytes;
  interval_bytes_ += bytes;
  const double bits = nats * static_cast<double>(batch.targets.size()) / std::numbers::ln2;
  interval_bits_ += bits;
  ++state_.step;
  return bits / static_cast<double>(bytes);
}

// Bits per byte of what is held out, in sequences as long as those of training: longer ones, whose
// positions it has not seen yet, would tell little.
double Run::measure() {
  const c10::NoGradGuard no_gradients;
  double bits = 0;
  std::size_t bytes = 0;
  for (const Batch& whole :
       corpus_.held_out(kMaxMeasuredTokens, state_.plan.length_at(state_.step - 1))) {
    const std::size_t at_once = std::max<std::size_t>(1, 8192 / whole.length) * whole.length;
    for (std::size_t begin = 0; begin < whole.targets.size(); begin += at_once) {
      const std::size_t end = std::min(begin + at_once, whole.targets.size());
      const auto part = [&](const std::vector<std::int64_t>& all) {
        return std::vector(all.begin() + static_cast<std::ptrdiff_t>(begin),
                           all.begin() + static_cast<std::ptrdiff_t>(end));
      };
      const Batch batch{whole.length, part(whole.inputs), part(whole.targets)};
      bits += network_.loss(batch).item<double>() * static_cast<double>(end - begin) /
              std::numbers::ln2;
      bytes += corpus_.byte_count(batch.targets);
    }
  }
  return bytes == 0 ? 0 : bits / static_cast<double>(bytes);
}

void Run::save() {
  state_.values = floats_of(network_.values());
  state_.first_moment = floats_of(optimizer_.first_moment());
  state_.second_moment = floats_of(optimizer_.second_moment());
  save_run(request_.folder, state_, layout_, tokenizer_.json, request_.store);
}

void Run::report(double training, double seconds) {
  if (request_.quiet) return;
  const LossPoint& point = state_.curve.back();
  const double rate = static_cast<double>(bytes_) / seconds;
  const double left = seconds / static_cast<double>(state_.step - begun_at_) *
                      static_cast<double>(state_.plan.steps - state_.step);
  const std::string held_out =
      point.held_out > 0 ? fmt::format(", held out {:.3f}", point.held_out) : "";
  const char* const wipe = stderr_is_terminal() ? "\r\033[K" : "";  // of the bar
  fmt::print(stderr, "{}zipdream: step {} of {}: {:.3f} bits per byte{}; {:.1f} kB/s, {} left\n",
             wipe, state_.step, state_.plan.steps, training, held_out, rate / 1000,
             format_seconds(left));
}

// A point of the curve, and a checkpoint.
void Run::end_interval(double seconds) {
  const double training = interval_bits_ / static_cast<double>(interval_bytes_);
  state_.curve.push_back({state_.step, training, measure()});
  interval_bits_ = 0;
  interval_bytes_ = 0;
  save();
  report(training, seconds);
}

TrainingResult Run::result(double seconds, double cpu) const {
  const LossPoint last = state_.curve.empty() ? LossPoint{} : state_.curve.back();
  return {.step = state_.step,
          .steps = state_.plan.steps,
          .parameters = layout_.size,
          .held_out = last.held_out,
          .training = last.training,
          .seconds = state_.seconds,
          .rate = static_cast<double>(bytes_) / std::max(seconds, 1e-9),
          .cpu_rate = static_cast<double>(bytes_) / std::max(cpu, 1e-9),
          .interrupted = interrupt_requested()};
}

TrainingResult Run::go() {
  const auto start = std::chrono::steady_clock::now();
  const double cpu_start = cpu_seconds();
  const double before = state_.seconds;
  double seconds = 0;
  begun_at_ = state_.step;
  const std::size_t last = std::min(state_.plan.steps, request_.until.value_or(state_.plan.steps));
  if (begun_at_ >= last) save();  // in the format that is asked for now
  Progress progress("train", last - std::min(last, state_.step), "steps", request_.quiet);
  while (state_.step < last && !interrupt_requested()) {
    progress.note(fmt::format("{:.3f} bits per byte", learn()));
    progress.add();
    seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    state_.seconds = before + seconds;
    const bool stops = state_.step == last || interrupt_requested();
    if (stops || state_.step % state_.plan.save_interval == 0) end_interval(seconds);
  }
  return result(seconds, cpu_seconds() - cpu_start);
}

// Tells OpenBLAS, if it is the library that multiplies, the number of threads; 0: it chooses.
void set_blas_threads(int threads) {
  auto* const set =
      reinterpret_cast<void (*)(int)>(dlsym(RTLD_DEFAULT, "openblas_set_num_threads"));
  if (set != nullptr && threads > 0) set(threads);
}

void prepare(const TrainingRequest& request) {
  set_blas_threads(request.threads);
  at::set_num_threads(request.threads > 0 ? request.threads : at::get_num_threads());
  std::error_code error;
  fs::create_directories(request.folder, error);
  if (error) {
    throw Error(fmt::format("{}: can't be made: {}", request.folder, error.message()));
  }
  check_writable((fs::path(request.folder) / "model.safetensors").string());
}

}  // namespace

TrainingResult begin_training(const TrainingPlan& plan, const TrainingRequest& request) {
  check_plan(plan);
  if (has_run(request.folder)) {
    throw Error(Error::Kind::kUsage, request.folder, "holds a run",
                "resume it, or name another folder");
  }
  prepare(request);
  RunState state;
  state.plan = plan;
  return Run(std::move(state), request).go();
}

TrainingResult resume_training(const TrainingRequest& request, std::optional<std::size_t> steps) {
  RunState state = load_run(request.folder);
  prepare(request);
  if (steps) state.plan.steps = *steps;
  return Run(std::move(state), request).go();
}

}  // namespace zipdream
