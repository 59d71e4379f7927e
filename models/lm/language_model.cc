// SPDX-License-Identifier: Apache-2.0
#include "models/lm/language_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <utility>

#include "base/process.h"
#include "models/lm/forward_pass.h"
#include "models/lm/products.h"
#include "models/lm/recurrent_pass.h"
#include "zipdream/error.h"

namespace zipdream {

namespace {

// Of a recurrent model a page is what a layer keeps, of others what kPanel positions have.
std::size_t page_floats(const LmConfig& config) {
  if (config.recurrent) return RecurrentPass::page_floats(config);
  return 2 * config.num_layers * config.num_kv_heads * config.head_dim * kPanel;
}

}  // namespace

LmState::LmState(const LmConfig& config)
    : pages(page_floats(config)), last(padded(config.hidden_size)) {}

LanguageModel::LanguageModel(const LmConfig& config, LmWeights weights, const Kernels& kernels)
    : config_(config),
      weights_(std::move(weights)),
      positions_(config_, weights_),
      kernels_(kernels) {}

std::string LanguageModel::describe() const {
  std::string target = kernels_.target;
  if (target.starts_with("N_")) target.erase(0, 2);  // Highway's prefix
  const std::string context = config_.recurrent
                                  ? "a recurrent state"
                                  : fmt::format("{} tokens of context", config_.context_length);
  return fmt::format("by {} layers of hidden size {}, {}, with {} vectors", config_.num_layers,
                     config_.hidden_size, context, target);
}

namespace {

std::uint64_t recurrent_parameters(const RecurrentWeights& weights, std::size_t width) {
  constexpr std::size_t kVectors = RecurrentWeights::kInputs + 6;  // shares, scales, a norm
  std::uint64_t count = kVectors * width;
  for (const Matrix* matrix : {&weights.receptance, &weights.key, &weights.value}) {
    count += matrix->parameter_count();
  }
  for (const LowRankWeights* pair :
       {&weights.decay, &weights.rate, &weights.gate, &weights.first_share}) {
    count += pair->down.parameter_count() + pair->up.parameter_count();
  }
  return count;
}

}  // namespace

std::uint64_t LanguageModel::parameter_count() const {
  // Norms are padded, so that their sizes must be known.
  const auto of_norm = [](const NormWeights& norm, std::size_t size) {
    return (norm.weight.empty() ? 0 : size) + (norm.bias.empty() ? 0 : size);
  };
  const std::size_t width = config_.hidden_size;
  const bool all = config_.qk_norm == LmConfig::QkNorm::kAll;
  std::uint64_t count = weights_.embedding.count * width + weights_.positions.size() +
                        of_norm(weights_.embedding_norm, width) +
                        of_norm(weights_.final_norm, width) + weights_.output.parameter_count();
  for (const LayerWeights& layer : weights_.layers) {
    for (const NormWeights* norm :
         {&layer.attention_norm, &layer.attention_out_norm, &layer.mlp_norm, &layer.mlp_out_norm}) {
      count += of_norm(*norm, width);
    }
    count += of_norm(layer.query_norm, (all ? config_.num_heads : 1) * config_.head_dim) +
             of_norm(layer.key_norm, (all ? config_.num_kv_heads : 1) * config_.head_dim);
    for (const Matrix* matrix : {&layer.qkv, &layer.attention_out, &layer.up, &layer.down}) {
      count += matrix->parameter_count();
    }
    if (config_.recurrent) count += recurrent_parameters(layer.recurrent, width);
  }
  return count;
}

namespace {

// Of how many positions logits are computed at once: of as many as are read together, or as few as
// what they take of memory asks for, since a vocabulary may be large.
std::size_t logit_rows(const LmConfig& config) {
  constexpr std::size_t kMaxFloats = std::size_t{1} << 22;
  constexpr std::size_t kMinRows = 16;
  return std::clamp(kMaxFloats / padded(config.vocab_size), kMinRows, kMaxPassRows);
}

}  // namespace

void LanguageModel::read(std::span<const Symbol> tokens, LmState& state) const {
  read(tokens, 0, state, {});
}

void LanguageModel::read(std::span<const Symbol> tokens, std::size_t count, LmState& state,
                         const OnRead& on_read) const {
  assert(config_.recurrent || state.length + tokens.size() <= config_.context_length);
  assert(count <= tokens.size());
  Floats logits(std::min(count, logit_rows(config_)) * padded(config_.vocab_size));
  while (!tokens.empty()) {
    check_interrupt();
    const std::size_t rows = std::min(tokens.size(), kMaxPassRows);
    const TokenRun run = {tokens.first(rows), state.length, &state.pages, &state.pages};
    const Floats results = pass_through({&run, 1});
    std::copy_n(&results[(rows - 1) * state.last.size()], state.last.size(), state.last.begin());
    state.length += rows;
    tokens = tokens.subspan(rows);
    visit_logits(results, std::min(rows, count), logits, on_read);
    count -= std::min(rows, count);
  }
}

Floats LanguageModel::pass_through(std::span<const TokenRun> runs) const {
  if (config_.recurrent) return RecurrentPass(config_, weights_, kernels_, runs).run();
  return ForwardPass(config_, weights_, positions_, kernels_, runs).run();
}

void LanguageModel::visit_logits(const Floats& results, std::size_t count, Floats& logits,
                                 const OnRead& on_read) const {
  const std::size_t width = padded(config_.hidden_size);
  const std::size_t stride = padded(config_.vocab_size);
  const std::size_t rows = logit_rows(config_);
  for (std::size_t row = 0; row < count; row += rows) {
    const std::size_t some = std::min(rows, count - row);
    multiply(kernels_, weights_.output, &results[row * width], width, some, logits.data(), stride);
    for (std::size_t i = 0; i < some; ++i) on_read(&logits[i * stride]);
  }
}

void LanguageModel::step(std::span<const Symbol> tokens, std::span<LmState* const> states,
                         const OnRead& on_read) const {
  assert(tokens.size() == states.size());
  Floats logits(std::min(tokens.size(), logit_rows(config_)) * padded(config_.vocab_size));
  while (!tokens.empty()) {
    check_interrupt();
    const std::size_t count = std::min(tokens.size(), kMaxPassRows);
    std::vector<TokenRun> runs;
    for (std::size_t i = 0; i < count; ++i) {
      assert(config_.recurrent || states[i]->length < config_.context_length);
      StatePages& pages = states[i]->pages;
      runs.push_back({tokens.subspan(i, 1), states[i]->length, &pages, &pages});
    }
    const Floats results = pass_through(runs);
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t width = states[i]->last.size();
      std::copy_n(&results[i * width], width, states[i]->last.begin());
      ++states[i]->length;
    }
    visit_logits(results, count, logits, on_read);
    tokens = tokens.subspan(count);
    states = states.subspan(count);
  }
}

