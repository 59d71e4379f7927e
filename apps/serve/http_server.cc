// SPDX-License-Identifier: Apache-2.0
#include "apps/serve/http_server.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace zipdream {
namespace {

using Clock = std::chrono::steady_clock;

// Answers on one connection, after which it is closed.
constexpr std::size_t kMostRequests = 10000;

// Whether the socket is ready, as poll() has it, before the deadline.
bool is_ready(int socket, short events, Clock::time_point deadline) {
  while (true) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
    pollfd asked{socket, events, 0};
    const int result = poll(&asked, 1, static_cast<int>(std::max<long>(left.count(), 0)));
    if (result >= 0 || errno != EINTR) return result > 0;
  }
}

bool is_ready_now(int socket, short events) { return is_ready(socket, events, {}); }

void name_of(const sockaddr_storage& address, socklen_t size, std::string& ip, int& port) {
  std::array<char, NI_MAXHOST> host{};
  std::array<char, NI_MAXSERV> service{};
  const int failed =
      getnameinfo(reinterpret_cast<const sockaddr*>(&address), size, host.data(), host.size(),
                  service.data(), service.size(), NI_NUMERICHOST | NI_NUMERICSERV);
  if (failed != 0) return;
  ip = host.data();
  port = std::stoi(service.data());
}

}  // namespace

std::size_t connections_to_be_had(std::size_t wanted) {
  constexpr std::size_t kOthers = 256;  // files that are no idle connections
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return wanted;
  const rlim_t asked = std::min<rlim_t>(limit.rlim_max, wanted + kOthers);
  if (limit.rlim_cur < asked) {
    limit.rlim_cur = asked;
    setrlimit(RLIMIT_NOFILE, &limit);
    getrlimit(RLIMIT_NOFILE, &limit);
  }
  const std::size_t all = limit.rlim_cur;
  return std::min(wanted, all > 2 * kOthers ? all - kOthers : all / 2);
}

// What has been read of it ahead stays until the next request asks. The time that a request may
// take to arrive begins with begin_request().
class HttpServer::Connection final : public httplib::Stream {
 public:
  Connection(int socket, const HttpLimits& limits) : socket_(socket), limits_(limits) {}

  void begin_request() { deadline_ = Clock::now() + limits_.request; }
  [[nodiscard]] bool has_more() const { return at_ < end_ || has_request(socket_); }

  [[nodiscard]] bool is_readable() const override {
    return at_ < end_ || is_ready(socket_, POLLIN, deadline_);
  }

  // False also when the client is gone, which is seen by the end of what it sends.
  [[nodiscard]] bool is_writable() const override {
    if (!is_ready_now(socket_, POLLOUT)) return false;
    if (!is_ready_now(socket_, POLLIN)) return true;
    char next = 0;
    return recv(socket_, &next, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
  }

  ssize_t read(char* to, std::size_t size) override {
    if (at_ == end_) {
      if (!is_ready(socket_, POLLIN, deadline_)) return -1;
      const ssize_t got = recv(socket_, ahead_.data(), ahead_.size(), 0);
      if (got <= 0) return got;
      at_ = 0;
      end_ = static_cast<std::size_t>(got);
    }
    const std::size_t count = std::min(size, end_ - at_);
    std::memcpy(to, ahead_.data() + at_, count);
    at_ += count;
    return static_cast<ssize_t>(count);
  }

  ssize_t write(const char* from, std::size_t size) override {
    if (!is_ready(socket_, POLLOUT, Clock::now() + limits_.write)) return -1;
    return send(socket_, from, size, MSG_NOSIGNAL | MSG_DONTWAIT);
  }

  void get_remote_ip_and_port(std::string& ip, int& port) const override {
    sockaddr_storage address{};
    socklen_t size = sizeof(address);
    if (getpeername(socket_, reinterpret_cast<sockaddr*>(&address), &size) == 0) {
      name_of(address, size, ip, port);
    }
  }
  void get_local_ip_and_port(std::string& ip, int& port) const override {
    sockaddr_storage address{};
    socklen_t size = sizeof(address);
    if (getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size) == 0) {
      name_of(address, size, ip, port);
    }
  }
  [[nodiscard]] socket_t socket() const override { return socket_; }

 private:
  int socket_;
  const HttpLimits& limits_;
  Clock::time_point deadline_;
  std::array<char, 4096> ahead_{};
  std::size_t at_ = 0;
  std::size_t end_ = 0;
};

// The library's threads, which no idle connection is given to once they are asked to end.
class HttpServer::Tasks final : public httplib::TaskQueue {
 public:
  explicit Tasks(HttpServer& server) : server_(server), pool_(server.limits_.threads) {
    server_.idle_ = std::make_unique<IdleConnections>(
        server_.limits_.connections, server_.limits_.idle, [this](int socket) {
          enqueue([this, socket] { server_.process_and_close_socket(socket); });
        });
  }

  void enqueue(std::function<void()> task) override { pool_.enqueue(std::move(task)); }
  void shutdown() override {
    server_.idle_->stop();
    pool_.shutdown();
  }

 private:
  HttpServer& server_;
  httplib::ThreadPool pool_;
};

HttpServer::HttpServer(const HttpLimits& limits) : limits_(limits) {
  new_task_queue = [this] { return new Tasks(*this); };
  // What clients are told.
  set_keep_alive_timeout(limits_.idle.count());
  set_keep_alive_max_count(kMostRequests);
}

// Answers what the client has sent; then the connection waits for more of it.
bool HttpServer::process_and_close_socket(socket_t socket) {
  Connection connection(socket, limits_);
  bool is_closed = false;
  for (std::size_t request = 0; request < kMostRequests && !is_closed; ++request) {
    if (!connection.has_more()) {
      idle_->wait(socket);
      return true;
    }
    connection.begin_request();
    if (!process_request(connection, request + 1 == kMostRequests, is_closed, nullptr)) break;
  }
  shutdown(socket, SHUT_RDWR);
  close(socket);
  return true;
}

}  // namespace zipdream
