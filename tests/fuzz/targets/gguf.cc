// SPDX-License-Identifier: Apache-2.0
// A GGUF file may lie about all that it says. What is accepted has to lie in the file, and a model
// that is loaded has to predict.
// libFuzzer: -max_len=24000
#include "models/lm/gguf.h"

#include <cmath>
#include <string>
#include <vector>

#include "models/lm/load.h"
#include "tests/fuzz/file_in_memory.h"
#include "tests/fuzz/fuzz.h"

namespace zipdream {
namespace {

void check_predicts(const LanguageModel& model) {
  LmState state(model.config());
  const std::vector<Symbol> tokens = {0, static_cast<Symbol>(model.config().vocab_size - 1)};
  accepts([&] {
    model.read(tokens, state);
    std::vector<double> log2_probs(tokens.size());
    model.log2_probs_of(model.logits(state).data(), tokens, log2_probs);
    for (const double log2_p : log2_probs) {
      check(log2_p <= 1e-9 && std::isfinite(log2_p), "no distribution");
    }
  });
}

}  // namespace

void fuzz(ByteView data) {
  const std::string path = put_scratch_file("x.gguf", data);
  accepts([&] {
    const Gguf file(path);
    check(file.checkpoint().byte_count() < data.size(), "tensors outside of their file");
  });
  accepts([&] { check_predicts(*load_lm(path).model); });
}

}  // namespace zipdream
