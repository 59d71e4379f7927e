// SPDX-License-Identifier: Apache-2.0
// A stream is "fLaC", metadata blocks, frames. A frame of one channel is (bits in brackets)
//
//   header     sync code and blocking strategy [16], block size [4], rate [4], channels [4],
//              bits per sample [3], 0 [1], frame or sample number [8 .. 56],
//              block size [0, 8, 16], rate [0, 8, 16], CRC-8 [8]
//   subframe   0 [1], type [6], wasted bits [1 or more in unary], then by type
//     CONSTANT   the sample
//     VERBATIM   all samples
//     FIXED      warm-up samples, residuals
//     LPC        warm-up samples, precision - 1 [4], shift [5], coefficients, residuals
//   padding to a whole byte, CRC-16 [16]
//
// and residuals are: method [2], partition order [4], then for each partition a Rice parameter [4,
// or 5 by method 1], all ones for an escape and the bits per residual [5], and the residuals.
#include "codecs/flac/frames.h"

#include <algorithm>
#include <cassert>
#include <string_view>

#include "codecs/common/coding_loop.h"

namespace zipdream::flac {
namespace {

constexpr std::string_view kName = "flac";
constexpr std::string_view kSignature = "fLaC";

// Most significant bit first.
class BitReader {
 public:
  explicit BitReader(ByteView bytes) : bytes_(bytes) {}

  [[nodiscard]] bool at_end() const { return at_ == 8 * bytes_.size(); }
  [[nodiscard]] std::size_t position() const { return at_; }

  void skip(std::uint64_t count) {
    if (count > 8 * bytes_.size() - at_) throw truncated(kName);
    at_ += count;
  }

  // REQUIRES: count <= 32.
  std::uint32_t bits(int count) {
    const std::size_t begin = at_;
    skip(static_cast<std::uint64_t>(count));
    std::uint32_t value = 0;
    for (std::size_t i = begin; i < at_; ++i) {
      value = value << 1 | (bytes_[i / 8] >> (7 - i % 8) & 1U);
    }
    return value;
  }

  // Two's complement. REQUIRES: 1 <= count <= 31.
  std::int32_t signed_bits(int count) {
    const auto value = static_cast<std::int32_t>(bits(count));
    return value >> (count - 1) == 0 ? value : value - (std::int32_t{1} << count);
  }

  // The zeros before the next one.
  std::uint64_t unary() {
    const std::size_t begin = at_;
    while (bits(1) == 0) {
    }
    return at_ - begin - 1;
  }

  void skip_to_whole_byte() { at_ = (at_ + 7) / 8 * 8; }

