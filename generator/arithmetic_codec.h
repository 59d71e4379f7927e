// SPDX-License-Identifier: Apache-2.0
// From a Predictor to a Codec: arithmetic coding spends -log2 P(b | x) bits on each byte b, so
// whatever predicts also compresses. The other way round, the length law of this codec is the
// predictor's law again, up to the rounding of frequencies.h.
//
// The stream: the number of bytes as a varint (base/encodings.h), then the code (range_coder.h). That
// number costs 8 bits for every 7 of its digits; asking "does it end here?" after every byte would
// cost about twice as many bits as it has digits, and all bytes a share of their probability. There
// is no checksum: a damaged stream gives an Error or wrong bytes.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "zipdream/codec.h"
#include "zipdream/predictor.h"
#include "zipdream/registry.h"

namespace zipdream {

// Every stream begins in the state of `start`; sessions and streams work on clones of it. `spec` is
// what Errors call the codec. Sessions in bits give the width of the coder's interval, fractions
// and all; those in bytes what compress() writes.
// REQUIRES: the alphabet of `start` is the 256 bytes in ascending order.
[[nodiscard]] std::unique_ptr<Codec> make_arithmetic_codec(std::string spec,
                                                           std::unique_ptr<const Predictor> start,
                                                           OnCoded on_coded = {});

}  // namespace zipdream
