// SPDX-License-Identifier: Apache-2.0
// What is shown to somebody at a terminal: what a standard stream leads to, numbers in readable
// form, and a progress bar on standard error.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>

namespace zipdream {

[[nodiscard]] bool stdin_is_terminal();
[[nodiscard]] bool stdout_is_terminal();
[[nodiscard]] bool stderr_is_terminal();

// The columns of the terminal that standard error is; 80 where nobody knows.
[[nodiscard]] std::size_t stderr_columns();

// Whether to colour what goes to standard output: a terminal, and NO_COLOR (no-color.org) is unset
// or empty.
[[nodiscard]] bool stdout_wants_color();

// "850 ms", "12.3 s", "4 min 05 s", "2 h 10 min".
[[nodiscard]] std::string format_seconds(double seconds);

// A bar of `width` character cells, filled to `share` in [0, 1] by eighths of a cell, padded with
// spaces.
[[nodiscard]] std::string bar(double share, std::size_t width);

// A progress bar: share, count, rate, time left, on one line of the terminal. Silent when standard
// error is no terminal. Threads: add() and note() may be called from many at once.
class Progress {
 public:
  static constexpr std::size_t kUnknown = SIZE_MAX;  // a total: then there is no share to show

  // `unit` names what is counted, in the plural: "bytes". The label may hold any bytes: what a
  // terminal can't show is escaped, and its beginning is left out where the line is too narrow.
  Progress(const std::string& label, std::size_t total, std::string unit, bool quiet = false);
  ~Progress();  // wipes the bar
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void add(std::size_t count = 1);

  // A text to stand at the end of the bar from now on.
  void note(std::string text);

 private:
  void draw(double seconds) const;
  [[nodiscard]] std::string status(double seconds) const;

  std::string label_;
  std::string unit_;
  std::string note_;
  std::size_t total_;
  bool shown_;
  std::size_t done_ = 0;
  std::chrono::steady_clock::time_point start_;
  std::chrono::steady_clock::time_point last_drawn_;
  std::mutex mutex_;
};

}  // namespace zipdream
