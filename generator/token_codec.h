// SPDX-License-Identifier: Apache-2.0
// Arithmetic coding by predictors whose symbols are longer than bytes. As arithmetic_codec.h, but
// the text is coded in the predictor's own tokens, which is known only when the text is whole: a
// session compresses all of it again for each answer.
//
// The stream: the number of bytes as a varint, then the code of the symbols, which stand for so
// many bytes. What the tokens puts before a text is left out of both.
#pragma once

#include <memory>
#include <string>

#include "generator/arithmetic_codec.h"

namespace zipdream {

// REQUIRES: `start` tokenizes any bytes.
[[nodiscard]] std::unique_ptr<Codec> make_token_codec(std::string spec,
                                                      std::unique_ptr<const Predictor> start,
                                                      OnCoded on_coded = {});

}  // namespace zipdream
