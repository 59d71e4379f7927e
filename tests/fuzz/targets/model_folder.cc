// SPDX-License-Identifier: Apache-2.0
// A folder of a model: two bytes for the size of its config.json, that, and the rest is
// model.safetensors; or, with a size of 0, the rest is a checkpoint of llama2.c. What is loaded has
// to follow.
// libFuzzer: -max_len=7000
#include <cmath>
#include <string>
#include <vector>

#include "models/lm/load.h"
#include "tests/fuzz/file_in_memory.h"
#include "tests/fuzz/fuzz.h"

namespace zipdream {
namespace {

void check_distribution(const LanguageModel& model) {
  LmState state(model.config());
  const auto last = static_cast<Symbol>(model.config().vocab_size - 1);
  const std::vector<Symbol> tokens = {0, last};
  accepts([&] {
    const std::size_t context = model.config().recurrent ? 2 : model.config().context_length;
    model.read(std::span(tokens).first(std::min<std::size_t>(2, context)), state);
    std::vector<double> log2_probs(tokens.size());
    model.log2_probs_of(model.logits(state).data(), tokens, log2_probs);
    for (const double log2_p : log2_probs) {
      check(log2_p <= 1e-9 && std::isfinite(log2_p), "no distribution");
    }
  });
}

}  // namespace

void fuzz(ByteView data) {
  FuzzInput input(data);
  const std::size_t config_size = input.choose(65536);
  if (config_size == 0) {
    const std::string path = put_scratch_file("x.bin", input.rest());
    accepts([&] { check_distribution(*load_llama2c(path)); });
    return;
  }
  remove_scratch_file("x.bin");
  put_scratch_file("config.json", input.take(config_size));
  put_scratch_file("model.safetensors", input.rest());
  accepts([&] { check_distribution(*load_lm(scratch_folder()).model); });
}

}  // namespace zipdream
