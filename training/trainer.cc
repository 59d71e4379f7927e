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
#include <cstring>
#include <ctime>
#include <filesystem>
#include <memory>
#include <numbers>
#include <utility>

#include "base/files.h"
#include "base/process.h"
#include "base/terminal.h"
#include "models/tokenizers/tokenizer.h"
#include "models/tokenizers/train_bpe.h"
#include "training/corpus.h"
#include "training/network.h"
#include "zipdream/error.h"
#include "zipdream/runtime.h"

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
    if (state_.step == 0 && rank() == 0) state_.corpus_fingerprint = corpus_.fingerprint();
    agree_on_texts();
    if (state_.step == 0 || rank() > 0) return;  // rank 0 has the optimizer
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
  void agree_on_texts() const;
  double learn();
  // Gradients of a part of a step, as an array of numbers, and its share of the nats per token.
  struct Sum {
    at::Tensor gradients;
    double nats = 0;
  };
  [[nodiscard]] Sum sum_of_one(const Batch& batch, std::size_t micro_batch);
  [[nodiscard]] std::optional<Sum> sum_of(const Batch& batch, std::size_t begin, std::size_t end);
  void send(const Sum& sum, std::size_t to);
  void add_from(std::size_t from, Sum& sum);
  void share_values();
  [[nodiscard]] bool goes_on(std::size_t last);
  [[nodiscard]] std::size_t rank() const {
    return request_.peers == nullptr ? 0 : request_.peers->rank();
  }
  [[nodiscard]] std::size_t ranks() const {
    return request_.peers == nullptr ? 1 : request_.peers->count();
  }
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

// Throws Error on a rank whose texts are not those of rank 0.
void Run::agree_on_texts() const {
  if (ranks() == 1) return;
  std::string fingerprint = fmt::format("{:x}", corpus_.fingerprint());
  const std::string own = fingerprint;
  request_.peers->broadcast(fingerprint);
  if (own == fingerprint) return;
  throw Error("its texts are not those of rank 0; give all nodes the same files");
}

std::vector<float> Run::values_to_begin_with() {
  // Of a run that goes on, rank 0 shares its own.
  if (state_.step == 0 || rank() > 0) state_.values = first_values(layout_, state_.plan.seed);
  if (state_.values.size() == layout_.size) return state_.values;
  throw Error(
      fmt::format("{}: its weights are not of the model's size; is it whole?", request_.folder));
}

// Its gradients weigh as much as it has of the step's sequences. Dropout is drawn anew for each.
Run::Sum Run::sum_of_one(const Batch& batch, std::size_t micro_batch) {
  const std::size_t sequences = batch.targets.size() / batch.length;
  const std::size_t parts = state_.plan.micro_batches;
  const Share part = share_of(micro_batch, parts, sequences);
  const auto of_part = [&](const std::vector<std::int64_t>& all) {
    return std::vector(all.begin() + static_cast<std::ptrdiff_t>(part.begin * batch.length),
                       all.begin() + static_cast<std::ptrdiff_t>(part.end * batch.length));
  };
  const Batch micro{batch.length, of_part(batch.inputs), of_part(batch.targets)};
  at::manual_seed(state_.plan.seed + 0x9E3779B97F4A7C15 * (state_.step + 1) +
                  0xBF58476D1CE4E5B9 * micro_batch);
  const double weight = static_cast<double>(part.end - part.begin) / static_cast<double>(sequences);
  at::Tensor loss = network_.loss(micro, state_.plan.dropout);
  if (parts > 1) loss = loss * weight;
  network_.gradients().zero_();
  loss.backward();
  // Alone in its step it needs no copy.
  return {parts > 1 ? network_.gradients().clone() : network_.gradients(), loss.item<double>()};
}

// The sum over micro-batches [begin, end), by halves: the order of the additions follows from their
// number alone, not from who makes them. On the rank that has the first of them; nothing elsewhere.
std::optional<Run::Sum> Run::sum_of(const Batch& batch, std::size_t begin, std::size_t end) {
  const std::size_t parts = state_.plan.micro_batches;
  const Share mine = share_of(rank(), ranks(), parts);
  if (end <= mine.begin || begin >= mine.end) return std::nullopt;
  if (end - begin == 1) return sum_of_one(batch, begin);
  const std::size_t middle = begin + (end - begin) / 2;
  std::optional<Sum> left = sum_of(batch, begin, middle);
  const std::optional<Sum> right = sum_of(batch, middle, end);
  const std::size_t of_left = owner_of(begin, ranks(), parts);
  const std::size_t of_right = owner_of(middle, ranks(), parts);
  if (left && right) {
    left->gradients.add_(right->gradients);
    left->nats += right->nats;
  } else if (rank() == of_left) {
    add_from(of_right, *left);
  } else if (rank() == of_right) {
    send(*right, of_left);
  }
  return left;
}

