// SPDX-License-Identifier: Apache-2.0
#include "base/progress.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <utility>

#include "base/numbers.h"
#include "base/terminal.h"

namespace zipdream {
namespace {

constexpr std::chrono::milliseconds kRedrawEvery{100};
constexpr std::size_t kBarWidth = 24;

}  // namespace

Progress::Progress(std::string label, std::size_t total, std::string unit, bool quiet)
    : label_(std::move(label)),
      unit_(std::move(unit)),
      total_(total),
      shown_(!quiet && total > 0 && stderr_is_terminal()),
      start_(std::chrono::steady_clock::now()),
      last_drawn_(start_) {}

Progress::~Progress() {
  if (shown_) fmt::print(stderr, "\r\x1b[K");
}

void Progress::add(std::size_t count) {
  if (!shown_) return;
  const std::scoped_lock lock(mutex_);
  done_ += count;
  const auto now = std::chrono::steady_clock::now();
  if (now - last_drawn_ < kRedrawEvery) return;
  last_drawn_ = now;
  draw(std::chrono::duration<double>(now - start_).count());
}

void Progress::note(std::string text) {
  const std::scoped_lock lock(mutex_);
  note_ = std::move(text);
}

std::string Progress::how_far(double seconds) const {
  const double rate = static_cast<double>(done_) / seconds;
  if (total_ == kUnknown) return fmt::format("{} {}  {:.3g} {}/s", done_, unit_, rate, unit_);
  const double left = static_cast<double>(total_ - std::min(total_, done_)) / rate;
  return fmt::format(
      "{} {}/{} {}  {:.3g} {}/s  {} left",
      bar(std::min(1.0, static_cast<double>(done_) / static_cast<double>(total_)), kBarWidth),
      done_, total_, unit_, rate, unit_, format_seconds(left));
}

void Progress::draw(double seconds) const {
  fmt::print(stderr, "\r{} {}{}{}\x1b[K", label_, how_far(seconds), note_.empty() ? "" : "  ",
             note_);
  std::fflush(stderr);
}

}  // namespace zipdream
