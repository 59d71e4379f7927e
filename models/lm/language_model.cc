// SPDX-License-Identifier: Apache-2.0
#include "models/lm/language_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <utility>

#include "base/error.h"
#include "base/interrupt.h"
#include "models/lm/block.h"

namespace zipdream {
namespace {

void to_law(const Kernels& kernels, const Floats& logits, std::span<double> out) {
  if (!kernels.log2_softmax(logits.data(), out.size(), out.data())) {
    throw Error("lm: the model's numbers overflow after this text; are its weights what they were?");
  }
}

}  // namespace

LmState::LmState(const LmConfig& config)
    : cache(2 * config.layers * config.kv_heads * config.head_size * kPanel),
      last(padded(config.width)) {}

LanguageModel::LanguageModel(const LmConfig& config, LmWeights weights, const Kernels& kernels)
    : config_(config),
      weights_(std::move(weights)),
      positions_(config_, weights_),
      kernels_(kernels) {}

std::string LanguageModel::describe() const {
  std::string target = kernels_.target;
  if (target.starts_with("N_")) target.erase(0, 2);  // Highway's prefix
  return fmt::format("by {} layers of width {}, {} tokens of context, with {} vectors",
                     config_.layers, config_.width, config_.context, target);
}

void LanguageModel::read(std::span<const Symbol> tokens, LmState& state,
                         const OnRead& on_read) const {
  assert(state.length + tokens.size() <= config_.context);
  while (!tokens.empty()) {
    check_interrupt();
    const std::size_t rows = std::min(tokens.size(), Block::kMaxRows);
    Block block(config_, weights_, positions_, kernels_, tokens.first(rows), state.length,
                state.cache);
    block.run();
    if (on_read) {
      for (std::size_t row = 0; row < rows; ++row) on_read(block.result(row));
    }
    std::copy_n(block.result(rows - 1), state.last.size(), state.last.begin());
    state.length += rows;
    tokens = tokens.subspan(rows);
  }
}

Floats LanguageModel::logits(const float* last) const {
  Floats logits(padded(config_.vocabulary));
  multiply(kernels_, weights_.output, last, config_.width, 1, logits.data(), logits.size());
  return logits;
}

void LanguageModel::log2_probs_of(const float* last, std::span<double> out) const {
  assert(!out.empty() && out.size() <= config_.vocabulary);
  to_law(kernels_, logits(last), out);
}

void LanguageModel::log2_probs_of(const float* last, std::span<const Symbol> tokens,
                                  std::span<double> out) const {
  assert(!out.empty() && out.size() == tokens.size());
  const Floats all = logits(last);
  Floats some;
  some.reserve(tokens.size());
  for (const Symbol token : tokens) some.push_back(all[token]);
  to_law(kernels_, some, out);
}

}  // namespace zipdream
