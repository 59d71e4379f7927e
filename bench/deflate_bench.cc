// SPDX-License-Identifier: Apache-2.0
// CPU time per candidate of three ways to ask DEFLATE for a length: compress everything again, copy
// zlib's encoder, the exact session. One thread, a context of 30 KB.
//
//   next: the 256 next bytes, then one byte of the text is appended.
//   beam: 32 beams of 24 bytes; in each step every beam asks for the next bytes that the text uses,
//         and the 32 shortest of all go on.
//
// ZIPDREAM_BENCH_TEXT names a file to use instead of made-up words. The counter per_candidate is
// CPU time; arguments are the level and the units (0 bits, 1 bytes).
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "base/files.h"
#include "base/parallel.h"
#include "base/rng.h"
#include "codecs/deflate/exact_session.h"
#include "codecs/gzip_session.h"
#include "codecs/recompressing_session.h"
#include "codecs/registry.h"

namespace zipdream {
namespace {

constexpr std::size_t kContext = 30'000;
constexpr std::size_t kBeams = 32;
constexpr std::size_t kHorizon = 24;

// Words of random letters, the frequent ones short.
Bytes make_words(std::size_t size) {
  Rng rng(1);
  const auto below = [&rng](std::size_t count) {
    return static_cast<std::size_t>(rng.next() % count);
  };
  std::vector<Bytes> words(2000);
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::size_t length = 1 + below(2 + i / 250);
    for (std::size_t j = 0; j < length; ++j) {
      const char first = below(12) == 0 ? 'A' : 'a';
      words[i].push_back(static_cast<Byte>(first + static_cast<int>(below(1 + below(26)))));
    }
  }
  Bytes text;
  while (text.size() < size) {
    const Bytes& word = words[below(1 + below(1 + below(words.size())))];
    text.insert(text.end(), word.begin(), word.end());
    text.push_back(static_cast<Byte>("      ,\n."[below(9)]));
  }
  return text;
}

const Bytes& text() {
  static const Bytes bytes = [] {
    const char* const path = std::getenv("ZIPDREAM_BENCH_TEXT");
    return path == nullptr ? make_words(200'000) : read_file(path);
  }();
  return bytes;
}

enum class Way { kRecompress, kClone, kExact };

std::unique_ptr<Session> start(Way way, const Codec& codec, int level, Units units) {
  if (way == Way::kClone) return start_gzip_session(level, 0, units);
  if (way == Way::kExact) return start_exact_session(level, 0, units);
  return start_recompressing_session(codec, units);
}

std::vector<ByteView> next_bytes(const Bytes& alphabet) {
  std::vector<ByteView> views;
  for (const Byte& byte : alphabet) views.emplace_back(&byte, 1);
  return views;
}

struct Setup {
  explicit Setup(const benchmark::State& state, Way way)
      : level(static_cast<int>(state.range(0))),
        codec(make_codec("deflate:" + std::to_string(level))),
        session(start(way, *codec, level, state.range(1) == 0 ? Units::kBits : Units::kBytes)) {
    set_thread_count(1);
    session->append(ByteView(text()).subspan(1000, kContext));
  }
  int level;
  std::unique_ptr<Codec> codec;
  std::unique_ptr<Session> session;
};

void report(benchmark::State& state, std::size_t candidates) {
  state.counters["per_candidate"] = benchmark::Counter(
      static_cast<double>(candidates), benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

void next(benchmark::State& state, Way way) {
  const Setup setup(state, way);
  Bytes alphabet(256);
  for (std::size_t i = 0; i < alphabet.size(); ++i) alphabet[i] = static_cast<Byte>(i);
  const std::vector<ByteView> views = next_bytes(alphabet);
  std::vector<double> lengths(views.size());
  std::size_t at = 1000 + kContext;
  std::size_t candidates = 0;
  auto session = setup.session->clone();
  for (auto _ : state) {
    if (at % 512 == 0) session = setup.session->clone();
    session->bits_after(views, lengths);
    session->append(ByteView(text()).subspan(at++ % text().size(), 1));
    benchmark::DoNotOptimize(lengths.data());
    candidates += views.size();
  }
  report(state, candidates);
}

// One beam search from the primed context; returns how many candidates it asked for.
std::size_t search(const Session& primed, const std::vector<ByteView>& views) {
  struct Choice {
    double length;
    std::size_t beam;
    std::size_t symbol;
  };
  std::vector<std::unique_ptr<Session>> beams;
  beams.push_back(primed.clone());
  std::vector<double> lengths(views.size());
  std::size_t candidates = 0;
  for (std::size_t step = 0; step < kHorizon; ++step) {
    std::vector<Choice> choices;
    for (std::size_t beam = 0; beam < beams.size(); ++beam) {
      beams[beam]->bits_after(views, lengths);
      candidates += views.size();
      for (std::size_t i = 0; i < views.size(); ++i) choices.push_back({lengths[i], beam, i});
    }
    const std::size_t kept = std::min(kBeams, choices.size());
    std::ranges::stable_sort(choices, {}, &Choice::length);
    std::vector<std::unique_ptr<Session>> survivors;
    for (std::size_t i = 0; i < kept; ++i) {
      survivors.push_back(beams[choices[i].beam]->clone());
      survivors.back()->append(views[choices[i].symbol]);
    }
    beams = std::move(survivors);
  }
  return candidates;
}

void beam(benchmark::State& state, Way way) {
  const Setup setup(state, way);
  Bytes alphabet(text().begin(), text().begin() + 100'000);
  std::ranges::sort(alphabet);
  alphabet.erase(std::unique(alphabet.begin(), alphabet.end()), alphabet.end());
  const std::vector<ByteView> views = next_bytes(alphabet);
  auto session = setup.session->clone();
  std::size_t at = 1000 + kContext;
  std::size_t candidates = 0;
  for (auto _ : state) {
    candidates += search(*session, views);
    session->append(ByteView(text()).subspan(at++ % text().size(), 1));
  }
  report(state, candidates);
}

void register_all() {
  const std::vector<std::pair<std::string, Way>> ways = {
      {"recompress", Way::kRecompress}, {"clone", Way::kClone}, {"exact", Way::kExact}};
  for (const auto& [name, way] : ways) {
    for (const int level : {1, 3, 6, 9}) {
      for (const int units : {0, 1}) {
        const std::vector<std::int64_t> args = {level, units};
        const std::string next_name = "next/" + name;
        const std::string beam_name = "beam/" + name;
        benchmark::RegisterBenchmark(next_name.c_str(), next, way)->Args(args);
        if (way == Way::kRecompress) continue;  // minutes
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
