// SPDX-License-Identifier: Apache-2.0
// What FLAC's encoder makes of the samples of one channel, as forecasts of the next one.
//
// A frame's coefficients stand in its header because the encoder has seen the whole frame; the
// frame in which the next sample will fall isn't written yet. So the codec is asked for the frames
// that it would write for what was just heard, the last 128, 256, ... 4096 samples, and the last
// frame of each is taken. Short ones follow a vowel quickly, long ones know a note better. Each
// gives a predictor, and its partitions the Rice codes (or raw bits, if escaped) of what that
// leaves over; a predictor with one such code is a forecast. Its weight is the product of
//   - how many partitions of its frame have that code (plus 1/8, for all Rice codes of fewer than
//     the sample's bits), and
//   - 2^-(the bits that it would have cost for the last 128 samples, each of which weighs 15/16 of
//     the one after it): what fitted lately goes on fitting.
//
// When a window of w samples is read anew depends on the number n of samples heard alone: whenever
// n is a multiple of min(n, w) / 16, rounded down to a power of 2, and of 1 at least.
//
// Left out: what the frames' headers cost, the choice among block sizes, and predictions beyond the
// range of samples, which are taken for its end.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "codecs/flac/frames.h"
#include "zipdream/codec.h"

namespace zipdream::flac {

// The next sample is 2^wasted_bits x (prediction + a residual), and the residual is coded so.
struct SignalPredictor {
  int prediction = 0;   // one of lowest(bits) .. highest(bits), shifted down by wasted_bits
  int wasted_bits = 0;  // low bits of the sample, which are 0
  Partition coding;
  double weight = 0;  // all weights sum to 1

  // What a residual costs; 64 where it can't be written.
  [[nodiscard]] int bits(int residual) const;
};

[[nodiscard]] constexpr int lowest(int bits_per_sample) { return -(1 << (bits_per_sample - 1)); }
[[nodiscard]] constexpr int highest(int bits_per_sample) {
  return (1 << (bits_per_sample - 1)) - 1;
}

// What is heard of one channel. Copies are cheap. Threads: as BytePredictor.
class SignalForecaster {
 public:
  // REQUIRES: `codec` is FLAC's, of one channel whose samples have 8 or 16 bits.
  SignalForecaster(std::shared_ptr<const Codec> codec, int bits_per_sample);

  // Hears samples from lowest() to highest(). Throws what the codec throws.
  void append(std::span<const int> samples);

  // None before the first sample.
  [[nodiscard]] std::vector<SignalPredictor> forecasts() const;

 private:
  struct Reading;

  void read_windows();
  [[nodiscard]] Reading read(std::size_t window, std::size_t time) const;
  void add_forecasts(const Reading& reading, std::vector<SignalPredictor>& forecasts) const;

  struct Coding {
    Partition partition;
    double share = 0;  // of the partitions
  };

  // What one window has taught.
  struct Reading {
    std::size_t at = 0;  // samples heard when it was read
    Predictor predictor;
    std::vector<Coding> codings;
  };

  [[nodiscard]] std::vector<Coding> count_codings(std::span<const Partition> partitions) const;

  std::shared_ptr<const Codec> codec_;
  int bits_per_sample_;
  std::size_t heard_ = 0;
  std::vector<int> recent_;        // the last samples, a bounded number of them
  std::vector<Reading> readings_;  // the shortest window first
};

}  // namespace zipdream::flac
