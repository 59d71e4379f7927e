// SPDX-License-Identifier: Apache-2.0
#include "codecs/lzma/estimates.h"

#include "codecs/common/coding_loop.h"
#include "codecs/lzma/decoder.h"

namespace zipdream {

LzmaReading read_lzma(ByteView file, ByteView data, std::size_t mark) {
  constexpr std::size_t kHeader = 13;
  LzmaReading reading;
  LzmaDecoder decoder;
  decoder.watch(reading.estimates);
  decoder.start_payload(file, kHeader, file.size());
  const auto read_to = [&](std::size_t position) {
    while (decoder.position() < position) {
      if (decoder.read_packet(file, data)) continue;
      throw library_failure("lzma", "it writes streams of a kind unknown to us");
    }
  };
  read_to(mark);
  reading.place = {decoder.position(), decoder.state(), decoder.reps()};
  read_to(data.size());
  return reading;
}

}  // namespace zipdream
