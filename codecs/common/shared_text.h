// SPDX-License-Identifier: Apache-2.0
// A text that grows at its end, whose copies are cheap, and that finds where bytes occur in it.
//
// Copies share the base, which none of them writes while it is shared; what came after it is the
// tail, which every copy has for itself and moves to the base when it has become long. Finding
// takes no index: a predictor wants all occurrences of the last bytes, and comparing many bytes at
// once passes over a megabyte in less time than the predictor needs for what is found there.
// Threads: one at a time may append to a text; const members may be called from many.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>

#include "zipdream/bytes.h"

namespace zipdream {

class SharedText {
 public:
  // Older bytes than the last `kept` may be forgotten.
  explicit SharedText(std::size_t kept) : kept_(kept), base_(std::make_shared<Base>()) {}
  SharedText(const SharedText& other);
  SharedText& operator=(const SharedText&) = delete;
  ~SharedText() = default;

  // The view need not outlive the call.
  void append(ByteView bytes);

  [[nodiscard]] std::size_t size() const { return tail_begin_ - kOverlap + tail_.size(); }

  // REQUIRES: at < size(), and it is one of the last `kept` or of the first if fewer.
  [[nodiscard]] Byte operator[](std::size_t at) const {
    return at < tail_begin_ ? base_->text[at - base_->begin] : tail_[at - tail_begin_ + kOverlap];
  }

  // What stands in [begin, end). REQUIRES: end <= size(), and all of it is kept.
  [[nodiscard]] Bytes copy(std::size_t begin, std::size_t end) const;

  // Calls visit(at, the byte at `at`) for each position in [begin, end) with `last` before it, from
  // the end on, as long as it returns true. REQUIRES: 1 <= begin, end <= size(); from begin - 1 on
  // all is kept.
  template <typename Visit>
  void find(Byte last, std::size_t begin, std::size_t end, Visit visit) const {
    find_pattern<1>(0, last, begin, end, visit);
  }

  // Calls visit(at, the byte at `at`) for each position in [begin, end) with `first` and `second`
  // before it, from the end on, as long as it returns true. REQUIRES: 2 <= begin, end <= size();
  // from begin - 2 on all is kept.
  template <typename Visit>
  void find(Byte first, Byte second, std::size_t begin, std::size_t end, Visit visit) const {
    find_pattern<2>(first, second, begin, end, visit);
  }

  // Calls visit(at) for each position before the end that holds `byte`, from `begin` on, the last
  // first. REQUIRES: begin <= size(), and from there on all is kept.
  template <typename Visit>
  void find_byte(Byte byte, std::size_t begin, Visit visit) const {
    if (begin == size()) return;
    if ((*this)[size() - 1] == byte) visit(size() - 1);
    find(byte, begin + 1, size(), [&](std::size_t after, Byte /*next*/) {
      visit(after - 1);
      return true;
    });
  }

 private:
  struct Base {
    std::size_t begin = 0;
    Bytes text;
  };
  static constexpr std::size_t kOverlap = 2;  // bytes of the base that the tail repeats
  static constexpr std::size_t kBlock = 64;

  // Bit i is set where text[i] is `second` and, if kSize is 2, text[i - 1] is `first`; i < kBlock.
  template <int kSize>
  static std::uint64_t hits(const Byte* text, Byte first, Byte second) {
    std::array<Byte, kBlock> equal;  // a loop that compilers make vectors of
    for (std::size_t i = 0; i < kBlock; ++i) {
      equal[i] = text[i] == second ? 1 : 0;
      if constexpr (kSize == 2) equal[i] &= text[static_cast<std::ptrdiff_t>(i) - 1] == first;
    }
    // Bit 0 of each of eight bytes into one byte: that of byte k goes to bit 56 + k, and no two of
    // the product's other bits meet.
    const auto packed = [&](int word) {
      return load(equal.data() + 8 * word) * 0x0102040810204080 >> 56 << 8 * word;
    };
    return (packed(0) | packed(1)) | (packed(2) | packed(3)) | (packed(4) | packed(5)) |
           (packed(6) | packed(7));
  }

  // bytes[0] becomes the lowest byte.
  static std::uint64_t load(const Byte* bytes) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes, sizeof(word));
    return std::endian::native == std::endian::little ? word : __builtin_bswap64(word);
  }

  // Visits what find() is to find in [begin, end) of `text`, which stands at `offset` in all of it.
  // False if visit() returned false.
  template <int kSize, typename Visit>
  static bool find_in(const Byte* text, std::size_t begin, std::size_t end, std::size_t offset,
                      Byte first, Byte second, Visit& visit) {
    std::size_t at = end;
    for (; at >= begin + kBlock; at -= kBlock) {
      const std::size_t low = at - kBlock;
      for (std::uint64_t left = hits<kSize>(text + low - 1, first, second); left != 0;) {
        const auto high = static_cast<std::size_t>(63 - std::countl_zero(left));
        if (!visit(offset + low + high, text[low + high])) return false;
        left ^= std::uint64_t{1} << high;
      }
    }
    while (at-- > begin) {
      if (text[at - 1] == second && (kSize == 1 || text[at - 2] == first) &&
          !visit(offset + at, text[at])) {
        return false;
      }
    }
    return true;
  }

  template <int kSize, typename Visit>
  void find_pattern(Byte first, Byte second, std::size_t begin, std::size_t end,
                    Visit& visit) const {
    const std::size_t shift = tail_begin_ - kOverlap;
    const std::size_t in_tail = std::max(begin, tail_begin_);
    if (in_tail < end &&
        !find_in<kSize>(tail_.data(), in_tail - shift, end - shift, shift, first, second, visit)) {
      return;
    }
    const std::size_t in_base = std::min(end, tail_begin_);
    if (begin >= in_base) return;
    find_in<kSize>(base_->text.data(), begin - base_->begin, in_base - base_->begin, base_->begin,
                   first, second, visit);
  }

  void fold();

  std::size_t kept_;
  mutable std::atomic<bool> shared_ = false;  // whether base_ may be another copy's too
  std::shared_ptr<Base> base_;
  std::size_t tail_begin_ = 0;
  Bytes tail_ = Bytes(kOverlap);  // kOverlap bytes of the base, then what comes at tail_begin_
};

}  // namespace zipdream
