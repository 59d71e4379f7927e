// SPDX-License-Identifier: Apache-2.0
#include "models/cm/contexts.h"

#include <algorithm>
#include <span>

#include "models/cm/history_table.h"

namespace zipdream {
namespace {

constexpr std::uint64_t kOdd = 0x9E3779B97F4A7C15U;  // 2^64 / the golden ratio
constexpr std::uint64_t kOtherOdd = 0xD6E8FEB86659FD93U;

std::uint64_t mix_in(std::uint64_t hash, std::uint64_t value) {
  hash = (hash + value + 1) * kOdd;
  return hash ^ hash >> 29;
}

std::uint64_t finish(std::uint64_t hash) {
  hash = (hash ^ hash >> 32) * kOtherOdd;
  return hash ^ hash >> 29;
}

// The letter without its case, for any byte that may be part of a word; 0 for the others.
Byte letter(Byte byte) {
  if (byte >= 'A' && byte <= 'Z') return static_cast<Byte>(byte + ('a' - 'A'));
  return (byte >= 'a' && byte <= 'z') || byte >= 128 ? byte : Byte{0};
}

}  // namespace

void Contexts::append(Byte byte) {
  std::ranges::copy_backward(std::span(last_).first(kContextOrders - 1), last_.end());
  last_[0] = byte;
  if (const Byte part = letter(byte); part != 0) {
    word_ = mix_in(word_, part);
  } else if (word_ != 0) {
    word_before_ = word_;
    word_ = 0;
  }
  hash();
}

void Contexts::hash() {
  std::uint64_t orders = 0;
  for (std::size_t i = 0; i < kContextOrders; ++i) {
    orders = mix_in(orders, last_[i]);
    hashes_[i] = orders;
  }
  const std::array<std::uint64_t, kContexts - kContextOrders> others = {
      mix_in(word_, last_[0]), mix_in(word_, word_before_), last_[1],
      std::uint64_t{last_[1]} << 8 | last_[2], std::uint64_t{last_[2]} << 8 | last_[3]};
  for (std::size_t i = 0; i < others.size(); ++i) {
    hashes_[kContextOrders + i] = mix_in(i, others[i]);
  }
  for (std::size_t i = 0; i < kContexts; ++i) hashes_[i] = finish(hashes_[i] + i);
}

std::uint64_t Contexts::with_half(std::uint64_t hash, unsigned half) {
  return hash ^ ((hash + half + 1) * kOdd & HistoryTable::kWithinPage);
}

}  // namespace zipdream
