// SPDX-License-Identifier: Apache-2.0
// An arithmetic coder on integer frequencies. It knows no model: whoever calls it says which part
// of the total the next symbol has, and the decoder is told the same. All arithmetic is
// interval.h's.
//
//   encoder: encode(start, size, total) for each symbol ..., finish()
//   decoder: target(total), which falls in the symbol's part; then consume(start, size, total)
//
// The code of n symbols is at most 2 bits longer than -log2 of the product of their size / total,
// and rounding costs below 2^-15 of a bit a symbol; then zeros fill up the last byte.
#pragma once

#include <cassert>
#include <cstddef>
#include <cstdint>

#include "generator/coder/interval.h"
#include "zipdream/bytes.h"

namespace zipdream {

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
