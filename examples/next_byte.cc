// SPDX-License-Identifier: Apache-2.0
// next_byte SPEC TEXT: the five likeliest bytes after a text, with their probabilities.
#include <zipdream/zipdream.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <numeric>
#include <vector>

int main(int argc, char** argv) try {
  if (argc != 3) return std::fputs("next_byte SPEC TEXT\n", stderr), 2;
  const auto model = zipdream::make_predictor(argv[1]);
  model->observe(std::string_view(argv[2]));
  const std::vector<double> log2_probs = model->log2_probs();

  std::vector<zipdream::Symbol> symbols(log2_probs.size());
  std::iota(symbols.begin(), symbols.end(), 0);
  const std::size_t shown = std::min<std::size_t>(5, symbols.size());
  std::partial_sort(symbols.begin(), symbols.begin() + shown, symbols.end(),
                    [&](auto a, auto b) { return log2_probs[a] > log2_probs[b]; });
  for (const auto symbol : std::vector(symbols.begin(), symbols.begin() + shown)) {
    const auto text = zipdream::as_chars(model->symbol_bytes(symbol));
    std::printf("%-8.*s %.4f\n", static_cast<int>(text.size()), text.data(),
                std::exp2(log2_probs[symbol]));
  }
  return 0;
} catch (const zipdream::Error& error) {
  return std::fprintf(stderr, "next_byte: %s\n", error.what()), 1;
}
