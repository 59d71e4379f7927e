// SPDX-License-Identifier: Apache-2.0
#include "models/ppm/escape_shares.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cassert>

#include "base/portable_math.h"

namespace zipdream {
namespace {

// A cell is [order][followers][mean count][suffix][streak].
constexpr std::size_t kFollowerClasses = 10;
constexpr std::size_t kCountClasses = 13;  // half powers of two
constexpr std::size_t kSuffixClasses = 3;
constexpr std::size_t kStreakClasses = 8;

constexpr int kMaxStreak = 16;

// The share in a context whose followers occurred r times on average begins at 0.85 r^-0.65: what
// texts and programs have taught, roughly. Later values matter little.
constexpr double kFirstShare = 0.85;
constexpr double kFirstSlope = 0.65;

// The n-th lesson moves a share by 1 / (n + kHaste) of the way, but by 1 / kMemory at least.
constexpr std::uint32_t kHaste = 3;
constexpr std::uint32_t kMemory = 255;

constexpr std::uint32_t kLeastShare = 1U << (EscapeShares::kShareBits - 13);

// classes[n] = the number of limits below n.
template <std::size_t size, std::size_t limits>
constexpr std::array<std::uint8_t, size> classes_between(const std::array<int, limits>& limit) {
  std::array<std::uint8_t, size> classes{};
  for (std::size_t n = 0; n < size; ++n) {
    for (const int each : limit) {
      if (static_cast<int>(n) > each) ++classes[n];
    }
  }
  return classes;
}

constexpr auto kFollowerClass =
    classes_between<257>(std::to_array<int>({1, 2, 3, 4, 6, 9, 14, 24, 48}));
static_assert(kFollowerClass.back() == kFollowerClasses - 1);

constexpr auto kStreakClass =
    classes_between<kMaxStreak + 1>(std::to_array<int>({0, 1, 2, 4, 7, 11, 15}));
static_assert(kStreakClass.back() == kStreakClasses - 1);

// floor(2 log2(mean)), by squaring; a mean of one occurrence is class 0.
std::size_t count_class(std::uint32_t mean_count) {
  assert(mean_count >= 32 && mean_count < 1U << 16);
  const auto doubled_log = static_cast<std::size_t>(std::bit_width(mean_count * mean_count) - 1);
  return std::min(doubled_log - 10, kCountClasses - 1);
}

std::size_t suffix_class(std::size_t followers, std::size_t suffix_followers) {
  return (suffix_followers > 2 * followers + 1 ? 1 : 0) +
         (suffix_followers > 5 * followers + 4 ? 1 : 0);
}

std::uint32_t first_share(std::size_t count_class) {
  const double log2_mean = static_cast<double>(count_class) / 2;
  return static_cast<std::uint32_t>(portable_exp2(EscapeShares::kShareBits) * kFirstShare *
                                    portable_exp2(-kFirstSlope * log2_mean));
}

}  // namespace

EscapeShares::EscapeShares(int max_order)
    : cells_(static_cast<std::size_t>(max_order + 1) * kFollowerClasses * kCountClasses *
             kSuffixClasses * kStreakClasses) {
  std::array<std::uint32_t, kCountClasses> first;
  for (std::size_t i = 0; i < kCountClasses; ++i) first[i] = first_share(i) << kCountBits;
  for (std::size_t i = 0; i < cells_.size(); ++i) {
    cells_.edit(i) = first[i / (kSuffixClasses * kStreakClasses) % kCountClasses];
  }
}

std::size_t EscapeShares::cell(const Situation& situation) {
  std::size_t cell = static_cast<std::size_t>(situation.order);
  cell = cell * kFollowerClasses + kFollowerClass[situation.followers];
  cell = cell * kCountClasses + count_class(situation.mean_count);
  cell = cell * kSuffixClasses + suffix_class(situation.followers, situation.suffix_followers);
  return cell * kStreakClasses + kStreakClass[static_cast<std::size_t>(situation.streak)];
}

void EscapeShares::learn(std::size_t cell, std::uint32_t target) {
  std::uint32_t& value = cells_.edit(cell);
  const std::uint32_t lessons = value & ((1U << kCountBits) - 1);
  const auto share = static_cast<std::int32_t>(value >> kCountBits);
  const auto divisor = static_cast<std::int32_t>(std::min(lessons + kHaste, kMemory));
  const std::int32_t moved = share + (static_cast<std::int32_t>(target) - share) / divisor;
  const std::uint32_t bounded =
      std::clamp(static_cast<std::uint32_t>(moved), kLeastShare, (1U << kShareBits) - kLeastShare);
  value = bounded << kCountBits | std::min(lessons + 1, kMemory);
}

int EscapeShares::traced(int streak, std::uint64_t p) {
  const std::uint64_t one = std::uint64_t{1} << 32;
  if (2 * p > one) return std::min(streak + 1, kMaxStreak);
  return 10 * p > one ? streak / 2 : 0;
}

}  // namespace zipdream
