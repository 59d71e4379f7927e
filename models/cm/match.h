// SPDX-License-Identifier: Apache-2.0
// Where the last bytes came up before, and so which byte should come next.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "models/cm/logistic.h"
#include "models/cm/tables.h"
#include "models/paged_array.h"
#include "zipdream/bytes.h"

namespace zipdream::cm {

// The text so far, its last 16 MiB.
// Threads: as a standard container.
class History {
 public:
  static constexpr std::size_t kSize = std::size_t{1} << 24;

  [[nodiscard]] Byte operator[](std::size_t place) const { return text_[place & (kSize - 1)]; }
  // The place of the next byte; it only grows.
  [[nodiscard]] std::size_t end() const { return end_; }
  void append(Byte byte) { text_.edit(end_++ & (kSize - 1)) = byte; }

 private:
  PagedArray<Byte> text_{kSize};
  std::size_t end_ = 0;
};

// The newest place after the same bytes, followed on even when it has predicted a few bytes
// wrongly. How far to trust it is learned, by the length of the match and by the misses.
// Threads: as a standard container.
class MatchModel {
 public:
  static constexpr std::size_t kLengthClasses = 16;

  // Matches have `min_length` bytes at first. REQUIRES: min_length > 0.
  explicit MatchModel(int min_length);

  // The probability that a decision of the byte goes as the match says, in 2^-16, as long as those
  // before it did.
  [[nodiscard]] std::int32_t p() const { return cells_[cell_].p(); }

  // How long the match is, or how little it is to be trusted: 1 to kLengthClasses - 1; 0 without
  // one.
  [[nodiscard]] unsigned length_class() const { return length_class_; }

  // The byte that the match says; 0 without one.
  [[nodiscard]] unsigned expected_byte() const { return length_ == 0 ? 0 : expected_; }

  // Of one decision of the byte. REQUIRES: no append() since it was predicted.
  void learn(bool was_right) { cells_[cell_].learn(was_right, AdaptiveProbability::kMaxLimit); }

  // To be called when the byte is known, before append(), with the number of all bytes and a hash
  // of the last min_length.
  void end_byte(std::uint64_t bytes, std::uint64_t hash) {
    window_.end_byte(bytes);
    hash_ = hash;
    places_.prefetch(window_.row(hash));
  }
  // `text` ends with the byte that was predicted. REQUIRES: end_byte() before.
  void append(const History& text);

 private:
  static constexpr std::size_t kPlaces = std::size_t{1} << 20;
  static constexpr std::size_t kLengthSteps = 32;
  static constexpr std::size_t kMisses = 9;

  void follow(const History& text);
  void find(const History& text, std::size_t place);
  void classify();

  std::size_t min_length_;
  PagedArray<std::uint32_t> places_{kPlaces};  // by hash of the bytes before; 0: none
  Window window_;                              // of places_
  std::uint64_t hash_ = 0;                     // of the last bytes
  std::size_t match_ = 0;                      // the place of the byte predicted
  std::size_t length_ = 0;                     // of the match before it; 0: none
  std::size_t misses_ = 0;                     // bytes that it predicted wrongly, lately
  unsigned expected_ = 0;                      // the byte
  unsigned length_class_ = 0;
  std::uint16_t cell_ = 0;
  std::array<AdaptiveProbability, kLengthSteps * kMisses> cells_;
};

}  // namespace zipdream::cm
