// SPDX-License-Identifier: Apache-2.0
// How well a law predicts: the mean of -log2 P(true next byte), in bits per byte, over positions
// spread evenly over a file, each after the same number of bytes of context. Lower is better; 8 is
// knowing nothing. Usage: log_loss FILE CONTEXT POSITIONS MODEL... A MODEL follows
// its tables law if it has one; with /bits or /bytes at its end the length law in those units.
#include <fmt/format.h>

#include <cmath>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/files.h"
#include "base/parallel.h"
#include "models/registry.h"

namespace zipdream {
namespace {

struct Loss {
  double mean = 0;
  double standard_error = 0;
};

Loss measure(ByteView text, std::size_t context, std::size_t positions, std::string_view model) {
  PredictorOptions options;
  const auto ends_with = [&](std::string_view suffix) {
    if (!model.ends_with(suffix)) return false;
    model.remove_suffix(suffix.size());
    return true;
  };
  if (ends_with("/bytes")) options.units = Units::kBytes;
  if (ends_with("/bits")) options.units = Units::kBits;
  const auto start = make_model(model, options);
  std::vector<double> losses(positions);
  parallel_for(positions, 1, [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
      const std::size_t at = context + i * (text.size() - context) / positions;
      const auto predictor = start->clone();
      predictor->observe(text.subspan(at - context, context));
      std::vector<double> law(predictor->alphabet_size());
      predictor->log2_probs(law);
      losses[i] = -law[text[at]];
    }
  });
  double sum = 0;
  double squares = 0;
  for (const double loss : losses) {
    sum += loss;
    squares += loss * loss;
  }
  const auto count = static_cast<double>(positions);
  const double mean = sum / count;
  return {mean, std::sqrt(std::max(0.0, squares / count - mean * mean) / count)};
}

int run(int argc, char** argv) {
  if (argc < 5) throw usage_error("usage: log_loss FILE CONTEXT POSITIONS MODEL...");
  const Bytes text = read_file(argv[1]);
  const auto context = static_cast<std::size_t>(std::atoll(argv[2]));
  const auto positions = static_cast<std::size_t>(std::atoll(argv[3]));
  if (context >= text.size() || positions == 0)
    throw usage_error("log_loss: the file is too short");
  fmt::print("{:<16}{:>14}{:>10}\n", "model", "bits per byte", "s.e.");
  for (int i = 4; i < argc; ++i) {
    const Loss loss = measure(text, context, positions, argv[i]);
    fmt::print("{:<16}{:>14.3f}{:>10.3f}\n", argv[i], loss.mean, loss.standard_error);
  }
  return 0;
}

}  // namespace
}  // namespace zipdream

int main(int argc, char** argv) {
  try {
    return zipdream::run(argc, argv);
  } catch (const zipdream::Error& error) {
    fmt::print(stderr, "{}\n", error.what());
    return error.kind() == zipdream::Error::Kind::kUsage ? 2 : 1;
  }
}
