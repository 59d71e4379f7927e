// SPDX-License-Identifier: Apache-2.0
#include "models/residual/forecast.h"

namespace zipdream {

std::unique_ptr<Forecast> make_forecast(const ResidualOptions& options) {
  require_forecast_options(options);
  return needs_rows(options.kind) ? make_pixel_forecast(options) : make_sample_forecast(options);
}

Bytes take_residuals(Forecast& forecast, ByteView bytes) {
  Bytes residuals;
  residuals.reserve(bytes.size());
  for (const Byte byte : bytes) {
    residuals.push_back(forecast.residual(byte));
    forecast.append(byte);
  }
  return residuals;
}

}  // namespace zipdream
