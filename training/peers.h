// SPDX-License-Identifier: Apache-2.0
// Processes that train one model together: each computes the gradients of some micro-batches, and
// rank 0 has all sums, the optimizer and the folder. How they talk is a client's business
// (apps/train): the trainer knows no more than this.
#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace zipdream {

// Threads: one at a time. All ranks call broadcast() in the same order. A rank that is gone ends
// all of them.
class Peers {
 public:
  Peers() = default;
  virtual ~Peers() = default;
  Peers(const Peers&) = delete;
  Peers& operator=(const Peers&) = delete;

  [[nodiscard]] virtual std::size_t rank() const = 0;
  [[nodiscard]] virtual std::size_t count() const = 0;

  // The receiver asks for as many numbers as are sent.
  virtual void send(std::size_t to, std::span<const float> numbers) = 0;
  virtual void receive(std::size_t from, std::span<float> numbers) = 0;

  // Everyone has what rank 0 has. REQUIRES: as many numbers everywhere.
  virtual void broadcast(std::span<float> numbers) = 0;
  virtual void broadcast(std::string& text) = 0;
};

// The micro-batches of a step that a rank computes: [begin, end) of `micro_batches`.
struct Share {
  std::size_t begin;
  std::size_t end;
};
[[nodiscard]] inline Share share_of(std::size_t rank, std::size_t ranks,
                                    std::size_t micro_batches) {
  return {rank * micro_batches / ranks, (rank + 1) * micro_batches / ranks};
}

// Whose that micro-batch is. REQUIRES: ranks <= micro_batches.
[[nodiscard]] inline std::size_t owner_of(std::size_t micro_batch, std::size_t ranks,
                                          std::size_t micro_batches) {
  std::size_t rank = 0;
  while (share_of(rank, ranks, micro_batches).end <= micro_batch) ++rank;
  return rank;
}

}  // namespace zipdream
