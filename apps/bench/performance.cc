// SPDX-License-Identifier: Apache-2.0
// Prints the tables of docs/performance.md: what a length costs in each way to learn it, in
// processor time on one thread, and what a session takes in memory. Usage:
//
//   performance [--quick] [TEXT [SPEC...]]
//
// TEXT is a file of 1.1 MB or more to use instead of made-up words; contexts longer than it are
// left out. The ways take turns at each question and each is given the better of its turns, for
// other programs may be running. --quick gives every measurement a tenth of the time.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "apps/bench/measure.h"
#include "apps/bench/program.h"
#include "apps/bench/ways.h"
#include "base/files.h"
#include "base/parallel.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

constexpr int kTurns = 2;
constexpr double kEnough = 2;  // seconds of one turn after which there is no other
constexpr std::size_t kHeadlineContext = 30'000;
constexpr std::size_t kRest = 4000;  // of the text, after the context

// In KB. Beyond the first two, 32 KB lie in the open block of every codec that fills its blocks
// with 64, 128 or 256 KB; where none lie there, a candidate costs next to nothing.
constexpr std::array<std::size_t, 4> kContexts = {2, 32, 256 + 32, 1024 + 32};

constexpr std::array kWays = {Way::kCompress, Way::kCopy, Way::kSession};

struct Options {
  double box = 0.2;
  Bytes text;
  std::vector<std::string> specs = {
      "gzip:1", "gzip:3",  "gzip:6",   "gzip:9",   "xz:0",      "xz:1",    "xz:6",
      "xz:9",   "lzma:0",  "lzma:1",   "lzma:6",   "lzma:9",    "zstd:1",  "zstd:3",
      "zstd:9", "zstd:19", "brotli:5", "brotli:9", "brotli:11", "bzip2:1", "bzip2:9"};
};

// Seconds per length, by Way.
struct Costs {
  Costs() { seconds.fill(std::numeric_limits<double>::infinity()); }
  [[nodiscard]] double of(Way way) const { return seconds[static_cast<std::size_t>(way)]; }
  // How many times dearer `way` is than the session.
  [[nodiscard]] double gain(Way way) const { return of(way) / of(Way::kSession); }
  void better(Way way, double cost) {
    double& known = seconds[static_cast<std::size_t>(way)];
    known = std::min(known, cost);
  }
  std::array<double, kWays.size()> seconds;
};

struct Row {
  Costs next;
  Costs beams;
};

