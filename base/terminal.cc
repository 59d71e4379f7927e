// SPDX-License-Identifier: Apache-2.0
#include "base/terminal.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "base/terminal_text.h"

namespace zipdream {
namespace {

constexpr std::chrono::milliseconds kRedrawInterval{100};
constexpr std::size_t kBarWidth = 24;
constexpr std::size_t kLeastLabel = 12;  // columns

// What of a label fits beside the numbers, but for kLeastLabel columns of it, which always stand
// there: its end, as that tells paths from each other.
std::string shortened(const std::string& label, std::size_t columns, std::size_t numbers) {
  const std::size_t room = std::max(columns - std::min(columns, numbers), kLeastLabel);
  if (terminal_columns(label) <= room) return label;
  return fmt::format("…{}", last_columns(label, room - 1));
}

}  // namespace

bool stdin_is_terminal() { return isatty(STDIN_FILENO) != 0; }
bool stdout_is_terminal() { return isatty(STDOUT_FILENO) != 0; }
bool stderr_is_terminal() { return isatty(STDERR_FILENO) != 0; }

std::size_t stderr_columns() {
  winsize size{};
  if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 80;
  return size.ws_col;
}

bool stdout_wants_color() {
  const char* no_color = std::getenv("NO_COLOR");
  return stdout_is_terminal() && (no_color == nullptr || *no_color == '\0');
}

std::string format_seconds(double seconds) {
  if (!std::isfinite(seconds)) return "?";
  if (seconds < 1) return fmt::format("{:.0f} ms", seconds * 1000);
  if (seconds < 60) return fmt::format("{:.1f} s", seconds);
  const auto whole = static_cast<long long>(std::llround(seconds));
  if (whole < 3600) return fmt::format("{} min {:02} s", whole / 60, whole % 60);
  return fmt::format("{} h {:02} min", whole / 3600, whole / 60 % 60);
}

std::string bar(double share, std::size_t width) {
  static constexpr std::array<const char*, 8> kEighths = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  const double cells = std::clamp(share, 0.0, 1.0) * static_cast<double>(width);
  const auto eighths = static_cast<std::size_t>(std::lround(cells * 8));
  std::string drawn;
  for (std::size_t i = 0; i < eighths / 8; ++i) drawn += "█";
  drawn += kEighths[eighths % 8];
  const std::size_t used = eighths / 8 + (eighths % 8 != 0 ? 1 : 0);
  return drawn + std::string(width - used, ' ');
}

Progress::Progress(const std::string& label, std::size_t total, std::string unit, bool quiet)
    : label_(terminal_line(label)),
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
  if (now - last_drawn_ < kRedrawInterval) return;
  last_drawn_ = now;
  draw(std::chrono::duration<double>(now - start_).count());
}

void Progress::note(std::string text) {
  const std::scoped_lock lock(mutex_);
  note_ = std::move(text);
}

std::string Progress::status(double seconds) const {
  const double rate = static_cast<double>(done_) / seconds;
  if (total_ == kUnknown) return fmt::format("{} {}  {:.3g} {}/s", done_, unit_, rate, unit_);
  const double left = static_cast<double>(total_ - std::min(total_, done_)) / rate;
  return fmt::format(
      "{} {}/{} {}  {:.3g} {}/s  {} left",
      bar(std::min(1.0, static_cast<double>(done_) / static_cast<double>(total_)), kBarWidth),
      done_, total_, unit_, rate, unit_, format_seconds(left));
}

void Progress::draw(double seconds) const {
  const std::string numbers = " " + status(seconds) + (note_.empty() ? "" : "  " + note_);
  // The last column stays free: some terminals begin a new line when it is filled.
  const std::size_t columns = std::max<std::size_t>(stderr_columns(), 2) - 1;
  const std::string line = shortened(label_, columns, terminal_columns(numbers)) + numbers;
  fmt::print(stderr, "\r{}\x1b[K", first_columns(line, columns));
  std::fflush(stderr);
}

}  // namespace zipdream
