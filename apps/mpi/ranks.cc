// SPDX-License-Identifier: Apache-2.0
#include "apps/mpi/ranks.h"

#include <mpi.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "base/process.h"

namespace zipdream {

Ranks::Ranks(int& argc, char**& argv) {
  int provided = 0;
  MPI_Init_thread(&argc, &argv, MPI_THREAD_FUNNELED, &provided);
  MPI_Comm_rank(MPI_COMM_WORLD, &rank_);
  MPI_Comm_size(MPI_COMM_WORLD, &count_);
  std::string name(MPI_MAX_PROCESSOR_NAME, '\0');
  int length = 0;
  MPI_Get_processor_name(name.data(), &length);
  host_ = name.substr(0, static_cast<std::size_t>(length));
}

Ranks::~Ranks() { MPI_Finalize(); }

void Ranks::send(int to, int kind, std::string_view text) const {
  MPI_Send(text.data(), static_cast<int>(text.size()), MPI_CHAR, to, kind, MPI_COMM_WORLD);
}

std::optional<Ranks::Message> Ranks::poll() const {
  int is_there = 0;
  MPI_Status status{};
  MPI_Iprobe(MPI_ANY_SOURCE, MPI_ANY_TAG, MPI_COMM_WORLD, &is_there, &status);
  if (is_there == 0) return std::nullopt;
  int size = 0;
  MPI_Get_count(&status, MPI_CHAR, &size);
  Message message{status.MPI_SOURCE, status.MPI_TAG,
                  std::string(static_cast<std::size_t>(size), 0)};
  MPI_Recv(message.text.data(), size, MPI_CHAR, message.from, message.kind, MPI_COMM_WORLD,
           MPI_STATUS_IGNORE);
  return message;
}

Ranks::Message Ranks::wait() const {
  constexpr std::chrono::microseconds kLongest(1000);
  for (std::chrono::microseconds pause(10);; pause = std::min(2 * pause, kLongest)) {
    if (auto message = poll()) return std::move(*message);
    check_interrupt();
    std::this_thread::sleep_for(pause);
  }
}

}  // namespace zipdream
