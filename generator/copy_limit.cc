// SPDX-License-Identifier: Apache-2.0
#include "generator/copy_limit.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <utility>

#include "zipdream/random.h"

namespace zipdream {
namespace {

constexpr std::uint64_t kBase = 0x9e3779b97f4a7c15;
constexpr std::size_t kLinearSearchMax = 64;  // that a list is searched for as fast as a table

// What each byte counts in a hash, which is a polynomial in kBase modulo 2^64.
const std::array<std::uint64_t, 256>& values() {
  static const auto words_of_bytes = [] {
    std::array<std::uint64_t, 256> words{};
    Rng rng(0);
    for (std::uint64_t& word : words) word = rng.next();
    return words;
  }();
  return words_of_bytes;
}

std::uint64_t power(std::uint64_t base, std::size_t exponent) {
  std::uint64_t result = 1;
  for (; exponent > 0; exponent >>= 1, base *= base) {
    if ((exponent & 1) != 0) result *= base;
  }
  return result;
}

// 0 stands for none.
std::uint64_t as_key(std::uint64_t hash) { return hash == 0 ? 1 : hash; }

}  // namespace

CopyLimit::CopyLimit(std::size_t longest) : longest_(longest), weight_(power(kBase, longest)) {
  assert(longest >= 1);
}

void CopyLimit::append(ByteView bytes) {
  Bytes text = std::move(last_);
  const std::size_t before = text.size();
  text.insert(text.end(), bytes.begin(), bytes.end());
  for (std::size_t i = before; i < text.size(); ++i) {
    hash_ = hash_ * kBase + values()[text[i]];
    if (i < longest_) continue;
    remember(hash_);
    hash_ -= values()[text[i - longest_]] * weight_;
  }
  const std::size_t kept = std::min(text.size(), longest_);
  last_.assign(text.end() - static_cast<std::ptrdiff_t>(kept), text.end());
}

bool CopyLimit::allows(ByteView bytes) const {
  if (last_.size() + bytes.size() <= longest_) return true;
  std::uint64_t hash = hash_;
  std::vector<std::uint64_t> own;  // strings that `bytes` itself makes
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    hash = hash * kBase + values()[bytes[i]];
    const std::size_t at = last_.size() + i;
    if (at < longest_) continue;
    if (seen(hash) || std::find(own.begin(), own.end(), hash) != own.end()) return false;
    if (i + 1 < bytes.size()) own.push_back(hash);
    const std::size_t oldest = at - longest_;
    const Byte byte = oldest < last_.size() ? last_[oldest] : bytes[oldest - last_.size()];
    hash -= values()[byte] * weight_;
  }
  return true;
}

Error CopyLimit::nothing_left() const {
  return Error::of_option(
      "max_copy", std::to_string(longest_),
      fmt::format("every way to go on would copy more than {} bytes in a row", longest_),
      "raise it or widen `alphabet`");
}

bool CopyLimit::seen(std::uint64_t hash) const {
  return std::find(recent_.begin(), recent_.end(), hash) != recent_.end() ||
         std::any_of(known_.begin(), known_.end(),
                     [&](const auto& known) { return known->contains(hash); });
}

void CopyLimit::remember(std::uint64_t hash) {
  recent_.push_back(hash);
  if (recent_.size() < kLinearSearchMax) return;
  if (known_.empty() || known_.back().use_count() > 1) {
    known_.push_back(std::make_shared<Strings>());
  }
  for (const std::uint64_t each : recent_) known_.back()->insert(each);
  recent_.clear();
}

void CopyLimit::Strings::insert(std::uint64_t hash) {
  if (4 * (size_ + 1) > 3 * slots_.size()) {
    std::vector<std::uint64_t> old(std::max<std::size_t>(2 * kLinearSearchMax, 2 * slots_.size()));
    old.swap(slots_);
    for (const std::uint64_t each : old) {
      if (each != 0) slots_[slot_of(each)] = each;
    }
  }
  std::uint64_t& slot = slots_[slot_of(as_key(hash))];
  size_ += slot == 0 ? 1 : 0;
  slot = as_key(hash);
}

bool CopyLimit::Strings::contains(std::uint64_t hash) const {
  return slots_[slot_of(as_key(hash))] != 0;
}

// Where `hash` is, or would be.
std::size_t CopyLimit::Strings::slot_of(std::uint64_t hash) const {
  const std::size_t mask = slots_.size() - 1;
  std::size_t slot = (hash ^ hash >> 32) * kBase >> 20 & mask;
  while (slots_[slot] != 0 && slots_[slot] != hash) slot = (slot + 1) & mask;
  return slot;
}

}  // namespace zipdream
