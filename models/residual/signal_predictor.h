// SPDX-License-Identifier: Apache-2.0
// Simple predictors of the next pixel or sample, and the residuals that they leave. A byte and its
// residual name each other as long as both sides have seen the same bytes before, so nothing is
// lost and a law over residuals is one over bytes, shifted.
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

#include <memory>

#include "models/residual/options.h"
#include "zipdream/bytes.h"

namespace zipdream {

// Depends on the bytes appended alone; the same numbers on every machine.
// Threads: one thread at a time may call append(); const members may be called from many.
class SignalPredictor {
 public:
  virtual ~SignalPredictor() = default;

  // What is left over of `byte`, if it comes next, and back.
  [[nodiscard]] virtual Byte residual(Byte byte) const = 0;
  [[nodiscard]] virtual Byte byte(Byte residual) const = 0;

  virtual void append(Byte byte) = 0;

  // An independent copy in the same state.
  [[nodiscard]] virtual std::unique_ptr<SignalPredictor> clone() const = 0;
};

[[nodiscard]] std::unique_ptr<SignalPredictor> make_signal_predictor(
    const ResidualOptions& options);

// The two for make_signal_predictor(). REQUIRES: the options are of a kind for pixels or samples.
[[nodiscard]] std::unique_ptr<SignalPredictor> make_pixel_predictor(const ResidualOptions& options);
[[nodiscard]] std::unique_ptr<SignalPredictor> make_sample_predictor(
    const ResidualOptions& options);

// The residuals of `bytes`, which the predictor has then seen.
[[nodiscard]] Bytes take_residuals(SignalPredictor& predictor, ByteView bytes);

}  // namespace zipdream
