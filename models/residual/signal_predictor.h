// SPDX-License-Identifier: Apache-2.0
// Simple predictors of the next pixel or sample, and the residuals between them and the signal. A
// byte and its residual determine each other as long as both sides have seen the same bytes before,
// so nothing is lost and a distribution over residuals is one over bytes, shifted.
//
// Bytes of one sample:    residual = rank(byte) - rank(prediction) modulo 256
// Two (16 bits, low first): low byte less the prediction's; then, with the low residual read as
// -128
//                         .. 127, high byte less that of their sum: a small difference is a high
//                         residual of 0.
//
// The rank is the byte itself, and of mu-law the place of its level among all: its bytes are not in
// order.
#pragma once

#include <cstddef>
#include <memory>

#include "media/audio/audio.h"
#include "zipdream/bytes.h"
#include "zipdream/spec.h"

namespace zipdream {

enum class SignalPredictorKind {
  kLeft,     // the pixel, or the sample, before (of the same channel)
  kUp,       // the pixel above
  kAverage,  // the mean of kLeft and kUp
  kPaeth,    // PNG's: of left, up and upper left the one nearest to left + up - upper left
  kMed,      // the median of left, up and left + up - upper left, as in LOCO-I and JPEG-LS
  kLinear2,  // the line through the last two samples
  kLpc,      // linear prediction, fitted to the samples decoded so far
};

// Which pixels are neighbours, and which bytes make a sample.
struct ResidualOptions {
  SignalPredictorKind kind = SignalPredictorKind::kLeft;
  std::size_t width = 0;     // pixels in a row; 0: not known
  std::size_t channels = 1;  // interleaved, of a pixel or a sample
  SampleFormat format = SampleFormat::kU8;
};

// The options in a spec of residual. Throws a usage Error when the width that the kind needs is
// missing.
[[nodiscard]] ResidualOptions residual_options(const Spec& spec);

// Depends on the bytes appended alone; the same numbers on every machine.
// Threads: one thread at a time may call append(); const members may be called from many.
class SignalPredictor {
 public:
  virtual ~SignalPredictor() = default;

  // The residual of `byte`, if it comes next, and the byte of a residual.
  [[nodiscard]] virtual Byte residual(Byte byte) const = 0;
  [[nodiscard]] virtual Byte byte(Byte residual) const = 0;

  virtual void append(Byte byte) = 0;

  // An independent copy in the same state.
  [[nodiscard]] virtual std::unique_ptr<SignalPredictor> clone() const = 0;
};

[[nodiscard]] std::unique_ptr<SignalPredictor> make_signal_predictor(
    const ResidualOptions& options);

// make_signal_predictor() for the kinds that predict samples (sample_predictor.cc).
[[nodiscard]] std::unique_ptr<SignalPredictor> make_sample_predictor(
    const ResidualOptions& options);

// The residuals of `bytes`, which the predictor has then seen.
[[nodiscard]] Bytes take_residuals(SignalPredictor& predictor, ByteView bytes);

}  // namespace zipdream
