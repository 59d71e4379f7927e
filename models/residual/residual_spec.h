// SPDX-License-Identifier: Apache-2.0
// "residual:KIND[,OPTION=VALUE...]:MODEL": a model of what a simple forecast leaves over of an
// image or a sound, and so a model of the image or the sound itself. Which pixels are neighbours,
// and which bytes make a sample, the options say; `generate`, `score` and `compare` fill in what a
// file tells.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "sound/sound.h"

namespace zipdream {

enum class ForecastKind {
  kLeft,     // the pixel, or the sample, before (of the same channel)
  kUp,       // the pixel above
  kAverage,  // half of both
  kPaeth,    // PNG's: of left, up and upper left the one nearest to left + up - upper left
  kMed,      // the median of left, up and left + up - upper left, as in LOCO-I and JPEG-LS
  kLine,     // the line through the last two samples
  kLpc,      // linear prediction, fitted to what was heard lately
};

struct ResidualOptions {
  ForecastKind kind = ForecastKind::kLeft;
  std::size_t width = 0;     // pixels in a row; 0: not known
  std::size_t channels = 1;  // interleaved, of a pixel or a sample
  SampleFormat format = SampleFormat::kU8;
  bool width_given = false;  // by the spec, as the next two
  bool channels_given = false;
  bool format_given = false;
};

struct ResidualSpec {
  ResidualOptions options;
  std::string model;  // the spec of the model within
};

// Of what follows "residual:". Throws a usage Error that says what would be right. A width may be
// missing: require_forecast_options() asks for it.
[[nodiscard]] ResidualSpec parse_residual_spec(std::string_view text);

// The spec that says it: "residual:med,width=500,channels=3:gzip:9".
[[nodiscard]] std::string residual_spec(const ResidualSpec& spec);

// The spec of the model within, if `spec` is a residual's.
[[nodiscard]] std::optional<std::string> model_within(std::string_view spec);

// Whether it looks at the row above.
[[nodiscard]] bool needs_rows(ForecastKind kind);

// Throws a usage Error when the width that the kind needs is missing.
void require_forecast_options(const ResidualOptions& options);

}  // namespace zipdream