 private:
  ByteView bytes_;
  std::size_t at_ = 0;
};

void skip_metadata(BitReader& reader) {
  for (const char c : kSignature) {
    if (reader.bits(8) != static_cast<Byte>(c)) throw damaged(kName, "the signature is wrong");
  }
  for (bool last = false; !last;) {
    last = reader.bits(1) == 1;
    reader.skip(7);
    reader.skip(std::uint64_t{8} * reader.bits(24));
  }
}

// The number of the frame or of its first sample, coded like a character in UTF-8.
void skip_number(BitReader& reader) {
  const std::uint32_t first = reader.bits(8);
  int ones = 0;
  while (ones < 8 && (first >> (7 - ones) & 1U) == 1) ++ones;
  if (ones == 1 || ones == 8) throw damaged(kName, "a frame's number is wrong");
  if (ones > 1) reader.skip(8 * (static_cast<std::uint64_t>(ones) - 1));
}

std::size_t read_size(BitReader& reader, std::uint32_t code) {
  if (code == 0) throw damaged(kName, "a frame's size is wrong");
  if (code == 1) return 192;
  if (code <= 5) return std::size_t{576} << (code - 2);
  if (code <= 7) return reader.bits(code == 6 ? 8 : 16) + 1;
  return std::size_t{256} << (code - 8);
}

struct Header {
  std::size_t samples = 0;
  std::uint32_t channels = 0;  // 0 .. 7: one more, independent; 8 .. 10: two, one a difference
  std::uint32_t depth = 0;     // 0: as STREAMINFO has it; 1: 8 bits, 4: 16 bits
};

Header read_header(BitReader& reader) {
  if (reader.bits(15) != 0x7ffc) throw damaged(kName, "a frame begins wrong");
  reader.skip(1);
  const std::uint32_t size_code = reader.bits(4);
  const std::uint32_t rate_code = reader.bits(4);
  const std::uint32_t channels = reader.bits(4);
  const std::uint32_t depth = reader.bits(3);
  reader.skip(1);
  skip_number(reader);
  const std::size_t samples = read_size(reader, size_code);
  if (samples > 65535) throw damaged(kName, "a frame's size is wrong");
  reader.skip(rate_code < 12 ? 0 : (rate_code == 12 ? 8 : 16));
  reader.skip(8);  // CRC-8
  return {samples, channels, depth};
}

Predictor read_coefficients(BitReader& reader, int order) {
  Predictor predictor{.order = order};
  predictor.precision = static_cast<int>(reader.bits(4)) + 1;
  predictor.shift = reader.signed_bits(5);
  if (predictor.precision == 16 || predictor.shift < 0)
    throw damaged(kName, "a predictor is wrong");
  for (int i = 0; i < order; ++i) {
    predictor.coefficients[i] = reader.signed_bits(predictor.precision);
  }
  return predictor;
}

void read_residuals(BitReader& reader, Frame& frame) {
  const std::uint32_t method = reader.bits(2);
  if (method > 1) throw damaged(kName, "residuals are coded in an unknown way");
  const int parameter_bits = method == 0 ? 4 : 5;
  const std::uint32_t order = reader.bits(4);
  const std::size_t size = frame.samples >> order;
  const auto warm_up = static_cast<std::size_t>(frame.predictor.order);
  if (size << order != frame.samples || size < warm_up)
    throw damaged(kName, "a partition is wrong");
  for (std::size_t i = 0; i < std::size_t{1} << order; ++i) {
    const std::size_t count = size - (i == 0 ? warm_up : 0);
    Partition partition{.parameter = static_cast<int>(reader.bits(parameter_bits))};
    partition.escaped = partition.parameter == (1 << parameter_bits) - 1;
    if (partition.escaped) {
      partition.parameter = static_cast<int>(reader.bits(5));
      reader.skip(count * static_cast<std::size_t>(partition.parameter));
    } else {
      for (std::size_t j = 0; j < count; ++j) {
        (void)reader.unary();
        reader.skip(static_cast<std::uint64_t>(partition.parameter));
      }
    }
    frame.partitions.push_back(partition);
  }
}

void read_subframe(BitReader& reader, int bits_per_sample, Frame& frame) {
  reader.skip(1);
  const auto type = static_cast<int>(reader.bits(6));
  const std::uint64_t wasted = reader.bits(1) == 0 ? 0 : 1 + reader.unary();
  const auto all = static_cast<std::uint64_t>(bits_per_sample);
  if (wasted >= all) throw damaged(kName, "no bit of a sample is left");
  const std::uint64_t depth = all - wasted;
  if (type == 0) {
    reader.skip(depth);
    frame.predictor = fixed_predictor(1);
    frame.partitions = {{.escaped = true, .parameter = 0}};
  } else if (type == 1) {
    reader.skip(frame.samples * depth);
    frame.partitions = {{.escaped = true, .parameter = static_cast<int>(depth)}};
  } else if (type >= 8 && type <= 8 + kMaxFixedOrder) {
    frame.predictor = fixed_predictor(type - 8);
    reader.skip(depth * static_cast<std::uint64_t>(type - 8));
    read_residuals(reader, frame);
  } else if (type >= 32) {
    reader.skip(depth * static_cast<std::uint64_t>(type - 31));
    frame.predictor = read_coefficients(reader, type - 31);
    read_residuals(reader, frame);
  } else {
    throw damaged(kName, "an unknown kind of subframe");
  }
  frame.predictor.wasted_bits = static_cast<int>(wasted);
}

}  // namespace

std::int64_t Predictor::predict(std::span<const int> before) const {
  assert(before.size() >= static_cast<std::size_t>(order));
  std::int64_t sum = 0;
  for (int i = 0; i < order; ++i) {
    sum += std::int64_t{coefficients[i]} * before[before.size() - 1 - static_cast<std::size_t>(i)];
  }
  return sum >> shift;
}

Predictor fixed_predictor(int order) {
  assert(order >= 0 && order <= kMaxFixedOrder);
  constexpr std::int32_t kDifferences[kMaxFixedOrder + 1][kMaxFixedOrder] = {
      {}, {1}, {2, -1}, {3, -3, 1}, {4, -6, 4, -1}};
  Predictor predictor{.order = order, .precision = 4};
  std::copy_n(kDifferences[order], order, predictor.coefficients.begin());
  return predictor;
}

std::vector<Frame> read_frames(ByteView stream, int bits_per_sample) {
  const std::uint32_t depth = bits_per_sample == 8 ? 1 : 4;
  BitReader reader(stream);
  skip_metadata(reader);
  std::vector<Frame> frames;
  while (!reader.at_end()) {
    const Header header = read_header(reader);
    if (header.channels != 0 || (header.depth != 0 && header.depth != depth)) {
      throw damaged(kName, "not mono, or samples of another size");
    }
    Frame frame{.samples = header.samples};
    read_subframe(reader, bits_per_sample, frame);
    reader.skip_to_whole_byte();
    reader.skip(16);  // CRC-16
    frames.push_back(std::move(frame));
  }
  return frames;
}

StreamEnd read_end(ByteView stream) {
  BitReader reader(stream);
  skip_metadata(reader);
  StreamEnd end{.metadata_bytes = reader.position() / 8};
  while (!reader.at_end()) {
    const Header header = read_header(reader);
    if (header.channels > 10 || (header.depth != 1 && header.depth != 4)) {
      throw damaged(kName, "not of 8 or 16 bits");
    }
    const std::uint32_t count = header.channels < 8 ? header.channels + 1 : 2;
    for (std::uint32_t i = 0; i < count; ++i) {
      // A difference of two channels has one bit more.
      const bool differs = header.channels == (i == 0 ? 9 : 8) || (header.channels == 10 && i == 1);
      Frame frame{.samples = header.samples};
      read_subframe(reader, (header.depth == 1 ? 8 : 16) + (differs ? 1 : 0), frame);
    }
    const std::size_t before = reader.position();
    reader.skip_to_whole_byte();
    end.padding = static_cast<int>(reader.position() - before);
    ++end.frames;
    reader.skip(16);  // CRC-16
  }
  return end;
}

}  // namespace zipdream::flac
