// SPDX-License-Identifier: Apache-2.0
// Times a language model for scripts/llama_speed.py. Usage:
//   lm_speed MODEL THREADS PROMPT STEPS [VECTORS]
// VECTORS are those of a lesser machine, as Highway calls them: AVX2, SSE4.
// Prints milliseconds per token, by the processor and by the clock, the best of two runs: of steps
// (one token each, and the likeliest next), then of a prompt, read at once.
#include <fmt/format.h>
#include <hwy/targets.h>

#include <algorithm>
#include <chrono>
#include <numeric>
#include <string>
#include <vector>

#include "apps/bench/program.h"
#include "base/parallel.h"
#include "models/lm/load.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

struct Times {
  double processor;
  double clock;
};

Times now() {
  const auto clock = std::chrono::steady_clock::now().time_since_epoch();
  return {1e3 * processor_seconds(), std::chrono::duration<double, std::milli>(clock).count()};
}

template <typename Run>
Times best(std::size_t tokens, const Run& run) {
  Times result{1e9, 1e9};
  for (int i = 0; i < 2; ++i) {
    const Times start = now();
    run();
    const Times end = now();
    const auto count = static_cast<double>(tokens);
    result.processor = std::min(result.processor, (end.processor - start.processor) / count);
    result.clock = std::min(result.clock, (end.clock - start.clock) / count);
  }
  return result;
}

std::vector<Symbol> some_tokens(std::size_t count, std::size_t vocab_size) {
  std::vector<Symbol> tokens(count);
  for (std::size_t i = 0; i < count; ++i) {
    tokens[i] = static_cast<Symbol>((i * 7919 + 13) % vocab_size);
  }
  return tokens;
}

void take_vectors(const std::string& name) {
  for (const std::int64_t target : {HWY_AVX2, HWY_SSE4}) {
    if (name == hwy::TargetName(target)) return hwy::SetSupportedTargetsForTest(target);
  }
  throw usage_error("lm_speed: VECTORS are AVX2 or SSE4");
}

int run(std::vector<std::string> arguments) {
  if (arguments.size() == 5) {
    take_vectors(arguments.back());
    arguments.pop_back();
  }
  if (arguments.size() != 4) {
    throw usage_error("usage: lm_speed MODEL THREADS PROMPT STEPS [VECTORS]");
  }
  set_thread_count(std::stoi(arguments[1]));
  const LoadedLm loaded = load_lm(arguments[0]);
  const LanguageModel& model = *loaded.model;
  const std::size_t vocab_size = model.config().vocab_size;
  const auto prompt = some_tokens(std::stoul(arguments[2]), vocab_size);
  const auto steps = some_tokens(std::stoul(arguments[3]), vocab_size);
  std::vector<Symbol> all(vocab_size);
  std::iota(all.begin(), all.end(), 0U);
  std::vector<double> log2_probs(vocab_size);
  const Times of_step = best(steps.size(), [&] {
    LmState state(model.config());
    for (const Symbol token : steps) {
      model.read({&token, 1}, state);
      model.log2_probs_of(model.logits(state).data(), all, log2_probs);
      static_cast<void>(std::ranges::max_element(log2_probs));
    }
  });
  const Times of_prompt = best(prompt.size(), [&] {
    LmState state(model.config());
    model.read(prompt, state);
  });
  fmt::print("{:.4f} {:.4f} {:.4f} {:.4f}\n", of_step.processor, of_step.clock, of_prompt.processor,
             of_prompt.clock);
  return 0;
}

}  // namespace
}  // namespace zipdream

int main(int argc, char** argv) {
  return zipdream::run_program([&] { return zipdream::run({argv + 1, argv + argc}); });
}
