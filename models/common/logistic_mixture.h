// SPDX-License-Identifier: Apache-2.0
// A mixture of logistic distributions over the numbers, and the frequencies that it gives to
// symbols which are intervals of them (pixels, samples), as integers: what is coded is what any one
// symbol is asked for, or all of them at once, bit for bit.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace zipdream {

struct LogisticMixture {
  static constexpr std::size_t kMaxComponents = 16;

  std::size_t components = 0;
  std::array<double, kMaxComponents> weight;  // they sum to 1
  std::array<double, kMaxComponents> mean;
  std::array<double, kMaxComponents> sharpness;  // 1 / scale, above 0

  // The share of the distribution that lies below x, 0 to 1.
  [[nodiscard]] double below(double x) const;
};

// The symbols 0 to n - 1 in the order of the numbers that they stand for. Each has a part of
// 2^kTotalBits: its share of the mixture and at least `floor`, what all of them have alike.
// A view of its edges. Threads: const members may be called from many.
class MixtureFrequencies {
 public:
  static constexpr int kTotalBits = 26;
  static constexpr std::uint64_t kTotal = std::uint64_t{1} << kTotalBits;
  // Rounding may take 1 from a symbol of no share, which must then be left with 1.
  static constexpr std::uint32_t kMinFloor = 2;

  // edges[i] is between symbols i and i + 1: ascending, n - 1 of them. REQUIRES: they outlive this;
  // kMinFloor <= floor; n * floor <= kTotal.
  MixtureFrequencies(const LogisticMixture& mixture, std::span<const double> edges,
                     std::uint32_t floor);

  [[nodiscard]] std::size_t size() const { return edges_.size() + 1; }

  // The sum of the parts of all symbols before `symbol`. REQUIRES: symbol <= size().
  [[nodiscard]] std::uint64_t before(std::size_t symbol) const;

  // The symbol in whose part `target` lies. REQUIRES: target < kTotal.
  [[nodiscard]] std::size_t find(std::uint64_t target) const;

  // out[i] = before(i). REQUIRES: out.size() == size() + 1.
  void all_before(std::span<std::uint64_t> out) const;

 private:
  [[nodiscard]] std::uint64_t parts_of(double share, std::size_t symbol) const {
    return static_cast<std::uint64_t>(share * spread_) + symbol * floor_;
  }

  const LogisticMixture& mixture_;
  std::span<const double> edges_;
  std::uint32_t floor_;
  double spread_;  // parts that the mixture shares out
};

}  // namespace zipdream
