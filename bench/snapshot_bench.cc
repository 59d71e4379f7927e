// SPDX-License-Identifier: Apache-2.0
// What one candidate costs, in processor time: all compressed again, and by the codec's session.
//
//   snapshot_bench TEXT [SPEC...]
//
// For contexts of 2, 32, 256 and 1024 KB from TEXT (a little more, so that no block has just ended)
// it asks for one-byte candidates on one thread and prints milliseconds per candidate (compress();
// the session in Units::kBytes, and the ratio; in Units::kBits) and what the session spent before
// the first answer. All columns are measured in turns, and each
// is the better of its turns, because other programs may be running.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/files.h"
#include "base/parallel.h"
#include "codecs/registry.h"

namespace zipdream {
namespace {

constexpr double kEnough = 0.1;  // seconds of processor time per turn
constexpr int kTurns = 3;
constexpr std::size_t kExtra = 777;

double processor_seconds() {
  return static_cast<double>(std::clock()) / static_cast<double>(CLOCKS_PER_SEC);
}

// Seconds per call; the calls are given numbers.
template <class Call>
double time_per_call(const Call& call) {
  const double begin = processor_seconds();
  double spent = 0;
  std::size_t count = 0;
  do {
    call(count++);
    spent = processor_seconds() - begin;
  } while (spent < kEnough && count < 256);
  return spent / static_cast<double>(count);
}

void measure(const std::string& spec, ByteView context) {
  const auto codec = make_codec(spec);
  const auto in_bytes = codec->start(Units::kBytes);
  const auto in_bits = codec->start(Units::kBits);
  in_bytes->append(context);
  in_bits->append(context);
  Bytes data(context.begin(), context.end());
  data.push_back(0);
  double length = 0;
  const auto recompress = [&](std::size_t i) {
    data.back() = static_cast<Byte>(i);
    length += static_cast<double>(codec->compress(data).size());
  };
  const auto ask = [&](const Session& session, std::size_t i) {
    const Byte candidate = static_cast<Byte>(i);
    const ByteView view(&candidate, 1);
    session.bits_after({&view, 1}, {&length, 1});
  };
  const double before = processor_seconds();
  ask(*in_bytes, 0);
  const double first = processor_seconds() - before;
  double full = std::numeric_limits<double>::max();
  double bytes = full;
  double bits = full;
  for (int turn = 0; turn < kTurns; ++turn) {
    full = std::min(full, time_per_call(recompress));
    bytes = std::min(bytes, time_per_call([&](std::size_t i) { ask(*in_bytes, i); }));
    bits = std::min(bits, time_per_call([&](std::size_t i) { ask(*in_bits, i); }));
  }
  fmt::print("{:10} {:>9} {:>10.3f} {:>10.3f} {:>7.1f}x {:>10.3f} {:>10.2f}\n", spec,
             context.size(), 1e3 * full, 1e3 * bytes, full / bytes, 1e3 * bits, 1e3 * first);
  std::fflush(stdout);
}

void run(int argc, char** argv) {
  if (argc < 2) throw usage_error("snapshot_bench: no text given; try snapshot_bench TEXT xz:6");
  const Bytes text = read_file(argv[1]);
  std::vector<std::string> specs(argv + 2, argv + argc);
  if (specs.empty()) {
    specs = {"lzma:1", "lzma:6", "xz:1",    "xz:6",     "bzip2:1",  "bzip2:9",
             "zstd:1", "zstd:3", "zstd:19", "brotli:5", "brotli:11"};
  }
  set_thread_count(1);
  fmt::print("{:10} {:>9} {:>10} {:>10} {:>8} {:>10} {:>10}\n", "codec", "context", "full ms",
             "peek ms", "ratio", "bits ms", "first ms");
  for (const std::string& spec : specs) {
    for (const std::size_t size : {2, 32, 256, 1024}) {
      const std::size_t bytes = size * 1024 + kExtra;
      if (bytes <= text.size()) measure(spec, ByteView(text).first(bytes));
    }
  }
}

}  // namespace
}  // namespace zipdream

int main(int argc, char** argv) {
  try {
    zipdream::run(argc, argv);
    return 0;
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}\n", error.what());
    return 1;
  }
}
