// SPDX-License-Identifier: Apache-2.0
// A temperature from the text itself: the one at which a distribution, made flatter or sharper by
// it, would have predicted the end of the prompt best. A model that is too sure of itself gets one
// above 1, one that spreads itself too thin one below.
#pragma once

#include <cstddef>
#include <span>

#include "zipdream/bytes.h"
#include "zipdream/generate.h"
#include "zipdream/predictor.h"

namespace zipdream {

// Bytes that the model sees, and those after them that are to be predicted.
struct Example {
  ByteView context;
  ByteView predicted;
};

// The least mean of -log2 P over all predicted bytes that are symbols, each by a clone of `start`
// after what stands before it. It costs one distribution for each,and is deterministic. Throws a
// usage Error when fewer than 16 can be predicted, and Interrupted.
[[nodiscard]] TemperatureFit fit_temperature(const Predictor& start,
                                             std::span<const Example> examples);

}  // namespace zipdream
