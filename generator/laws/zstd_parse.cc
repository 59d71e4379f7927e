// SPDX-License-Identifier: Apache-2.0
#include "generator/laws/zstd_parse.h"

#include <algorithm>
#include <cassert>

namespace zipdream {
namespace {

constexpr std::size_t kShortestMatch = 3;

class Pass {
 public:
  Pass(const ZstdCode& code, const ZstdWindow& window, std::size_t start)
      : code_(code), window_(window), start_(start) {
    boundary_[start] = 1;
    for (std::size_t column = start; column <= window.size; ++column) {
      end_matches(column);
      end_runs(column);
      begin_repeats(column);
    }
    for (std::size_t k = 0; k <= window.size - start; ++k) {
      const std::size_t begin = window.size - k;
      states_.in_match[k] = (at_once_[begin] + after_run_[begin]) * code.longer_match[k];
      states_.sum += states_.in_match[k] * window.agreeing[window.size][k];
    }
    for (const double repeat : states_.in_repeat) states_.sum += repeat;
    states_.sum += states_.in_run;
  }

  [[nodiscard]] const ZstdStates& states() const { return states_; }

 private:
  void end_matches(std::size_t column) {
    for (std::size_t k = kShortestMatch; k <= column - start_; ++k) {
      boundary_[column] += (at_once_[column - k] + after_run_[column - k]) * code_.match[k] *
                           window_.agreeing[column][k];
    }
  }

  void end_runs(std::size_t column) {
    double spelled = 1;
    for (std::size_t begin = column;; --begin) {
      const std::size_t length = column - begin;
      const double run = boundary_[begin] * spelled;
      (length == 0 ? at_once_ : after_run_)[column] += run * code_.run[length];
      if (column == window_.size) states_.in_run += run * code_.longer_run[length];
      if (begin == start_) break;
      spelled *= code_.literal[window_.bytes[begin - 1]];
    }
  }

  void begin_repeats(std::size_t column) {
    const std::size_t left = window_.size - column;
    for (std::size_t i = 0; i < ZstdWindow::kRepeats; ++i) {
      const double mass =
          (i < ZstdWindow::kRepeats / 2 ? after_run_ : at_once_)[column] * window_.repeat[i];
      const std::size_t agreeing = window_.repeated[i][column];
      for (std::size_t k = kShortestMatch; k <= agreeing; ++k) {
        boundary_[column + k] += mass * code_.match[k];
      }
      if (agreeing == left) states_.in_repeat[i] += mass * code_.longer_match[left];
    }
  }

  const ZstdCode& code_;
  const ZstdWindow& window_;
  std::size_t start_;
  // By column: a sequence begins; its match begins, at once or after literals.
  ZstdWindow::ByLength boundary_{};
  ZstdWindow::ByLength at_once_{};
  ZstdWindow::ByLength after_run_{};
  ZstdStates states_;
};

}  // namespace

ZstdStates sum_zstd_parses(const ZstdCode& code, const ZstdWindow& window, std::size_t start) {
  assert(start <= window.size);
  return Pass(code, window, start).states();
}

}  // namespace zipdream
