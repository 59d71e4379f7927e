// SPDX-License-Identifier: Apache-2.0
#include "models/lm/torch_lm.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>
#include <vector>

#include "base/load_module.h"
#include "base/process.h"
#include "models/lm/torch_engine.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

// Logits that are brought from the device at once, and distributions that are computed there.
constexpr std::size_t kMostLogits = std::size_t{1} << 24;

// What of a model was not written for libtorch; empty: nothing.
std::string unsupported(const LmConfig& config) {
  using Place = LmConfig::NormPlace;
  if (config.recurrent) return "recurrent layers";
  if (config.norm_place != Place::kBefore && config.norm_place != Place::kAfterSum) {
    return "norms after its attention and feed-forward parts";
  }
  if (config.parallel) return "attention and feed-forward parts side by side";
  if (config.qk_norm != LmConfig::QkNorm::kNone) return "norms of queries and keys";
  if (config.rope.dim != 0 && config.rope.dim != config.head_dim) return "heads rotated in part";
  for (std::size_t i = 0; i < config.num_layers; ++i) {
    const LayerConfig layer = config.layer(i);
    if (layer.window > 0 && layer.window < config.context_length) return "windows of attention";
    if (!layer.rotary || layer.local) return "layers that rotate otherwise than others";
  }
  return "";
}

std::vector<float> rows_of(const Matrix& matrix) {
  std::vector<float> rows(matrix.outputs() * matrix.inputs());
  for (std::size_t row = 0; row < matrix.outputs(); ++row) {
    matrix.copy_row(row, std::span(rows).subspan(row * matrix.inputs(), matrix.inputs()));
  }
  return rows;
}

// Makes of rows of rotated dimensions in pairs (0, 1), (2, 3), ... such in halves: `width` numbers
// are of one row.
void unpair(std::size_t heads, std::size_t head_dim, std::size_t width, std::vector<float>& rows) {
  const std::vector<float> paired(rows);
  for (std::size_t head = 0; head < heads; ++head) {
    for (std::size_t i = 0; i < head_dim; ++i) {
      const std::size_t from = head * head_dim + 2 * i % head_dim + 2 * i / head_dim;
      std::copy_n(&paired[from * width], width, &rows[(head * head_dim + i) * width]);
    }
  }
}

class Exporter {
 public:
  Exporter(const LanguageModel& model, TorchModel& out)
      : config_(model.config()),
        weights_(model.weights()),
        positions_(model.positions()),
        out_(out) {}

  void run() {
    out_.config = config_;
    add_embedding();
    for (std::size_t i = 0; i < weights_.layers.size(); ++i) add_layer(i);
    add("norm", weights_.final_norm);
    if (weights_.embedding.count > 0 || weights_.output.bias() != nullptr) {
      add("output", weights_.output);
    }
    add_positions();
  }

 private:
  void add(const std::string& key, const Matrix& matrix) {
    out_.weights[key] = rows_of(matrix);
    if (matrix.bias() == nullptr) return;
    out_.weights[key + ".bias"].assign(matrix.bias(), matrix.bias() + matrix.outputs());
  }

  void add(const std::string& key, const NormWeights& norm) {
    const auto size = static_cast<std::ptrdiff_t>(config_.hidden_size);
    if (norm.weight.empty()) return;
    out_.weights[key].assign(norm.weight.begin(), norm.weight.begin() + size);
    if (norm.bias.empty()) return;
    out_.weights[key + ".bias"].assign(norm.bias.begin(), norm.bias.begin() + size);
  }

  void add_embedding() {
    std::vector<float>& rows = out_.weights["embedding"];
    rows.resize(config_.vocab_size * config_.hidden_size);
    for (Symbol token = 0; token < config_.vocab_size; ++token) {
      weights_.embed(token,
                     std::span(rows).subspan(token * config_.hidden_size, config_.hidden_size));
    }
  }

  void add_layer(std::size_t index) {
    const LayerWeights& layer = weights_.layers[index];
    const std::string key = fmt::format("{}.", index);
    add(key + "norm1", layer.attention_norm);
    add(key + "qkv", layer.qkv);
    if (config_.paired_heads && config_.positions == LmConfig::Positions::kRotary) {
      const std::size_t heads = config_.num_heads + config_.num_kv_heads;
      unpair(heads, config_.head_dim, config_.hidden_size, out_.weights[key + "qkv"]);
      const auto bias = out_.weights.find(key + "qkv.bias");
      if (bias != out_.weights.end()) unpair(heads, config_.head_dim, 1, bias->second);
    }
    add(key + "out", layer.attention_out);
    add(key + "norm2", layer.mlp_norm);
    add(key + "up", layer.up);
    add(key + "down", layer.down);
  }

