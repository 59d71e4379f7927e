// SPDX-License-Identifier: Apache-2.0
// Connections that have no request to make wait here, so that they take no thread. The beginning of
// a request is none yet: who sends a byte now and then keeps nobody else waiting.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <list>
#include <mutex>
#include <thread>
#include <unordered_map>

namespace zipdream {

// Whether there is all of a request's head to read, or its client is gone: whoever reads it then
// does not wait.
[[nodiscard]] bool has_request(int socket);

// Threads: wait() and stop() may be called from any.
class IdleConnections {
 public:
  // Called with a connection that has_request(), on a thread of this object's; from then on it is
  // the callee's.
  using OnReady = std::function<void(int socket)>;

  // Of more than `most` connections those that have waited longest are closed, as are those that
  // wait longer than `patience`. Throws Error when the system has no means to wait.
  IdleConnections(std::size_t most, std::chrono::seconds patience, OnReady on_ready);
  IdleConnections(const IdleConnections&) = delete;
  IdleConnections& operator=(const IdleConnections&) = delete;
  ~IdleConnections();

  // Takes a connection and will close it, unless it is handed to on_ready().
  void wait(int socket);

  // Closes all connections, also those that come later. on_ready() is not called any more.
  void stop();

 private:
  using Clock = std::chrono::steady_clock;
  struct Waiting {
    int socket;
    Clock::time_point since;
  };

  void run();
  void hand_over(int socket);
  // These expect the lock to be held.
  void close_longest();
  [[nodiscard]] int milliseconds_to_wait() const;

  std::size_t most_;
  std::chrono::seconds patience_;
  OnReady on_ready_;
  int poll_;
  int wake_;  // an event that ends the waiting
  std::mutex mutex_;
  bool stopped_ = false;
  std::list<Waiting> waiting_;  // the longest first
  std::unordered_map<int, std::list<Waiting>::iterator> places_;
  std::thread thread_;
};

}  // namespace zipdream
