// SPDX-License-Identifier: Apache-2.0
// What a distribution, an update and a score cost a program in C++, in processor time on one
// thread: beside it scripts/python_speed.py holds the same from Python. Usage:
// session_cost MODEL CONTEXT_FILE [SCORED_FILE], one line for each.
#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "apps/bench/program.h"
#include "base/files.h"
#include "zipdream/error.h"
#include "zipdream/registry.h"
#include "zipdream/runtime.h"
#include "zipdream/score.h"

namespace zipdream {
namespace {

constexpr int kRounds = 7;
constexpr int kCalls = 2000;
constexpr double kMicroseconds = 1e6;

// The least of several rounds: what else the machine does adds to a round, and takes from none.
template <typename Call>
double microseconds_of(const Call& call) {
  double least = 0;
  for (int round = 0; round < kRounds; ++round) {
    const double start = processor_seconds();
    for (int i = 0; i < kCalls; ++i) call();
    const double spent = (processor_seconds() - start) / kCalls * kMicroseconds;
    least = round == 0 ? spent : std::min(least, spent);
  }
  return least;
}

int run(int argc, char** argv) {
  if (argc != 3 && argc != 4) throw usage_error("usage: session_cost MODEL CONTEXT [SCORED]");
  set_thread_count(1);
  const Bytes context = read_file(argv[2]);
  const std::unique_ptr<Predictor> start = make_predictor(std::string_view(argv[1]));
  const std::unique_ptr<Predictor> session = start->clone();
  session->observe(context);
  double sum = 0;  // so that no call is left out
  const double distribution = microseconds_of([&] { sum += session->log2_probs()[0]; });
  std::size_t at = 0;
  const double update = microseconds_of([&] { session->update(context[at++ % context.size()]); });
  fmt::print("log2_probs {:.3f}\nupdate {:.3f}\n", distribution, update);
  if (argc == 4) {
    const Bytes scored = read_file(argv[3]);
    const std::unique_ptr<Predictor> scorer = start->clone();
    const double begin = processor_seconds();
    for (const double bits : score(*scorer, scored)) sum += bits;
    fmt::print("score {:.6f}\n", processor_seconds() - begin);
  }
  return sum != sum ? 1 : 0;
}

}  // namespace
}  // namespace zipdream

int main(int argc, char** argv) {
  return zipdream::run_program([&] { return zipdream::run(argc, argv); });
}
