// SPDX-License-Identifier: Apache-2.0
// From a Predictor to a Codec: arithmetic coding spends -log2 P(b | x) bits on each byte b, so
// whatever predicts also compresses. The other way round, the distribution by this
// codec's lengths is the predictor's again, up to the rounding of to_frequencies()
// (coder/symbol_coder.h).
//
// The stream: the number of bytes as a varint (base/encodings.h), then the code (range_coder.h).
// That number costs 8 bits for every 7 of its digits; asking "does it end here?" after every byte
// would cost about twice as many bits as it has digits, and all bytes a share of their probability.
// There is no checksum: a damaged stream gives an Error or wrong bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "codecs/common/decoder_sampler.h"
#include "generator/coder/range_coder.h"
#include "zipdream/bytes.h"
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

// ---- What the arithmetic codecs share: the frame of their streams, and telling how far they are.

// Collects what OnCoded is told. One thread.
class CodedCount {
 public:
  static constexpr std::size_t kToldAtOnce = 64;

  // REQUIRES: `on_coded` outlives it.
  explicit CodedCount(const OnCoded& on_coded) : on_coded_(on_coded) {}

  void add(std::size_t count) {
    untold_ += count;
    if (untold_ >= kToldAtOnce) tell();
  }

  void tell() {
    if (on_coded_ && untold_ > 0) on_coded_(untold_);
    untold_ = 0;
  }

 private:
  const OnCoded& on_coded_;
  std::size_t untold_ = 0;
};

// The length of a stream of `size` bytes whose code has come to that interval.
[[nodiscard]] double stream_bits(std::uint64_t size, const Interval& interval, Units units);

// Takes the size of the content off a stream. Throws the Errors of codec `spec` when it is cut
// short or damaged, or the content larger than `max_size`.
[[nodiscard]] std::size_t take_size(ByteView& stream, std::size_t max_size,
                                    const std::string& spec);

// Throws such Errors unless the code of `code_size` bytes ends where the decoder stands.
void check_code_end(const RangeDecoder& decoder, std::size_t code_size, const std::string& spec);

// Arithmetic coding by predictors whose symbols are longer than bytes. It differs from
// make_arithmetic_codec() in that the text is coded in the predictor's own tokens, which is known
// only when the text is whole: a session compresses all of it again for each answer.
//
// The stream: the number of bytes as a varint, then the code of the symbols, which stand for so
// many bytes. What the tokenizer puts before a text is left out of both.

// REQUIRES: `start` tokenizes any bytes.
[[nodiscard]] std::unique_ptr<Codec> make_token_codec(std::string spec,
                                                      std::unique_ptr<const Predictor> start,
                                                      OnCoded on_coded = {});

// Decoder sampling for any predictor: random bits go into the arithmetic decoder
// (coder/range_coder.h), which asks the predictor after every symbol. What comes out follows the
// predictor's own distribution at temperature 1, in exactly as many bits as an encoder would write.
// Every sample begins with a clone of `start` that has seen the context.
[[nodiscard]] std::unique_ptr<DecoderSampler> make_arithmetic_sampler(
    std::unique_ptr<const Predictor> start);

}  // namespace zipdream
