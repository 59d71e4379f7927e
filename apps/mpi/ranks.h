// SPDX-License-Identifier: Apache-2.0
// The processes of one mpirun, and texts from one to another: all that is known of MPI here.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace zipdream {

// Threads: members are for the thread that made it.
class Ranks {
 public:
  // MPI_Init(). `argc` and `argv` are main's. One at a time, once in a process.
  Ranks(int& argc, char**& argv);
  // MPI_Finalize(), which waits for all ranks.
  ~Ranks();
  Ranks(const Ranks&) = delete;
  Ranks& operator=(const Ranks&) = delete;

  [[nodiscard]] int rank() const { return rank_; }
  [[nodiscard]] int count() const { return count_; }
  [[nodiscard]] const std::string& host() const { return host_; }

  // What a message is: a client's own numbers, 0 and above.
  struct Message {
    int from = 0;
    int kind = 0;
    std::string text;
  };

  // Returns when the text may be forgotten, which is perhaps when it was received.
  void send(int to, int kind, std::string_view text = {}) const;

  // The next message from anyone, if one is there. Messages of one rank come in their order.
  [[nodiscard]] std::optional<Message> poll() const;

  // The next message. Sleeps meanwhile, longer and longer up to a millisecond, so that ranks that
  // wait leave the cores to those that work. Throws Interrupted when the user asks to stop.
  [[nodiscard]] Message wait() const;

 private:
  int rank_ = 0;
  int count_ = 1;
  std::string host_;
};

}  // namespace zipdream
