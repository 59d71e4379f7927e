// SPDX-License-Identifier: Apache-2.0
// FLAC streams made by hand, and libFLAC to read them: for frames whose residuals come from
// elsewhere than from audio.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "codecs/flac/frames.h"
#include "zipdream/bytes.h"

namespace zipdream::flac {

// Writes one stream of 8-bit mono at 16 kHz, frame by frame (RFC 9639, sections 8 and 9). The
// number of samples and their MD5 are left open in its header, as the format allows.
class StreamWriter {
 public:
  StreamWriter();

  // One frame with one partition. `warm_up` are its first samples, without their wasted bits, as
  // many as the predictor's order; `residuals` are the bits of `count` residuals, in that
  // partition's code. REQUIRES: warm_up.size() + count is 1 .. 65535.
  void add_frame(const Predictor& predictor, std::span<const int> warm_up,
                 const Partition& partition, const std::vector<bool>& residuals, std::size_t count);

  [[nodiscard]] ByteView stream() const { return stream_; }

 private:
  Bytes stream_;
  std::size_t samples_ = 0;  // in the frames so far
};

// All samples of a stream, as bytes, decoded by libFLAC. Throws Error when libFLAC refuses it or a
// sample is not of 8 bits, or there are more than `max_size`.
[[nodiscard]] Bytes decode_stream(ByteView stream, std::size_t max_size);

}  // namespace zipdream::flac
