// SPDX-License-Identifier: Apache-2.0
// The engine computes what the papers say, and always the same bits.
#include <gtest/gtest.h>
#include <hwy/targets.h>

#include <array>
#include <numeric>
#include <set>

#include "base/parallel.h"
#include "models/lm/architectures.h"
#include "models/lm/load.h"
#include "tests/generator/distribution.h"
#include "tests/models/lm/plain_transformer.h"
#include "tests/models/lm/tiny_models.h"
#include "tests/temporary_folder.h"
#include "zipdream/random.h"

namespace zipdream {

// kernels.cc compiled once more, for plain scalars with std::fma (CMakeLists.txt).
const Kernels& scalar_kernels();

namespace {

using Distributions = std::vector<std::vector<double>>;

std::vector<TinyModel> architectures_of_all_kinds() {
  std::vector<TinyModel> models = {tiny_llama(),   tiny_llama(true), tiny_gpt2(),
                                   tiny_gptneox(), tiny_paper(),     tiny_rwkv7()};
  for (const char* type :
       {"mistral", "qwen2", "qwen3", "gemma3_text", "smollm3", "olmo2", "phi3"}) {
    models.push_back(tiny_member(type));
  }
  return models;
}

constexpr std::array kFormats = {WeightFormat::kF32, WeightFormat::kF16, WeightFormat::kBf16,
                                 WeightFormat::kInt8};

std::unique_ptr<LanguageModel> load(const TinyModel& tiny, const Kernels& kernels,
                                    WeightFormat format = WeightFormat::kF32) {
  const TemporaryFolder folder;
  tiny.write(folder.path());
  const ConfigFields fields(folder / "config.json");
  const ModelPlan plan = read_plan(fields);
  Checkpoint checkpoint = open_safetensors(folder.path());
  LmWeights weights = load_weights(checkpoint, plan.config, plan.layout, format);
  return std::make_unique<LanguageModel>(plan.config, std::move(weights), kernels);
}

std::vector<Symbol> tokens_of(std::size_t count) {
  Rng rng(3, 0);
  std::vector<Symbol> tokens(count);
  for (Symbol& token : tokens) token = static_cast<Symbol>(rng.uniform() * 256);
  return tokens;
}

std::vector<Symbol> all_tokens() {
  std::vector<Symbol> tokens(256);
  std::iota(tokens.begin(), tokens.end(), 0U);
  return tokens;
}

std::vector<double> log2_probs_after(const LanguageModel& model, const float* logits) {
  std::vector<double> log2_probs(256);
  model.log2_probs_of(logits, all_tokens(), log2_probs);
  return log2_probs;
}

// The distributions after each token, read in blocks of `block`.
Distributions distributions(const LanguageModel& model, std::span<const Symbol> tokens,
                            std::size_t block) {
  Distributions result;
  LmState state(model.config());
  while (!tokens.empty()) {
    const std::size_t count = std::min(block, tokens.size());
    model.read(tokens.first(count), state,
               [&](const float* logits) { result.push_back(log2_probs_after(model, logits)); });
    tokens = tokens.subspan(count);
  }
  return result;
}

TEST(LanguageModelEngine, ComputesWhatThePapersSay) {
  const std::vector<Symbol> tokens = tokens_of(90);
  for (const TinyModel& tiny : architectures_of_all_kinds()) {
    const auto model = load(tiny, best_kernels());
    const Distributions engine = distributions(*model, tokens, 64);
    for (const std::size_t length : {1U, 2U, 17U, 90U}) {
      const std::vector<double> plain = plain_log2_probs(tiny, std::span(tokens).first(length));
      for (std::size_t i = 0; i < plain.size(); ++i) {
        ASSERT_NEAR(engine[length - 1][i], plain[i], 2e-4) << tiny.config << " after " << length;
      }
    }
  }
}

TEST(LanguageModelEngine, GivesDistributions) {
  for (const TinyModel& tiny : architectures_of_all_kinds()) {
    for (const std::vector<double>& each :
         distributions(*load(tiny, best_kernels()), tokens_of(20), 64)) {
      expect_distribution(each, 1e-12);
    }
  }
}

TEST(LanguageModelEngine, GivesTheSameBitsInBlocksOfAnySize) {
  for (const TinyModel& tiny : architectures_of_all_kinds()) {
    for (const WeightFormat format : kFormats) {
      const std::vector<Symbol> tokens = tokens_of(format == WeightFormat::kF32 ? 96 : 30);
      const auto model = load(tiny, best_kernels(), format);
      const Distributions steps = distributions(*model, tokens, 1);
      for (const std::size_t block : {2U, 3U, 5U, 7U, 31U, 64U, 96U}) {
        EXPECT_EQ(distributions(*model, tokens, block), steps) << block;
      }
    }
  }
}

TEST(LanguageModelEngine, GivesTheSameBitsByAnyVectors) {
  for (const TinyModel& tiny : architectures_of_all_kinds()) {
    for (const WeightFormat format : kFormats) {
      const std::vector<Symbol> tokens = tokens_of(format == WeightFormat::kF32 ? 70 : 17);
      const Distributions expected = distributions(*load(tiny, best_kernels(), format), tokens, 64);
      const auto scalar = load(tiny, scalar_kernels(), format);
      EXPECT_EQ(distributions(*scalar, tokens, 64), expected) << "scalars";
      EXPECT_EQ(distributions(*scalar, tokens, 1), expected) << "scalars, step by step";
      for (const std::int64_t target : hwy::SupportedAndGeneratedTargets()) {
        hwy::SetSupportedTargetsForTest(target);
        EXPECT_EQ(distributions(*load(tiny, best_kernels(), format), tokens, 64), expected)
            << hwy::TargetName(target);
        hwy::SetSupportedTargetsForTest(0);
      }
    }
  }
}

// Otherwise the test before compares less than it says.
TEST(LanguageModelEngine, CanBeAskedForOtherVectors) {
  std::set<std::string> names;
  std::size_t count = 0;
  for (const std::int64_t target : hwy::SupportedAndGeneratedTargets()) {
    if (target == HWY_SSSE3) continue;  // kernels.cc leaves it out: the scalars are used
    hwy::SetSupportedTargetsForTest(target);
    names.insert(best_kernels().target);
    hwy::SetSupportedTargetsForTest(0);
    ++count;
  }
  EXPECT_EQ(names.size(), count);
  EXPECT_STREQ(scalar_kernels().target, "N_SCALAR");
}

// Wide enough that blocks are shared among threads.
TEST(LanguageModelEngine, GivesTheSameBitsOnAnyNumberOfThreads) {
  for (const TinyModel& tiny : {tiny_llama(false, 128), tiny_rwkv7(128)}) {
    const auto model = load(tiny, best_kernels());
    const std::vector<Symbol> tokens = tokens_of(96);
    set_thread_count(1);
    const Distributions expected = distributions(*model, tokens, 64);
    for (const int threads : {2, 5}) {
      set_thread_count(threads);
      EXPECT_EQ(distributions(*model, tokens, 64), expected);
      EXPECT_EQ(distributions(*model, tokens, 1), expected);
    }
    set_thread_count(0);
  }
}

TEST(LanguageModelEngine, CopiesOfAStateGoTheirOwnWays) {
  for (const TinyModel& tiny : {tiny_llama(), tiny_rwkv7()}) {
    const auto model = load(tiny, best_kernels());
    const std::vector<Symbol> tokens = tokens_of(80);
    LmState state(model->config());
    model->read(std::span(tokens).first(70), state);
    LmState copy = state;
    const std::vector<Symbol> others(10, 9);
    model->read(others, copy);
    model->read(std::span(tokens).subspan(70), state);
    EXPECT_EQ(log2_probs_after(*model, model->logits(state).data()),
              distributions(*model, tokens, 64).back());
  }
}

// Several texts in one pass, at different places.
TEST(LanguageModelEngine, StepsOfSeveralTextsAreThoseOfEach) {
  for (const TinyModel& tiny : {tiny_llama(), tiny_rwkv7()}) {
    const auto model = load(tiny, best_kernels());
    const std::vector<Symbol> tokens = tokens_of(40);
    std::vector<LmState> states(4, LmState(model->config()));
    std::vector<LmState*> all;
    std::vector<Symbol> next;
    for (std::size_t i = 0; i < states.size(); ++i) {
      model->read(std::span(tokens).first(7 * i + 1), states[i]);
      all.push_back(&states[i]);
      next.push_back(tokens[7 * i + 1]);
    }
    std::size_t i = 0;
    model->step(next, all, [&](const float* logits) {
      const auto alone = distributions(*model, std::span(tokens).first(7 * i + 2), 64);
      EXPECT_EQ(log2_probs_after(*model, logits), alone.back()) << i;
      ++i;
    });
  }
}

std::vector<Symbol> joined(std::span<const Symbol> first, std::span<const Symbol> second) {
  std::vector<Symbol> all(first.begin(), first.end());
  all.insert(all.end(), second.begin(), second.end());
  return all;
}

TEST(LanguageModelEngine, PeeksAtWhatWouldFollowAndKeepsNothing) {
  const std::vector<Symbol> text = tokens_of(50);
  const std::vector<Symbol> other = {7, 200, 3, 99, 7, 1, 30};
  for (const TinyModel& tiny : architectures_of_all_kinds()) {
    const auto model = load(tiny, best_kernels());
    if (model->config().recurrent) continue;
    LmState state(model->config());
    model->read(text, state);
    std::vector<LanguageModel::Peek> peeks;
    Distributions expected;
    // Before, on and after the ends of the cache's pages, one token and several.
    for (const std::size_t length : {1U, 15U, 16U, 17U, 31U, 46U, 50U}) {
      for (const std::size_t count : {1U, 2U, 7U}) {
        const auto tokens = std::span(other).first(count);
        peeks.push_back({tokens, &state, length});
        expected.push_back(
            distributions(*model, joined(std::span(text).first(length), tokens), 64).back());
      }
    }
    Distributions peeked;
    model->peek(peeks,
                [&](const float* logits) { peeked.push_back(log2_probs_after(*model, logits)); });
    EXPECT_EQ(peeked, expected) << tiny.config;
    model->read(other, state);
    EXPECT_EQ(log2_probs_after(*model, model->logits(state).data()),
              distributions(*model, joined(text, other), 64).back());
  }
}

TEST(LanguageModelEngine, SaysWhenNumbersOverflow) {
  TinyModel tiny = tiny_gpt2();
  for (float& value : tiny.tensors["h.1.mlp.c_fc.weight"].values) value = 3e38F;
  const auto model = load(tiny, best_kernels());
  EXPECT_ANY_THROW(static_cast<void>(distributions(*model, tokens_of(3), 3)));
}

}  // namespace
}  // namespace zipdream
