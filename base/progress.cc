// SPDX-License-Identifier: Apache-2.0
#include "base/progress.h"

#include <fmt/format.h>

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

void Progress::draw(double seconds) const {
  const double rate = static_cast<double>(done_) / seconds;
  const double left = static_cast<double>(total_ - done_) / rate;
  fmt::print(stderr, "\r{} {} {}/{} {}  {:.3g} {}/s  {} left\x1b[K", label_,
             bar(static_cast<double>(done_) / static_cast<double>(total_), kBarWidth), done_,
             total_, unit_, rate, unit_, format_seconds(left));
  std::fflush(stderr);
}

}  // namespace zipdream
