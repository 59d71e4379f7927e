// SPDX-License-Identifier: Apache-2.0
// The interval of an arithmetic coder, and the one update that its encoder and decoder share.
//
// A message is an interval [L, L + R) of the numbers from 0 to 1. Each symbol cuts it to the part
// that the symbol's frequency deserves; in the end any number inside names the message, and the
// fewest binary digits that do, whatever follows them, are the code. R is the product of all
// probabilities, so the code has about -log2 R digits: at most two more, one to get inside and one
// to stay inside.
//
// Only a window of 56 binary digits is at hand, and three things hold between calls:
//  1. L = (the digits shifted out, then the 56 of low()); R = range() / 2^56 at that place.
//  2. 2^48 <= range() <= 2^56. Below, the top byte of low() is shifted out, so that a total of up
//  to
//     2^32 cuts the range into steps of at least 2^16, and rounding costs little.
//  3. low() < 2^56. An addition that reaches 2^56 is a carry into the digits already shifted out;
//     it happens at most once for each of them, since L + R never exceeds 1.
// After the reference coder of Project Nayuki in spirit; the window and the carries are those of
// Schindler's range coder.
#pragma once

#include <cassert>
#include <cstddef>
#include <cstdint>

#include "zipdream/bytes.h"

namespace zipdream {

class Interval {
 public:
  static constexpr int kWindowBits = 56;
  static constexpr std::uint64_t kMaxTotal = std::uint64_t{1} << 32;
  static constexpr int kBitTotalBits = 16;  // frequencies of binary decisions sum to 2^16

  [[nodiscard]] std::uint64_t low() const { return low_; }
  [[nodiscard]] std::uint64_t range() const { return range_; }
  [[nodiscard]] std::uint64_t bytes_shifted() const { return bytes_shifted_; }

  // Cuts the interval to the part [start, start + size) of `total`; what rounding leaves at its end
  // belongs to nobody, so every part is shortened in the same proportion. True: add one to the
  // digits shifted out. Then shift() while must_shift().
  // REQUIRES: size > 0; start + size <= total <= kMaxTotal.
  [[nodiscard]] bool narrow(std::uint64_t start, std::uint64_t size, std::uint64_t total) {
    assert(size > 0 && start + size <= total && total <= kMaxTotal);
    const std::uint64_t step = range_ / total;
    return take(step * start, step * size);
  }

  // The same for a binary decision: one has `one_in_65536` parts of 2^16, and comes first.
  // REQUIRES: 0 < one_in_65536 < 2^16.
  [[nodiscard]] bool narrow_bit(bool bit, std::uint32_t one_in_65536) {
    const std::uint64_t ones = part_of_ones(one_in_65536);
    return bit ? take(0, ones) : take(ones, range_ - ones);
  }

  // The length of the part that narrow_bit() gives to one.
  [[nodiscard]] std::uint64_t part_of_ones(std::uint32_t one_in_65536) const {
    assert(one_in_65536 > 0 && one_in_65536 < 1U << kBitTotalBits);
    return (range_ >> kBitTotalBits) * one_in_65536;
  }

  [[nodiscard]] bool must_shift() const { return range_ < kLeastRange; }

  // Moves the window eight digits on and returns those that leave it. REQUIRES: must_shift().
  Byte shift() {
    assert(must_shift());
    const auto digits = static_cast<Byte>(low_ >> (kWindowBits - 8));
    low_ = low_ << 8 & kWindow;
    range_ <<= 8;
    ++bytes_shifted_;
    return digits;
  }

  // narrow() or narrow_bit() and the shifts, for those who measure and need no digits.
  void skip(std::uint64_t start, std::uint64_t size, std::uint64_t total) {
    static_cast<void>(narrow(start, size, total));
    while (must_shift()) shift();
  }
  void skip_bit(bool bit, std::uint32_t one_in_65536) {
    static_cast<void>(narrow_bit(bit, one_in_65536));
    while (must_shift()) shift();
  }

  // -log2 R: what the symbols cost so far.
  [[nodiscard]] double bits() const;

  // The fewest digits after those shifted out that stay inside whatever follows: the top `count` of
  // the window `digits`, the rest of which is zero. digits may be 2^56, a carry.
  struct Ending {
    std::uint64_t digits;
    int count;
  };
  [[nodiscard]] Ending ending() const;

  // Bytes of the complete code, the last one filled up with zeros.
  [[nodiscard]] std::uint64_t code_bytes() const {
    return bytes_shifted_ + static_cast<std::uint64_t>(ending().count + 7) / 8;
  }

  static constexpr std::uint64_t kWindow = (std::uint64_t{1} << kWindowBits) - 1;

 private:
  static constexpr std::uint64_t kLeastRange = std::uint64_t{1} << (kWindowBits - 8);

  bool take(std::uint64_t before, std::uint64_t size) {
    assert(!must_shift() && size > 0 && before + size <= range_);
    low_ += before;
    range_ = size;
    const bool carry = low_ > kWindow;
    low_ &= kWindow;
    return carry;
  }

