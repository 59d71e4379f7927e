// SPDX-License-Identifier: Apache-2.0
// What the arithmetic codecs have in common: the frame of their streams, and telling how far they
// are.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "generator/arithmetic_codec.h"
#include "generator/coder/interval.h"
#include "generator/coder/range_coder.h"
#include "zipdream/bytes.h"
#include "zipdream/codec.h"

namespace zipdream {

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

}  // namespace zipdream
