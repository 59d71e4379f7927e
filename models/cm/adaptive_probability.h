// SPDX-License-Identifier: Apache-2.0
// A probability of a binary decision that moves to what comes, first fast, then slowly: after n
// lessons by 1 / (n + 3/2) of the way, as the mean of all would, until n reaches a limit.
#pragma once

#include <array>
#include <cassert>
#include <cstddef>
#include <cstdint>

namespace zipdream {

namespace learnt_probability {

inline constexpr int kStepBits = 16;

// The part of the way that a lesson moves, after so many.
constexpr std::array<std::int32_t, 1024> make_steps() {
  std::array<std::int32_t, 1024> steps{};
  for (std::int32_t n = 0; n < static_cast<std::int32_t>(steps.size()); ++n) {
    steps[static_cast<std::size_t>(n)] = (2 << kStepBits) / (2 * n + 3);
  }
  return steps;
}

inline constexpr auto kSteps = make_steps();

}  // namespace learnt_probability

class AdaptiveProbability {
 public:
  static constexpr std::uint32_t kMostLessons = 1023;

  AdaptiveProbability() = default;

  // As if ones / bits had been seen in so many lessons.
  static constexpr AdaptiveProbability of(std::uint32_t ones, std::uint32_t bits,
                                          std::uint32_t lessons) {
    AdaptiveProbability made;
    made.value_ = (kOne * (2 * ones + 1) / (2 * bits + 2)) << kLessonBits | lessons;
    return made;
  }

  // In 2^-16; below 2^16.
  [[nodiscard]] std::int32_t p() const { return static_cast<std::int32_t>(value_ >> 16); }

  // REQUIRES: limit <= kMostLessons.
  void learn(bool bit, std::uint32_t limit) {
    assert(limit <= kMostLessons);
    const std::uint32_t lessons = value_ & kMostLessons;
    const auto p = static_cast<std::int64_t>(value_ >> kLessonBits);
    const std::int64_t way = (bit ? std::int64_t{kOne} : 0) - p;
    const auto moved = static_cast<std::uint32_t>(
        p + (way * learnt_probability::kSteps[lessons] >> learnt_probability::kStepBits));
    value_ = moved << kLessonBits | (lessons < limit ? lessons + 1 : limit);
  }

 private:
  static constexpr int kLessonBits = 10;
  static constexpr std::uint32_t kOne = (1U << 22) - 1;

  std::uint32_t value_ = 1U << 31;  // the probability in 2^-22, then the lessons
};

}  // namespace zipdream
