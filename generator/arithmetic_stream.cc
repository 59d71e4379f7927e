// SPDX-License-Identifier: Apache-2.0
#include "generator/arithmetic_stream.h"

#include <optional>

#include "base/encodings.h"
#include "codecs/common/coding_loop.h"

namespace zipdream {

double stream_bits(std::uint64_t size, const Interval& interval, Units units) {
  const double header = 8.0 * static_cast<double>(varint_size(size));
  return header + (units == Units::kBits ? interval.bits()
                                         : 8.0 * static_cast<double>(interval.code_bytes()));
}

std::size_t take_size(ByteView& stream, std::size_t max_size, const std::string& spec) {
  const std::optional<std::uint64_t> size = take_varint(stream);
  if (!size && stream.size() < 10) throw truncated(spec);
  if (!size) throw damaged(spec, "its size makes no sense");
  if (*size > max_size) throw too_large(spec, max_size);
  return static_cast<std::size_t>(*size);
}

void check_code_end(const RangeDecoder& decoder, std::size_t code_size, const std::string& spec) {
  if (code_size < decoder.code_bytes()) throw truncated(spec);
  if (code_size > decoder.code_bytes()) {
    throw trailing_bytes(spec, code_size - static_cast<std::size_t>(decoder.code_bytes()));
  }
  if (!decoder.ends_here()) throw damaged(spec, "its code has another end");
}

}  // namespace zipdream
