// SPDX-License-Identifier: Apache-2.0
// What the passes through a model's layers have in common: loops and products of a matrix that all
// threads share, the same bits on any number of them.
#pragma once

#include <algorithm>
#include <cstddef>

#include "base/parallel.h"
#include "models/lm/kernels.h"
#include "models/lm/weights.h"

namespace zipdream {

// Multiply-adds that are worth a range of their own, a microsecond or two, and those that are worth
// other threads.
inline constexpr std::size_t kMinWork = std::size_t{1} << 16;
inline constexpr std::size_t kMinShared = 4 * kMinWork;

// body(begin, end) over [0, count), each item taking `work` multiply-adds. Ranges are so many that
// a thread which others keep from working holds up little.
template <typename Body>
void share_work(std::size_t count, std::size_t work, const Body& body) {
  const auto threads = static_cast<std::size_t>(thread_count());
  if (threads == 1 || count * work < kMinShared) return body(std::size_t{0}, count);
  constexpr std::size_t kRangesPerThread = 4;
  const std::size_t most = threads * kRangesPerThread;
  parallel_for_short(count, std::max({std::size_t{1}, kMinWork / work, (count + most - 1) / most}),
                     body);
}

// Memory for so many items. One for each thread, valid until it asks again.
template <typename T>
T* scratch(std::size_t count) {
  static thread_local Aligned<T> memory;
  if (memory.size() < count) memory.resize(count);
  return memory.data();
}

// y[row] = matrix x[row], on several threads where that is worth it.
void multiply(const Kernels& kernels, const Matrix& matrix, const float* x, std::size_t x_stride,
              std::size_t rows, float* y, std::size_t y_stride);

}  // namespace zipdream
