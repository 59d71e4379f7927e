// SPDX-License-Identifier: Apache-2.0
#include "apps/mpi/run_progress.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <utility>

#include "base/terminal.h"
#include "base/terminal_text.h"

namespace zipdream {
namespace {

constexpr double kRedrawSeconds = 0.2;
constexpr double kLineSeconds = 10;
constexpr std::size_t kBarWidth = 20;

}  // namespace

RunProgress::RunProgress(std::string label, int ranks, const RunOptions& options)
    : label_(std::move(label)), ranks_(ranks) {
  if (options.show_progress && stderr_is_terminal()) way_ = Way::kTerminal;
  if (options.progress_lines && way_ == Way::kNone) way_ = Way::kLines;
}

RunProgress::~RunProgress() {
  if (way_ == Way::kTerminal) fmt::print(stderr, "\r\x1b[K");
}

double RunProgress::seconds() const {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
}

std::string RunProgress::text(const Dealer::Progress& done, double seconds) const {
  const double share = done.all_seconds > 0 ? done.seconds / done.all_seconds : 1;
  std::string text =
      fmt::format("{:3.0f} %  {} chunks  {:.3g} chunks/s on {} rank{}", 100 * share, done.chunks,
                  static_cast<double>(done.chunks) / seconds, ranks_, ranks_ == 1 ? "" : "s");
  if (share > 0) text += fmt::format("  {} left", format_seconds(seconds * (1 - share) / share));
  return text;
}

void RunProgress::show(const Dealer::Progress& done) {
  const double now = seconds();
  const double pause = way_ == Way::kTerminal ? kRedrawSeconds : kLineSeconds;
  if (way_ == Way::kNone || now - last_shown_ < pause) return;
  last_shown_ = now;
  if (way_ == Way::kLines) {
    fmt::print(stderr, "{}: {}\n", label_, text(done, now));
  } else {
    const double share = done.all_seconds > 0 ? done.seconds / done.all_seconds : 1;
    const std::size_t columns = std::max<std::size_t>(stderr_columns(), 2) - 1;
    const std::string line =
        fmt::format("{} {} {}", label_, bar(std::min(1.0, share), kBarWidth), text(done, now));
    fmt::print(stderr, "\r{}\x1b[K", first_columns(line, columns));
  }
  std::fflush(stderr);
}

void RunProgress::finish(const Dealer::Progress& done) {
  if (way_ != Way::kLines) return;
  fmt::print(stderr, "{}: done  {} chunks in {} on {} rank{}\n", label_, done.chunks,
             format_seconds(seconds()), ranks_, ranks_ == 1 ? "" : "s");
}

}  // namespace zipdream
