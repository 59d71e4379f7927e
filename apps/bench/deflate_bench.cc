// SPDX-License-Identifier: Apache-2.0
// One way to ask DEFLATE for lengths at a time, for work on it with a profiler or perf counters;
// the tables that compare them are performance.cc's. One thread, a context of 30 KB.
//
//   next: the 256 next bytes, then one byte of the text is appended.
//   beam: a beam search for the next bytes that the text uses (ways.h).
//
// ZIPDREAM_BENCH_TEXT names a file to use instead of made-up words. The counter per_candidate is
// CPU time; arguments are the level and the units (0 bits, 1 bytes).
#include <benchmark/benchmark.h>

#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "apps/bench/ways.h"
#include "base/files.h"
#include "base/parallel.h"

namespace zipdream {
namespace {

constexpr std::size_t kContext = 30'000;

const Bytes& text() {
  static const Bytes bytes = [] {
    const char* const path = std::getenv("ZIPDREAM_BENCH_TEXT");
    return path == nullptr ? made_up_text(200'000) : read_file(path);
  }();
  return bytes;
}

struct Setup {
  explicit Setup(const benchmark::State& state, Way way)
      : subject("deflate:" + std::to_string(state.range(0))),
        session(subject.start(way, state.range(1) == 0 ? Units::kBits : Units::kBytes)) {
    set_thread_count(1);
    session->append(ByteView(text()).first(kContext));
  }

  void append_one() { session->append(ByteView(text()).subspan(at++ % text().size(), 1)); }

  Subject subject;
  std::unique_ptr<Session> session;
  std::size_t at = kContext;
};

void report(benchmark::State& state, std::size_t candidates) {
  state.counters["per_candidate"] = benchmark::Counter(
      static_cast<double>(candidates), benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

void next(benchmark::State& state, Way way) {
  Setup setup(state, way);
  const Bytes alphabet = full_alphabet();
  const std::vector<ByteView> views = single_bytes(alphabet);
  std::vector<double> lengths(views.size());
  std::size_t candidates = 0;
  for (auto _ : state) {
    setup.session->bits_after(views, lengths);
    setup.append_one();
    candidates += views.size();
  }
  report(state, candidates);
}

void beam(benchmark::State& state, Way way) {
  Setup setup(state, way);
  const Bytes alphabet = bytes_of(ByteView(text()).first(100'000));
  const std::vector<ByteView> views = single_bytes(alphabet);
  std::size_t candidates = 0;
  for (auto _ : state) {
    candidates += search_beams(*setup.session, views, [] { return false; });
    setup.append_one();
  }
  report(state, candidates);
}

void register_all() {
  const std::vector<std::pair<std::string, Way>> ways = {
      {"compress", Way::kCompress}, {"copy", Way::kCopy}, {"exact", Way::kSession}};
  for (const auto& [name, way] : ways) {
    for (const int level : {1, 3, 6, 9}) {
      for (const int units : {0, 1}) {
        const std::vector<std::int64_t> args = {level, units};
        const std::string next_name = "next/" + name;
        const std::string beam_name = "beam/" + name;
        benchmark::RegisterBenchmark(next_name.c_str(), next, way)->Args(args);
        if (way == Way::kCompress) continue;  // minutes
        benchmark::RegisterBenchmark(beam_name.c_str(), beam, way)->Args(args);
      }
    }
  }
}

}  // namespace
}  // namespace zipdream

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  zipdream::register_all();
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
