// SPDX-License-Identifier: Apache-2.0
#include "codecs/flac/stream.h"

#include <cassert>
#include <string_view>

#include "media/audio/audio.h"

namespace zipdream::flac {
namespace {

constexpr std::uint32_t kRate = 16000;
constexpr int kStreamInfoSize = 34;

// Most significant bit first, into bytes that are whole when it is asked for them.
class BitWriter {
 public:
  void bits(std::uint64_t value, int count) {
    for (int i = count - 1; i >= 0; --i) bit((value >> i & 1) != 0);
  }
  void bits(const std::vector<bool>& values) {
    for (const bool value : values) bit(value);
  }
  // Zeros up to a whole byte.
  void fill_byte() {
    while (used_ > 0) bit(false);
  }
  [[nodiscard]] const Bytes& bytes() const { return bytes_; }

 private:
  void bit(bool value) {
    if (used_ == 0) bytes_.push_back(0);
    if (value) bytes_.back() = static_cast<Byte>(bytes_.back() | 0x80U >> used_);
    used_ = (used_ + 1) % 8;
  }

  Bytes bytes_;
  int used_ = 0;  // bits of the last byte; 0 when it is full
};

// A cyclic redundancy check, neither reflected nor inverted.
std::uint32_t crc(ByteView bytes, int width, std::uint32_t polynomial) {
  const std::uint32_t top = 1U << (width - 1);
  std::uint32_t remainder = 0;
  for (const Byte byte : bytes) {
    remainder ^= std::uint32_t{byte} << (width - 8);
    for (int i = 0; i < 8; ++i) {
      remainder = (remainder & top) != 0 ? remainder << 1 ^ polynomial : remainder << 1;
    }
  }
  return remainder & (2 * top - 1);
}

constexpr std::uint32_t kCrc8 = 0x07;     // x^8 + x^2 + x + 1
constexpr std::uint32_t kCrc16 = 0x8005;  // x^16 + x^15 + x^2 + 1

// Coded like a character in UTF-8, but of up to 36 bits: the first byte tells by its leading ones
// how many there are, each of the others holds 6 bits.
void write_number(BitWriter& writer, std::uint64_t number) {
  if (number < 0x80) return writer.bits(number, 8);
  int following = 1;
  while (number >> (5 * following + 6) != 0) ++following;
  writer.bits(((0xff00U >> (following + 1)) & 0xffU) | number >> (6 * following), 8);
  while (following-- > 0) writer.bits(0x80 | (number >> (6 * following) & 0x3f), 8);
}

Bytes frame_header(std::uint64_t first_sample, std::size_t samples) {
  BitWriter writer;
  writer.bits(0x7ffc, 15);  // sync code
  writer.bits(1, 1);        // frames of varying size
  writer.bits(7, 4);        // the size follows in 16 bits
  writer.bits(0, 4);        // the rate is STREAMINFO's
  writer.bits(0, 4);        // mono
  writer.bits(1, 3);        // 8 bits per sample
  writer.bits(0, 1);
  write_number(writer, first_sample);
  writer.bits(samples - 1, 16);
  writer.bits(crc(writer.bytes(), 8, kCrc8), 8);
  return writer.bytes();
}

void write_signed(BitWriter& writer, std::int32_t value, int count) {
  writer.bits(static_cast<std::uint32_t>(value), count);
}

// All that stands before the residuals: an LPC subframe, or FIXED where nothing is predicted.
void write_subframe(BitWriter& writer, const Predictor& predictor, std::span<const int> warm_up) {
  writer.bits(0, 1);
  writer.bits(predictor.order == 0 ? 8U : 31U + static_cast<unsigned>(predictor.order), 6);
  writer.bits(predictor.wasted_bits > 0 ? 1 : 0, 1);
  if (predictor.wasted_bits > 0) writer.bits(1, predictor.wasted_bits);  // in unary
  for (const int sample : warm_up) {
    write_signed(writer, sample, kBitsPerSample - predictor.wasted_bits);
  }
  if (predictor.order == 0) return;
  writer.bits(static_cast<unsigned>(predictor.precision - 1), 4);
  write_signed(writer, predictor.shift, 5);
  for (int i = 0; i < predictor.order; ++i) {
    write_signed(writer, predictor.coefficients[i], predictor.precision);
  }
}

void write_residuals(BitWriter& writer, const Partition& partition,
                     const std::vector<bool>& residuals) {
  writer.bits(1, 2);  // parameters of 5 bits
  writer.bits(0, 4);  // one partition
  if (partition.escaped) writer.bits(31, 5);
  writer.bits(static_cast<unsigned>(partition.parameter), 5);
  writer.bits(residuals);
}

}  // namespace

StreamWriter::StreamWriter() {
  BitWriter writer;
  for (const char c : std::string_view("fLaC")) writer.bits(static_cast<Byte>(c), 8);
  writer.bits(0x80, 8);  // the last metadata block, and the only one: STREAMINFO
  writer.bits(kStreamInfoSize, 24);
  writer.bits(16, 16);  // least and greatest size of a frame in samples
  writer.bits(65535, 16);
  writer.bits(0, 48);  // and in bytes: not known
  writer.bits(kRate, 20);
  writer.bits(0, 3);  // channels - 1
  writer.bits(kBitsPerSample - 1, 5);
  writer.bits(0, 36);  // samples: not known
  writer.bits(0, 64);  // MD5: not known
  writer.bits(0, 64);
  stream_ = writer.bytes();
}

void StreamWriter::add_frame(const Predictor& predictor, std::span<const int> warm_up,
                             const Partition& partition, const std::vector<bool>& residuals,
                             std::size_t count) {
  assert(warm_up.size() == static_cast<std::size_t>(predictor.order));
  const std::size_t samples = warm_up.size() + count;
  assert(samples >= 1 && samples <= 65535);
  const std::size_t begin = stream_.size();
  const Bytes header = frame_header(samples_, samples);
  BitWriter subframe;
  write_subframe(subframe, predictor, warm_up);
  write_residuals(subframe, partition, residuals);
  subframe.fill_byte();
  stream_.insert(stream_.end(), header.begin(), header.end());
  stream_.insert(stream_.end(), subframe.bytes().begin(), subframe.bytes().end());
  const std::uint32_t check = crc(ByteView(stream_).subspan(begin), 16, kCrc16);
  stream_.push_back(static_cast<Byte>(check >> 8));
  stream_.push_back(static_cast<Byte>(check & 0xff));
  samples_ += samples;
}

Bytes decode_stream(ByteView stream, std::size_t max_size) {
  return unpack_flac_u8(stream, max_size, FlacMd5::kOptional);
}

}  // namespace zipdream::flac
