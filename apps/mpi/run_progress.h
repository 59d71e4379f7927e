// SPDX-License-Identifier: Apache-2.0
// How far a run of all ranks is: on a terminal one line that is drawn again and again, else, where
// that is asked for, a line every ten seconds.
#pragma once

#include <chrono>
#include <string>

#include "experiments/rates/deal.h"
#include "zipdream/rates.h"

namespace zipdream {

// Threads: one at a time.
class RunProgress {
 public:
  RunProgress(std::string label, int ranks, const RunOptions& options);
  ~RunProgress();  // wipes the line of a terminal
  RunProgress(const RunProgress&) = delete;
  RunProgress& operator=(const RunProgress&) = delete;

  // Shows it when it is time.
  void show(const Dealer::Progress& done);

  // The last line, where there are lines.
  void finish(const Dealer::Progress& done);

 private:
  enum class Way { kNone, kTerminal, kLines };

  [[nodiscard]] std::string text(const Dealer::Progress& done, double seconds) const;
  [[nodiscard]] double seconds() const;

  std::string label_;
  int ranks_;
  Way way_ = Way::kNone;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  double last_shown_ = 0;  // seconds after the start
};

}  // namespace zipdream
