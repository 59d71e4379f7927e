// SPDX-License-Identifier: Apache-2.0
// Whether a codec's decoder samples from the probabilities of its coder tables. Samples are scored
// byte by byte by these: if they were drawn from them, the mean of -log2 P(sampled byte) agrees
// with the mean entropy at the same places, within a few standard errors. Usage: dream_check FILE
// CONTEXT BYTES SEEDS MODEL...
#include <fmt/format.h>

#include <cmath>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "apps/bench/program.h"
#include "base/files.h"
#include "base/parallel.h"
#include "base/portable_math.h"
#include "zipdream/error.h"
#include "zipdream/registry.h"

namespace zipdream {
namespace {

struct Score {
  double loss = 0;     // bits per byte
  double entropy = 0;  // bits per byte
};

Score score(ByteView context, ByteView dream, const Predictor& start) {
  const auto predictor = start.clone();
  predictor->observe(context);
  std::vector<double> log2_probs(predictor->alphabet_size());
  Score sum;
  for (const Byte byte : dream) {
    predictor->log2_probs(log2_probs);
    sum.loss -= log2_probs[byte];
    for (const double log2_p : log2_probs) sum.entropy -= portable_exp2(log2_p) * log2_p;
    predictor->update(byte);
  }
  const auto count = static_cast<double>(dream.size());
  return {sum.loss / count, sum.entropy / count};
}

void check(ByteView context, std::size_t bytes, std::size_t seeds, std::string_view model) {
  const auto decoder_sampler = make_decoder_sampler(model);
  const auto start = make_predictor(model, {});
  std::vector<Score> scores(seeds);
  parallel_for(seeds, 1, [&](std::size_t begin, std::size_t end) {
    for (std::size_t seed = begin; seed < end; ++seed) {
      Rng rng(seed);
      scores[seed] = score(context, decoder_sampler->sample(context, bytes, rng), *start);
    }
  });
  double loss = 0;
  double entropy = 0;
  double squares = 0;
  for (const Score& one : scores) {
    loss += one.loss;
    entropy += one.entropy;
    squares += (one.loss - one.entropy) * (one.loss - one.entropy);
  }
  const auto count = static_cast<double>(seeds);
  const double difference = (loss - entropy) / count;
  const double variance = std::max(0.0, squares / count - difference * difference);
  fmt::print("{:<10}{:>10.3f}{:>10.3f}{:>12.3f}{:>8.3f}\n", model, loss / count, entropy / count,
             difference, std::sqrt(variance / count));
}

int run(int argc, char** argv) {
  if (argc < 6) throw usage_error("usage: dream_check FILE CONTEXT BYTES SEEDS MODEL...");
  const Bytes text = read_file(argv[1]);
  const auto context = static_cast<std::size_t>(std::atoll(argv[2]));
  if (context > text.size()) throw usage_error("dream_check: the file is too short");
  fmt::print("{:<10}{:>10}{:>10}{:>12}{:>8}\n", "model", "log-loss", "entropy", "difference",
             "s.e.");
  for (int i = 5; i < argc; ++i) {
    check(ByteView(text).first(context), static_cast<std::size_t>(std::atoll(argv[3])),
          static_cast<std::size_t>(std::atoll(argv[4])), argv[i]);
  }
  return 0;
}

}  // namespace
}  // namespace zipdream

int main(int argc, char** argv) {
  return zipdream::run_program([&] { return zipdream::run(argc, argv); });
}