// Each way has its session; all see the same texts.
Row measure(const std::string& spec, ByteView text, std::size_t context, Units units,
            const Box& box) {
  const Subject subject(spec);
  const Bytes symbols = bytes_of(text.first(std::min<std::size_t>(text.size(), 100'000)));
  const std::vector<ByteView> views = single_bytes(symbols);
  Row row;
  std::array<double, kWays.size()> spent{};
  for (int turn = 0; turn < kTurns; ++turn) {
    for (std::size_t i = 0; i < kWays.size(); ++i) {
      const Way way = kWays[i];
      if (!subject.has(way) || spent[i] > kEnough) continue;
      const double begin = processor_seconds();
      const auto session = subject.start(way, units);
      const ByteView seen = text.subspan(static_cast<std::size_t>(turn), context);
      ByteView rest = text.subspan(static_cast<std::size_t>(turn) + context);
      session->append(seen);
      row.next.better(way, next_bytes_cost(*session, rest, box));
      // Whole searches would take minutes when everything is compressed again.
      const Box beams_box{box.seconds, box.whole_searches && way != Way::kCompress};
      row.beams.better(way, beams_cost(*session, rest, views, beams_box));
      spent[i] = processor_seconds() - begin;
    }
  }
  return row;
}

// Three figures.
std::string figure(double value) {
  return fmt::format("{:.{}f}", value, value < 9.995 ? 2 : value < 99.95 ? 1 : 0);
}

std::string micro(double seconds) { return figure(1e6 * seconds); }

void print_row(const std::vector<std::string>& cells) {
  fmt::print("| {} |\n", fmt::join(cells, " | "));
  std::fflush(stdout);
}

void print_header(const std::vector<std::string>& cells) {
  print_row(cells);
  fmt::print("|");
  for (std::size_t i = 0; i < cells.size(); ++i) fmt::print("{}", i == 0 ? "---|" : "--:|");
  fmt::print("\n");
}

std::string size_name(std::size_t kilobytes) { return fmt::format("{} KB", kilobytes); }

void print_headline(const Options& options) {
  fmt::print("\n### gzip:9 after 30,000 bytes\n\n");
  print_header({"question", "lengths in", "compress again", "copy of the encoder", "exact session",
                "again : exact", "copy : exact"});
  for (const Units units : {Units::kBits, Units::kBytes}) {
    const Row row = measure("gzip:9", options.text, kHeadlineContext, units,
                            {.seconds = 5 * options.box, .whole_searches = true});
    for (const bool is_next : {true, false}) {
      const Costs& costs = is_next ? row.next : row.beams;
      print_row({is_next ? "the 256 next bytes" : "32 beams of 24 bytes",
                 units == Units::kBits ? "bits" : "bytes", micro(costs.of(Way::kCompress)),
                 micro(costs.of(Way::kCopy)), micro(costs.of(Way::kSession)),
                 figure(costs.gain(Way::kCompress)), figure(costs.gain(Way::kCopy))});
    }
  }
}

bool is_gzip(const std::string& spec) { return Subject(spec).has(Way::kCopy); }

// One table: the specs with a copying session, or those without.
void print_costs(const Options& options, bool with_copy) {
  std::vector<std::string> header = {"codec", "context"};
  for (const std::string question : {"next", "beams"}) {
    header.push_back(question + ": again");
    if (with_copy) header.push_back("copy");
    header.emplace_back(with_copy ? "exact" : "session");
    header.emplace_back(with_copy ? "again : exact" : "again : session");
    if (with_copy) header.emplace_back("copy : exact");
  }
  print_header(header);
  for (const std::string& spec : options.specs) {
    if (is_gzip(spec) != with_copy) continue;
    for (const std::size_t kilobytes : kContexts) {
      if ((kilobytes << 10) + kRest > options.text.size()) continue;
      const Row row = measure(spec, options.text, kilobytes << 10, Units::kBits, {options.box});
      std::vector<std::string> cells = {spec, size_name(kilobytes)};
      for (const Costs& costs : {row.next, row.beams}) {
        cells.push_back(micro(costs.of(Way::kCompress)));
        if (with_copy) cells.push_back(micro(costs.of(Way::kCopy)));
        cells.push_back(micro(costs.of(Way::kSession)));
        cells.push_back(figure(costs.gain(Way::kCompress)));
        if (with_copy) cells.push_back(figure(costs.gain(Way::kCopy)));
      }
      print_row(cells);
    }
  }
}

std::size_t session_memory(const std::string& spec, ByteView text, std::size_t context,
                           std::size_t clones) {
  return peak_memory([&] {
    const Subject subject(spec);
    const auto session = subject.start(Way::kSession, Units::kBits);
    session->append(text.first(context));
    ByteView rest = text.subspan(context);
    (void)next_bytes_cost(*session, rest, {.seconds = 0.1});
    std::vector<std::unique_ptr<Session>> beams;
    for (std::size_t i = 0; i < clones; ++i) {
      beams.push_back(session->clone());
      beams.back()->append(rest.subspan(i, kHorizon));
      (void)beams.back()->bits();
    }
  });
}

// In MB. Comes first, while the process has freed nothing yet.
std::vector<std::vector<std::string>> memory_table(const Options& options) {
  std::vector<std::vector<std::string>> rows = {{"codec"}};
  for (const std::size_t kilobytes : kContexts) rows[0].push_back(size_name(kilobytes));
  rows[0].emplace_back("32 KB and 32 clones");
  const auto megabytes = [&](const std::string& spec, std::size_t context, std::size_t clones) {
    if (context + kRest > options.text.size()) return std::string("-");
    const std::size_t bytes = session_memory(spec, options.text, context, clones);
    return figure(static_cast<double>(bytes) / (1 << 20));
  };
  for (const std::string& spec : options.specs) {
    std::vector<std::string> row = {spec};
    for (const std::size_t kilobytes : kContexts)
      row.push_back(megabytes(spec, kilobytes << 10, 0));
    row.push_back(is_gzip(spec) ? megabytes(spec, 32 << 10, kBeams) : "-");
    rows.push_back(row);
  }
  return rows;
}

Options parse(int argc, char** argv) {
  Options options;
  std::vector<std::string> arguments(argv + 1, argv + argc);
  if (!arguments.empty() && arguments[0] == "--quick") {
    options.box /= 10;
    arguments.erase(arguments.begin());
  }
  const bool has_text = !arguments.empty() && !arguments[0].empty();
  options.text = has_text ? read_file(arguments[0]) : made_up_text(1'120'000);
  if (options.text.size() < kHeadlineContext + kRest) {
    throw usage_error(fmt::format("{}: is too short; give a text of 34 KB or more", arguments[0]));
  }
  if (arguments.size() > 1) options.specs.assign(arguments.begin() + 1, arguments.end());
  return options;
}

void run(const Options& options) {
  set_thread_count(1);
  const auto memory = memory_table(options);
  print_headline(options);
  fmt::print("\n### gzip\n\n");
  print_costs(options, true);
  fmt::print("\n### The other codecs\n\n");
  print_costs(options, false);
  fmt::print("\n### Memory\n\n");
  print_header(memory[0]);
  for (std::size_t i = 1; i < memory.size(); ++i) print_row(memory[i]);
}

}  // namespace
}  // namespace zipdream

int main(int argc, char** argv) {
  return zipdream::run_program([&] {
    zipdream::run(zipdream::parse(argc, argv));
    return 0;
  });
}
