// SPDX-License-Identifier: Apache-2.0
// The linear predictors and Rice codes that FLAC's encoder would use for the next sample of one
// channel, weighted; and each of them as a distribution of the sample's bytes.
//
// Algorithm
//
// A frame's coefficients stand in its header because the encoder has seen the whole frame; the
// frame in which the next sample will fall isn't written yet. So the codec is asked for the frames
// that it would write for the last 128, 256, ... 4096 samples, and the last frame of each is taken.
// Short windows follow a vowel quickly, long ones know a note better. Each frame has a predictor,
// and its partitions have Rice codes (or raw bits, if escaped) for the residuals; a predictor with
// one such code is a SignalPredictor. Its weight is the product of
//   - how many partitions of its frame have that code (plus 1/8, for all Rice codes of fewer than
//     the sample's bits), and
//   - 2^-(the bits that it would have cost for the last 128 samples, each of which weighs 15/16 of
//     the one after it): what fitted lately goes on fitting.
//
// When a window of w samples is read anew depends on the number n of samples so far alone: whenever
// n is a multiple of min(n, w) / 16, rounded down to a power of 2, and of 1 at least.
//
// Left out
//
// What the frames' headers cost, the choice among block sizes, and predictions beyond the range of
// samples, which are taken for its end.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "codecs/flac/frames.h"
#include "zipdream/bytes.h"
#include "zipdream/codec.h"

namespace zipdream::flac {

// The next sample is 2^wasted_bits x (prediction + a residual), and `coding` is the residual's
// code.
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

// The samples of one channel so far, and what predicts the next. Copies are cheap.
// Threads: one at a time may call append(); const members may be called from many.
class ChannelPredictor {
 public:
  // REQUIRES: `codec` is FLAC's, of one channel whose samples have 8 or 16 bits.
  ChannelPredictor(std::shared_ptr<const Codec> codec, int bits_per_sample);

  // Appends samples from lowest() to highest(). Throws what the codec throws.
  void append(std::span<const int> samples);

  // None before the first sample.
  [[nodiscard]] std::vector<SignalPredictor> predictors() const;

 private:
  struct Reading;

  void read_windows();
  [[nodiscard]] Reading read(std::size_t window, std::size_t time) const;
  void add_predictors(const Reading& reading, std::vector<SignalPredictor>& predictors) const;

  struct Coding {
    Partition partition;
    double share = 0;  // of the partitions
  };

  // What was read out of one window.
  struct Reading {
    std::size_t at = 0;  // samples so far when it was read
    Predictor predictor;
    std::vector<Coding> codings;
  };

  [[nodiscard]] std::vector<Coding> count_codings(std::span<const Partition> partitions) const;

  std::shared_ptr<const Codec> codec_;
  int bits_per_sample_;
  std::size_t count_ = 0;          // samples so far
  std::vector<int> recent_;        // the last samples, a bounded number of them
  std::vector<Reading> readings_;  // the shortest window first
};

// ---- a predictor as the distribution of a sample's bytes ----
//
// Each sample weighs 2^-(bits of the residual), restricted to the samples that there are,
// normalised, and summed over the samples that a byte leaves open. What costs 64 bits more than the
// likeliest sample is left out where samples have 16 bits.

// Adds weight x the distribution of a sample of 8 bits to that of its byte.
void add_byte_distribution(const SignalPredictor& predictor, double weight,
                           std::span<double, 256> out);

// Adds weight x the distribution of the low byte of a sample of 16 bits.
void add_low_byte_distribution(const SignalPredictor& predictor, double weight,
                               std::span<double, 256> out);

// Adds weight x the joint distribution of the low byte of a sample of 16 bits, which is known, and
// the high byte.
void add_high_byte_distribution(const SignalPredictor& predictor, double weight, Byte low,
                                std::span<double, 256> out);

}  // namespace zipdream::flac
