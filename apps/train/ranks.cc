// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <mpi.h>

#include <chrono>
#include <exception>
#include <thread>

#include "apps/cli/output.h"
#include "apps/train/make_peers.h"

namespace zipdream {
namespace {

constexpr int kTag = 0;

// A rank that is gone, or an error, ends all: that is what MPI_COMM_WORLD does unless told.
class Ranks final : public Peers {
 public:
  Ranks(int argc, char** argv) {
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank_);
    MPI_Comm_size(MPI_COMM_WORLD, &count_);
  }
  // All ranks come to their end together, but for one that an error ends: see leave_peers().
  ~Ranks() override {
    if (std::uncaught_exceptions() == 0) MPI_Finalize();
  }

  std::size_t rank() const override { return static_cast<std::size_t>(rank_); }
  std::size_t count() const override { return static_cast<std::size_t>(count_); }

  void send(std::size_t to, std::span<const float> numbers) override {
    MPI_Send(numbers.data(), static_cast<int>(numbers.size()), MPI_FLOAT, static_cast<int>(to),
             kTag, MPI_COMM_WORLD);
  }

  void receive(std::size_t from, std::span<float> numbers) override {
    MPI_Recv(numbers.data(), static_cast<int>(numbers.size()), MPI_FLOAT, static_cast<int>(from),
             kTag, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
  }

  void broadcast(std::span<float> numbers) override {
    MPI_Bcast(numbers.data(), static_cast<int>(numbers.size()), MPI_FLOAT, 0, MPI_COMM_WORLD);
  }

  void broadcast(std::string& text) override {
    int size = static_cast<int>(text.size());
    MPI_Bcast(&size, 1, MPI_INT, 0, MPI_COMM_WORLD);
    text.resize(static_cast<std::size_t>(size));
    MPI_Bcast(text.data(), size, MPI_CHAR, 0, MPI_COMM_WORLD);
  }

 private:
  int rank_ = 0;
  int count_ = 1;
};

int rank_now() {
  int is_begun = 0;
  int is_ended = 0;
  int rank = 0;
  MPI_Initialized(&is_begun);
  MPI_Finalized(&is_ended);
  if (is_begun != 0 && is_ended == 0) MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  return rank;
}

}  // namespace

std::unique_ptr<Peers> make_peers(int argc, char** argv) {
  return std::make_unique<Ranks>(argc, argv);
}

void tell_of_rank(const std::string& text) {
  const int rank = rank_now();
  if (rank == 0) return tell(text);
  std::this_thread::sleep_for(std::chrono::seconds(2));
  tell(fmt::format("rank {}: {}", rank, text));
}

void leave_peers(int code) {
  int is_begun = 0;
  int is_ended = 0;
  MPI_Initialized(&is_begun);
  MPI_Finalized(&is_ended);
  if (is_begun != 0 && is_ended == 0) MPI_Abort(MPI_COMM_WORLD, code);
}

}  // namespace zipdream