  void add_positions() {
    for (std::size_t i = 0; i < config_.context_length; ++i) {
      std::vector<float> row = positions_.cos_sin(i);
      if (config_.positions != LmConfig::Positions::kRotary) {
        row.assign(config_.hidden_size, 0);
        positions_.add(i, row);
      }
      out_.positions.insert(out_.positions.end(), row.begin(), row.end());
    }
  }

  const LmConfig& config_;
  const LmWeights& weights_;
  const Positions& positions_;
  TorchModel& out_;
};

class TorchLm final : public LanguageModel, private WindowReader {
 public:
  TorchLm(const LanguageModel& model, std::unique_ptr<const TorchEngine> engine)
      : LanguageModel(model.config(), LmWeights()),
        parameter_count_(model.parameter_count()),
        engine_(std::move(engine)) {}

  [[nodiscard]] std::uint64_t parameter_count() const override { return parameter_count_; }

  [[nodiscard]] std::string describe() const override {
    return fmt::format("by {} layers of hidden size {}, {} tokens of context, by {}",
                       config().num_layers, config().hidden_size, config().context_length,
                       engine_->describe());
  }

  [[nodiscard]] const WindowReader* windows() const override { return this; }

  using LanguageModel::OnRead;
  using LanguageModel::read;

  void read(std::span<const Symbol> tokens, std::size_t count, LmState& state,
            const OnRead& on_read) const override {
    const std::size_t vocab_size = config().vocab_size;
    const std::size_t most =
        count == 0 ? tokens.size() : std::max<std::size_t>(1, kMostLogits / vocab_size);
    while (!tokens.empty()) {
      check_interrupt();
      const std::size_t size = std::min(most, tokens.size());
      const std::size_t asked = count == 0 ? 1 : size;
      std::vector<float> logits(asked * vocab_size);
      TorchPlace* const place = &state.on_device;
      engine_->read(std::vector<std::int64_t>(tokens.begin(),
                                              tokens.begin() + static_cast<std::ptrdiff_t>(size)),
                    {&place, 1}, asked, logits.data());
      state.length += size;
      keep(&logits[(asked - 1) * vocab_size], state);
      for (std::size_t i = 0; i < std::min(count, size); ++i) on_read(&logits[i * vocab_size]);
      count -= std::min(count, size);
      tokens = tokens.subspan(size);
    }
  }

  void step(std::span<const Symbol> tokens, std::span<LmState* const> states,
            const OnRead& on_read) const override {
    check_interrupt();
    std::map<std::size_t, std::vector<std::size_t>> by_length;
    for (std::size_t i = 0; i < states.size(); ++i) by_length[states[i]->length].push_back(i);
    for (const auto& [length, some] : by_length) {
      std::vector<std::int64_t> theirs;
      std::vector<LmState*> their_states;
      for (const std::size_t i : some) {
        theirs.push_back(tokens[i]);
        their_states.push_back(states[i]);
      }
      read_each(theirs, their_states);
    }
    for (const LmState* const state : states) on_read(state->last.data());
  }

  [[nodiscard]] Floats logits(const LmState& state) const override { return state.last; }

 private:
  // ---- WindowReader ----

  void read_windows(std::span<const TextWindow> windows, const OnRead& on_read) const override {
    const std::size_t length = windows[0].tokens.size();
    const std::size_t asked = length - windows[0].from;
    const std::size_t vocab_size = config().vocab_size;
    const std::size_t most = std::max<std::size_t>(1, kMostLogits / (length * vocab_size));
    for (std::size_t at = 0; at < windows.size(); at += most) {
      check_interrupt();
      const auto some = windows.subspan(at, std::min(most, windows.size() - at));
      std::vector<float> logits(some.size() * asked * vocab_size);
      engine_->read_once(tokens_of(some, length), some.size(), asked, logits.data());
      for (std::size_t i = 0; i < some.size() * asked; ++i) on_read(&logits[i * vocab_size]);
    }
  }

  [[nodiscard]] std::vector<double> bits_of_windows(std::span<const TextWindow> windows,
                                                    std::span<const Symbol> among) const override {
    std::vector<double> bits(windows.size());
    std::vector<std::int64_t> symbols(config().vocab_size, -1);  // of each token: where in `among`
    for (std::size_t i = 0; i < among.size(); ++i) {
      symbols[among[i]] = static_cast<std::int64_t>(i);
    }
    const std::vector<std::int64_t> chosen(among.begin(), among.end());
    const std::size_t vocab_size = config().vocab_size;
    for (std::size_t at = 0; at < windows.size();) {
      check_interrupt();
      // The longest first would be better packed; those of a data set are alike.
      const std::size_t length = longest(windows.subspan(at));
      const std::size_t most = std::max<std::size_t>(1, kMostLogits / (length * vocab_size));
      const auto some = windows.subspan(at, std::min(most, windows.size() - at));
      const std::vector<std::int64_t> targets = targets_of(some, length, symbols);
      std::vector<double> each(targets.size());
      engine_->surprisals(tokens_of(some, length), targets, some.size(), chosen, each.data());
      for (std::size_t i = 0; i < each.size(); ++i) bits[at + i / length] += each[i];
      at += some.size();
    }
    check_finite(bits);
    return bits;
  }

