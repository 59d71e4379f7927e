// SPDX-License-Identifier: Apache-2.0
// The members of a mixture: predictors of bytes that see the same bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "zipdream/predictor.h"

namespace zipdream {

// A copy has clones of them.
// Threads: as those of a Predictor.
class Members {
 public:
  Members() = default;
  explicit Members(std::vector<std::unique_ptr<Predictor>> members)
      : members_(std::move(members)) {}
  Members(const Members& other);
  Members(Members&&) = default;
  Members& operator=(Members other) {
    members_.swap(other.members_);
    return *this;
  }
  ~Members() = default;

  void add(std::unique_ptr<Predictor> member) { members_.push_back(std::move(member)); }

  [[nodiscard]] std::size_t size() const { return members_.size(); }
  [[nodiscard]] Predictor& operator[](std::size_t i) { return *members_[i]; }
  [[nodiscard]] const Predictor& operator[](std::size_t i) const { return *members_[i]; }

  // out[256 m + b] = log2 P(b) of member m. REQUIRES: out.size() == 256 * size().
  void log2_probs(std::span<double> out) const;

  // ByteDecisions::all_decisions() of member m. REQUIRES: it has them.
  void all_decisions(std::size_t m, std::span<std::uint32_t, 256> out) const;

  // Runs them through known bytes, each for many at once where it is faster at that: for each byte
  // in turn `visit`, with log2_probs() before it. They may have seen more than that then. Throws
  // Interrupted as Predictor::teacher_force() does.
  using OnByte = std::function<void(Symbol byte, std::span<const double> log2_probs)>;
  void teacher_force(std::span<const Symbol> bytes, const OnByte& visit);

  // The same with what Predictor::score_symbols() gives of each member: log2_probs[m] = log2
  // P(byte).
  void score_symbols(std::span<const Symbol> bytes, const OnByte& visit);

  // Of all together.
  [[nodiscard]] std::uint64_t parameter_count() const;
  // Each that has something to say.
  [[nodiscard]] std::string describe() const;

 private:
  std::vector<std::unique_ptr<Predictor>> members_;
};

}  // namespace zipdream
