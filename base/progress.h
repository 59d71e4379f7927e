// SPDX-License-Identifier: Apache-2.0
// A progress bar on standard error: share, count, rate, time left. Silent when standard error is no
// terminal.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>

namespace zipdream {

// Threads: add() may be called from many at once.
class Progress {
 public:
  static constexpr std::size_t kUnknown = SIZE_MAX;  // a total: then there is no share to show

  // `unit` names what is counted, in the plural: "bytes".
  Progress(std::string label, std::size_t total, std::string unit, bool quiet = false);
  ~Progress();  // wipes the bar
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void add(std::size_t count = 1);

  // A text to stand at the end of the bar from now on. Any thread.
  void note(std::string text);

 private:
  void draw(double seconds) const;
  [[nodiscard]] std::string how_far(double seconds) const;

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