// The nats travel behind the gradients, in the places of two floats.
void Run::send(const Sum& sum, std::size_t to) {
  std::vector<float> numbers = floats_of(sum.gradients);
  numbers.resize(numbers.size() + 2);
  std::memcpy(numbers.data() + numbers.size() - 2, &sum.nats, sizeof sum.nats);
  request_.peers->send(to, numbers);
}

void Run::add_from(std::size_t from, Sum& sum) {
  std::vector<float> numbers(layout_.size + 2);
  request_.peers->receive(from, numbers);
  double nats = 0;
  std::memcpy(&nats, numbers.data() + layout_.size, sizeof nats);
  sum.nats += nats;
  numbers.resize(layout_.size);
  at::Tensor other = at::empty_like(sum.gradients);
  fill(numbers, other);
  sum.gradients.add_(other);
}

// Rank 0's, which the optimizer has changed.
void Run::share_values() {
  if (ranks() == 1) return;
  std::vector<float> values(layout_.size);
  if (rank() == 0) values = floats_of(network_.values());
  request_.peers->broadcast(values);
  if (rank() > 0) fill(values, network_.values());
}

// One step; returns bits per byte.
double Run::learn() {
  const Batch batch = corpus_.batch(state_.step);
  std::optional<Sum> sum = sum_of(batch, 0, state_.plan.micro_batches);
  if (rank() == 0) {
    optimizer_.step(state_.step, state_.plan.rate_at(state_.step), network_.values(),
                    sum->gradients);
  }
  const double nats = sum ? sum->nats : 0;
  sum.reset();
  network_.gradients().zero_();
  share_values();
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

// What rank 0 decides.
bool Run::goes_on(std::size_t last) {
  const bool wants = state_.step < last && !interrupt_requested();
  if (ranks() == 1) return wants;
  std::string answer = wants ? "yes" : "no";
  request_.peers->broadcast(answer);
  return answer == "yes";
}

TrainingResult Run::go() {
  const auto start = std::chrono::steady_clock::now();
  const double cpu_start = cpu_seconds();
  const double before = state_.seconds;
  double seconds = 0;
  begun_at_ = state_.step;
  const std::size_t last = std::min(state_.plan.steps, request_.until.value_or(state_.plan.steps));
  if (begun_at_ >= last && rank() == 0) save();  // in the format that is asked for now
  const bool is_quiet = request_.quiet || rank() > 0;
  Progress progress("train", last - std::min(last, state_.step), "steps", is_quiet);
  share_values();  // of a run that goes on
  while (goes_on(last)) {
    progress.note(fmt::format("{:.3f} bits per byte", learn()));
    progress.add();
    seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    state_.seconds = before + seconds;
    if (rank() > 0) continue;
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

void set_threads(int threads) {
  set_blas_threads(threads);
  at::set_num_threads(threads > 0 ? threads : at::get_num_threads());
}

void prepare_folder(const std::string& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) throw Error(fmt::format("{}: can't be made: {}", folder, error.message()));
  check_writable((fs::path(folder) / "model.safetensors").string());
}

// The state that rank 0 has, as far as the others need it.
void share_state(Peers& peers, RunState& state) {
  std::string theirs = version();
  peers.broadcast(theirs);
  if (theirs != version()) {
    throw Error(fmt::format("runs zipdream {}, rank 0 runs {}; install one version on all nodes",
                            version(), theirs));
  }
  std::string plan = to_json(state.plan);
  peers.broadcast(plan);
  std::string step = std::to_string(state.step);
  peers.broadcast(step);
  if (peers.rank() > 0) state.plan = plan_from_json(plan, "rank 0");
  if (peers.rank() > 0) state.step = std::stoull(step);
  if (peers.count() > state.plan.micro_batches) {
    throw Error::of_option("micro_batches", std::to_string(state.plan.micro_batches),
                           fmt::format("are shared by {} ranks", peers.count()),
                           "let there be one for each rank, or more");
  }
}

// Where rank 0 holds the state, or the process is alone.
bool has_folder(const TrainingRequest& request) {
  return request.peers == nullptr || request.peers->rank() == 0;
}

TrainingResult run(RunState state, const TrainingRequest& request) {
  const bool is_alone = request.peers == nullptr;
  set_threads(is_alone || request.threads > 0 ? request.threads : 1);
  if (has_folder(request)) prepare_folder(request.folder);
  if (!is_alone) share_state(*request.peers, state);
  return Run(std::move(state), request).go();
}

}  // namespace

TrainingResult begin_training(const TrainingPlan& plan, const TrainingRequest& request) {
  check_plan(plan);
  if (has_folder(request) && has_run(request.folder)) {
    throw Error(Error::Kind::kUsage, request.folder, "holds a run",
                "resume it, or name another folder");
  }
  RunState state;
  state.plan = plan;
  return run(std::move(state), request);
}

TrainingResult resume_training(const TrainingRequest& request, std::optional<std::size_t> steps) {
  RunState state;
  if (has_folder(request)) state = load_run(request.folder);
  if (steps) state.plan.steps = *steps;
  return run(std::move(state), request);
}

}  // namespace zipdream