  std::uint64_t low_ = 0;
  std::uint64_t range_ = std::uint64_t{1} << kWindowBits;
  std::uint64_t bytes_shifted_ = 0;
};

// An arithmetic coder on integer frequencies. It knows no model: whoever calls it says which part
// of the total the next symbol has, and the decoder is told the same. All arithmetic is
// interval.h's.
//
//   encoder: encode(start, size, total) for each symbol ..., finish()
//   decoder: target(total), which falls in the symbol's part; then consume(start, size, total)
//
// The code of n symbols is at most 2 bits longer than -log2 of the product of their size / total,
// and rounding costs below 2^-15 of a bit a symbol; then zeros fill up the last byte.

class RangeEncoder {
 public:
  // Appends the code to `out`, whose last bytes may still change until finish(): a carry runs back
  // through them. Null: only measures. REQUIRES: `out` outlives the encoder, and nobody else
  // changes it meanwhile.
  explicit RangeEncoder(Bytes* out) : out_(out) {}

  // The symbol has the part [start, start + size) of `total`; parameters as Interval::narrow().
  void encode(std::uint64_t start, std::uint64_t size, std::uint64_t total) {
    settle(interval_.narrow(start, size, total));
  }

  // A binary decision that was one_in_65536 / 2^16 likely to be true. As Interval::narrow_bit().
  void encode_bit(bool bit, std::uint32_t one_in_65536) {
    settle(interval_.narrow_bit(bit, one_in_65536));
  }

  // Writes the last digits. Nothing may be encoded after it.
  void finish();

  [[nodiscard]] const Interval& interval() const { return interval_; }

 private:
  void settle(bool carry) {
    if (carry) add_carry();
    while (interval_.must_shift()) put(interval_.shift());
  }
  void put(Byte digits) {
    if (out_ != nullptr) out_->push_back(digits);
  }
  void add_carry();

  Interval interval_;
  Bytes* out_;
};

// Total: any code decodes to some symbols, and reading past its end gives zeros. Whether the code
// is what an encoder writes for these symbols, ends_here() tells.
class RangeDecoder {
 public:
  // REQUIRES: the code outlives the decoder.
  explicit RangeDecoder(ByteView code) : code_(code) {
    for (int i = 0; i < Interval::kWindowBits; i += 8) read();
  }

  // A number below `total` in the part of the next symbol; for a code that points into the rest
  // that belongs to nobody, which no encoder writes, the last one. REQUIRES: 0 < total <=
  // kMaxTotal.
  [[nodiscard]] std::uint64_t target(std::uint64_t total) {
    const std::uint64_t target = offset() / (interval_.range() / total);
    if (target < total) return target;
    is_damaged_ = true;
    return total - 1;
  }

  // Goes past that symbol. REQUIRES: start <= target(total) < start + size, and as encode().
  void consume(std::uint64_t start, std::uint64_t size, std::uint64_t total) {
    settle(interval_.narrow(start, size, total));
  }

  // The next binary decision. REQUIRES: as encode_bit().
  [[nodiscard]] bool decode_bit(std::uint32_t one_in_65536) {
    const bool bit = offset() < interval_.part_of_ones(one_in_65536);
    settle(interval_.narrow_bit(bit, one_in_65536));
    return bit;
  }

  // Whether the symbols so far are too many for a code as short as this one.
  [[nodiscard]] bool is_past_end() const { return interval_.bytes_shifted() > code_.size(); }

  // Whether all of the code has been looked at, and zeros are next.
  [[nodiscard]] bool is_used_up() const { return position_ >= code_.size(); }

  // Whether target() had to make something up.
  [[nodiscard]] bool is_damaged() const { return is_damaged_; }

  // Bytes of the code that an encoder writes when it finishes after these symbols.
  [[nodiscard]] std::uint64_t code_bytes() const { return interval_.code_bytes(); }

  // Whether that code is exactly this one.
  [[nodiscard]] bool ends_here() const;

 private:
  // The code's distance from low: the window is a circle, so a carry needs no care.
  [[nodiscard]] std::uint64_t offset() const {
    const std::uint64_t offset = (window_ - interval_.low()) & Interval::kWindow;
    assert(is_damaged_ || offset < interval_.range());
    return offset;
  }
  void settle(bool /*carry*/) {
    while (interval_.must_shift()) {
      interval_.shift();
      read();
    }
  }
  void read() {
    const Byte next = position_ < code_.size() ? code_[position_] : Byte{0};
    ++position_;
    window_ = (window_ << 8 | next) & Interval::kWindow;
  }

  Interval interval_;
  ByteView code_;
  std::size_t position_ = 0;  // of the byte that enters the window next
  bool is_damaged_ = false;
  std::uint64_t window_ = 0;  // the 56 digits of the code that lie where the interval's window does
};

}  // namespace zipdream