void LanguageModel::peek(std::span<const Peek> peeks, const OnRead& on_read) const {
  assert(!config_.recurrent && windows() == nullptr);
  const std::size_t width = padded(config_.hidden_size);
  Floats logits(std::min(peeks.size(), logit_rows(config_)) * padded(config_.vocab_size));
  while (!peeks.empty()) {
    check_interrupt();
    std::vector<TokenRun> runs;
    std::size_t rows = 0;
    for (const Peek& peek : peeks) {
      if (rows + peek.tokens.size() > kMaxPassRows) break;
      rows += peek.tokens.size();
      runs.push_back({peek.tokens, peek.length, &peek.state->pages, nullptr});
    }
    const Floats results = pass_through(runs);
    Floats last(runs.size() * width);
    std::size_t row = 0;
    for (std::size_t i = 0; i < runs.size(); ++i) {
      row += runs[i].tokens.size();
      std::copy_n(&results[(row - 1) * width], width, &last[i * width]);
    }
    visit_logits(last, runs.size(), logits, on_read);
    peeks = peeks.subspan(runs.size());
  }
}

Floats LanguageModel::logits(const LmState& state) const {
  Floats logits(padded(config_.vocab_size));
  multiply(kernels_, weights_.output, state.last.data(), config_.hidden_size, 1, logits.data(),
           logits.size());
  return logits;
}

void LanguageModel::log2_probs_of(const float* logits, std::span<const Symbol> tokens,
                                  std::span<double> out) const {
  assert(!tokens.empty() && out.size() == tokens.size());
  Floats chosen(tokens.size());
  for (std::size_t i = 0; i < tokens.size(); ++i) chosen[i] = logits[tokens[i]];
  if (!kernels_.log2_softmax(chosen.data(), chosen.size(), out.data())) {
    throw Error(
        "lm: the model's numbers overflow after this text; are its weights what they were?");
  }
}

}  // namespace zipdream
