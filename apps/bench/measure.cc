// SPDX-License-Identifier: Apache-2.0
#include "apps/bench/measure.h"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "apps/bench/program.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

constexpr std::size_t kFew = 3;

// Seconds that `work` took.
template <class Work>
double time(const Work& work) {
  const double begin = processor_seconds();
  work();
  return processor_seconds() - begin;
}

void ask(const Session& session, std::span<const ByteView> candidates) {
  std::vector<double> lengths(candidates.size());
  session.bits_after(candidates, lengths);
}

void append_one(Session& session, ByteView& rest) {
  if (rest.empty()) return;
  session.append(rest.first(1));
  rest = rest.subspan(1);
}

// The most memory that this process has had in use.
std::size_t high_water_mark() {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    std::size_t kilobytes = 0;
    if (word == "VmHWM:" && status >> kilobytes) return kilobytes << 10;
  }
  throw Error("/proc/self/status: tells nothing of VmHWM; this needs Linux");
}

}  // namespace

double next_bytes_cost(Session& session, ByteView& rest, const Box& box) {
  const Bytes alphabet = full_alphabet();
  const std::vector<ByteView> all = single_bytes(alphabet);
  const std::span<const ByteView> few = std::span(all).subspan('e', kFew);
  ask(session, few);  // the context is compressed here
  const double each = time([&] { ask(session, few); }) / kFew;
  const bool all_fit = each * 256 < box.seconds;
  double spent = 0;
  std::size_t asked = 0;
  do {
    spent += time([&] {
      ask(session, all_fit ? std::span(all) : few);
      if (all_fit) append_one(session, rest);
    });
    asked += all_fit ? all.size() : few.size();
  } while (spent < box.seconds);
  return spent / static_cast<double>(asked);
}

double beams_cost(Session& session, ByteView& rest, std::span<const ByteView> symbols,
                  const Box& box) {
  append_one(session, rest);
  const auto beam = session.clone();
  const double first = time([&] {
    beam->append(symbols.last(1)[0]);
    ask(*beam, symbols.first(1));
  });
  const double each = time([&] { ask(*beam, symbols.subspan(1, kFew - 1)); }) / (kFew - 1);
  const auto count = static_cast<double>(symbols.size());
  const double whole = first + (count - 1) * each;
  if (!box.whole_searches && 4 * whole > box.seconds) return whole / count;
  double spent = 0;
  std::size_t asked = 0;
  do {
    const double begin = processor_seconds();
    asked += search_beams(session, symbols, [&] {
      return !box.whole_searches && spent + processor_seconds() - begin >= box.seconds;
    });
    spent += processor_seconds() - begin;
    append_one(session, rest);
  } while (spent < box.seconds);
  return spent / static_cast<double>(asked);
}

std::size_t peak_memory(const std::function<void()>& work) {
  std::array<int, 2> ends{};
  if (pipe(ends.data()) != 0) throw Error("no pipe for a measurement of memory; close some files");
  const pid_t child = fork();
  if (child < 0) throw Error("no process for a measurement of memory; end some");
  if (child == 0) {
    const std::size_t before = high_water_mark();
    work();
    const std::size_t added = high_water_mark() - before;
    _exit(write(ends[1], &added, sizeof added) == sizeof added ? 0 : 1);
  }
  close(ends[1]);
  std::size_t added = 0;
  const bool told = read(ends[0], &added, sizeof added) == sizeof added;
  close(ends[0]);
  waitpid(child, nullptr, 0);
  if (!told) throw Error("a measurement of memory ended early; is there enough of it?");
  return added;
}

}  // namespace zipdream
