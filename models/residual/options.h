// SPDX-License-Identifier: Apache-2.0
// "residual:KIND[,OPTION=VALUE...]:MODEL": a model of what a signal predictor leaves over of an
// image or a sound, and so a model of the image or the sound itself. Which pixels are neighbours,
// and which bytes make a sample, the options say; where a file tells, ModelInfo::adapt() sets them.
#pragma once

#include <cstddef>

#include "media/audio/audio.h"
#include "zipdream/spec.h"

namespace zipdream {

enum class SignalPredictorKind {
  kLeft,     // the pixel, or the sample, before (of the same channel)
  kUp,       // the pixel above
  kAverage,  // half of both
  kPaeth,    // PNG's: of left, up and upper left the one nearest to left + up - upper left
  kMed,      // the median of left, up and left + up - upper left, as in LOCO-I and JPEG-LS
  kLinear2,  // the line through the last two samples
  kLpc,      // linear prediction, fitted to the samples decoded so far
};

struct ResidualOptions {
  SignalPredictorKind kind = SignalPredictorKind::kLeft;
  std::size_t width = 0;     // pixels in a row; 0: not known
  std::size_t channels = 1;  // interleaved, of a pixel or a sample
  SampleFormat format = SampleFormat::kU8;
};

// Of a spec of residual. Throws a usage Error when the width that the kind needs is missing.
[[nodiscard]] ResidualOptions residual_options(const Spec& spec);

// Whether it looks at the row above.
[[nodiscard]] bool needs_rows(SignalPredictorKind kind);

}  // namespace zipdream
