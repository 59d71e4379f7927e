// SPDX-License-Identifier: Apache-2.0
#include "models/residual/signal_predictor.h"

namespace zipdream {

std::unique_ptr<SignalPredictor> make_signal_predictor(const ResidualOptions& options) {
  return needs_rows(options.kind) ? make_pixel_predictor(options) : make_sample_predictor(options);
}

Bytes take_residuals(SignalPredictor& predictor, ByteView bytes) {
  Bytes residuals;
  residuals.reserve(bytes.size());
  for (const Byte byte : bytes) {
    residuals.push_back(predictor.residual(byte));
    predictor.append(byte);
  }
  return residuals;
}

}  // namespace zipdream
