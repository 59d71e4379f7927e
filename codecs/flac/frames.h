// SPDX-License-Identifier: Apache-2.0
// What a FLAC stream holds besides its samples: the predictor and the Rice parameters of each frame
// (RFC 9639, section 9). Checksums are not checked: libFLAC does that when it decodes.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "zipdream/bytes.h"

namespace zipdream::flac {

inline constexpr int kMaxOrder = 32;
inline constexpr int kMaxFixedOrder = 4;
inline constexpr int kBitsPerSample = 8;  // unless told otherwise

// A sample as FLAC counts it, -128 .. 127: the byte less 128.
[[nodiscard]] constexpr int to_sample(Byte byte) { return int{byte} - 128; }
[[nodiscard]] constexpr Byte to_byte(int sample) { return static_cast<Byte>(sample + 128); }

// Residuals are folded to 0, -1, 1, -2, 2 ... = 0, 1, 2, 3, 4 ... before they are coded.
[[nodiscard]] constexpr std::uint64_t fold(std::int64_t residual) {
  return static_cast<std::uint64_t>(residual >= 0 ? 2 * residual : -2 * residual - 1);
}
[[nodiscard]] constexpr std::int64_t unfold(std::uint64_t folded) {
  const auto half = static_cast<std::int64_t>(folded >> 1);
  return (folded & 1) == 0 ? half : -half - 1;
}

// The linear predictor of a subframe. What FLAC calls FIXED are predictors as well; CONSTANT is
// here the one that repeats the sample before, and VERBATIM the one of order 0.
struct Predictor {
  int order = 0;
  std::array<std::int32_t, kMaxOrder> coefficients{};  // the last sample's first
  int precision = 2;                                   // bits per coefficient, 2 .. 15
  int shift = 0;        // 0 .. 15: the weighted sum is divided by 2^shift, rounded down
  int wasted_bits = 0;  // low bits that are 0 in every sample; prediction is done without them

  // What follows `before`, whose samples are without their wasted bits. REQUIRES: before.size() >=
  // order.
  [[nodiscard]] std::int64_t predict(std::span<const int> before) const;
};

// FIXED predictors of order 0 .. 4: the polynomial through the last samples.
[[nodiscard]] Predictor fixed_predictor(int order);

// How the residuals of one stretch of a frame are coded.
struct Partition {
  bool escaped = false;
  int parameter = 0;  // Rice's, 0 .. 30; of an escaped partition the bits per residual, 0 .. 31

  // The bits of a residual. REQUIRES: not escaped.
  [[nodiscard]] std::uint64_t bits(std::int64_t residual) const {
    return 1 + static_cast<std::uint64_t>(parameter) + (fold(residual) >> parameter);
  }

  friend bool operator==(const Partition&, const Partition&) = default;
};

struct Frame {
  std::size_t samples = 0;
  Predictor predictor;
  std::vector<Partition> partitions;  // at least one
};

// All frames of a complete stream of one channel, whose samples have 8 or 16 bits. Total: any bytes
// give a result or Error.
[[nodiscard]] std::vector<Frame> read_frames(ByteView stream, int bits_per_sample = kBitsPerSample);

// How a stream of any number of channels at 8 or 16 bits ends.
struct StreamEnd {
  std::size_t metadata_bytes = 0;  // with the signature: where the frames begin
  std::size_t frames = 0;
  int padding = 0;  // bits of the last frame that only fill a byte; 0 if there is none
};

// Total: any bytes give a result or Error.
[[nodiscard]] StreamEnd read_end(ByteView stream);

}  // namespace zipdream::flac