  void begin_windows(std::span<const TextWindow> windows,
                     std::span<LmState* const> states) const override {
    check_interrupt();
    read_each(tokens_of(windows, windows[0].tokens.size()), states);
  }

  // ---- parts ----

  // As many tokens in each state, all of one length.
  void read_each(const std::vector<std::int64_t>& tokens, std::span<LmState* const> states) const {
    const std::size_t vocab_size = config().vocab_size;
    std::vector<TorchPlace*> places;
    for (LmState* const state : states) places.push_back(&state->on_device);
    std::vector<float> logits(states.size() * vocab_size);
    engine_->read(tokens, places, 1, logits.data());
    for (std::size_t i = 0; i < states.size(); ++i) {
      states[i]->length += tokens.size() / states.size();
      keep(&logits[i * vocab_size], *states[i]);
    }
  }

  void keep(const float* logits, LmState& state) const {
    state.last.assign(logits, logits + config().vocab_size);
    state.last.resize(padded(config().vocab_size));
  }

  static std::size_t longest(std::span<const TextWindow> windows) {
    std::size_t length = 0;
    for (const TextWindow& window : windows) length = std::max(length, window.tokens.size());
    return length;
  }

  // Shorter ones are filled up, which what stands before doesn't see.
  static std::vector<std::int64_t> tokens_of(std::span<const TextWindow> windows,
                                             std::size_t length) {
    std::vector<std::int64_t> tokens(windows.size() * length);
    for (std::size_t w = 0; w < windows.size(); ++w) {
      std::ranges::copy(windows[w].tokens,
                        tokens.begin() + static_cast<std::ptrdiff_t>(w * length));
    }
    return tokens;
  }

  static std::vector<std::int64_t> targets_of(std::span<const TextWindow> windows,
                                              std::size_t length,
                                              const std::vector<std::int64_t>& symbols) {
    std::vector<std::int64_t> targets(windows.size() * length, -1);
    for (std::size_t w = 0; w < windows.size(); ++w) {
      const TextWindow& window = windows[w];
      for (std::size_t i = window.from; i + 1 < window.tokens.size(); ++i) {
        targets[w * length + i] = symbols[window.tokens[i + 1]];
      }
      if (window.next) targets[w * length + window.tokens.size() - 1] = symbols[*window.next];
    }
    return targets;
  }

  static void check_finite(const std::vector<double>& bits) {
    const auto is_finite = [](double value) { return std::isfinite(value); };
    if (std::ranges::all_of(bits, is_finite)) return;
    throw Error("lm: the model's numbers overflow in this text; are its weights what they were?");
  }

  std::uint64_t parameter_count_;
  std::unique_ptr<const TorchEngine> engine_;
};

using MakeEngine = decltype(&zipdream_torch_v2);

MakeEngine load_engine() {
  return reinterpret_cast<MakeEngine>(load_module(
      {.file = "zipdream_torch.so",
       .entry = "zipdream_torch_v2",
       .does = "computes language models by libtorch",
       .missing = "install the package zipdream-train, or build zipdream where libtorch is,",
       .needs = "install libtorch, as Debian's package libtorch1.13"}));
}

}  // namespace

std::unique_ptr<const LanguageModel> make_torch_lm(const LanguageModel& model,
                                                   const std::string& device, bool bf16,
                                                   const std::string& where) {
  if (const std::string what = unsupported(model.config()); !what.empty()) {
    throw Error(Error::Kind::kUsage, where,
                fmt::format("libtorch computes models built as Llama, GPT-2 and the paper's, and "
                            "this one has {}",
                            what),
                "leave out torch=");
  }
  static const MakeEngine make_engine = load_engine();
  TorchModel exported;
  Exporter(model, exported).run();
  exported.device = device;
  exported.bf16 = bf16;
  // Of each call: many threads of ours call at once, and those that libtorch would start wait by
  // turning in circles.
  exported.threads = 1;
  return std::make_unique<TorchLm>(model,
                                   std::unique_ptr<const TorchEngine>(make_engine(exported)));
}

}  // namespace zipdream
