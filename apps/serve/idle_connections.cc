// SPDX-License-Identifier: Apache-2.0
#include "apps/serve/idle_connections.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <string_view>
#include <utility>

#include "zipdream/error.h"

namespace zipdream {
namespace {

constexpr std::size_t kMaxHead = 8192;  // what is longer is read, and refused

}  // namespace

bool has_request(int socket) {
  std::array<char, kMaxHead> ahead{};
  const ssize_t count = recv(socket, ahead.data(), ahead.size(), MSG_PEEK | MSG_DONTWAIT);
  if (count < 0) return errno != EAGAIN && errno != EWOULDBLOCK;
  const std::string_view head(ahead.data(), static_cast<std::size_t>(count));
  return head.empty() || head.size() == kMaxHead || head.find("\r\n\r\n") != head.npos;
}

IdleConnections::IdleConnections(std::size_t most, std::chrono::seconds patience, OnReady on_ready)
    : most_(most),
      patience_(patience),
      on_ready_(std::move(on_ready)),
      poll_(epoll_create1(EPOLL_CLOEXEC)),
      wake_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = wake_;
  if (poll_ < 0 || wake_ < 0 || epoll_ctl(poll_, EPOLL_CTL_ADD, wake_, &event) != 0) {
    if (poll_ >= 0) close(poll_);
    if (wake_ >= 0) close(wake_);
    throw Error(Error::Kind::kFailure, "server", "has no means to wait for its clients",
                "let it have more open files (ulimit -n)");
  }
  thread_ = std::thread([this] { run(); });
}

IdleConnections::~IdleConnections() {
  stop();
  close(poll_);
  close(wake_);
}

void IdleConnections::wait(int socket) {
  const std::lock_guard lock(mutex_);
  epoll_event event{};
  // At every arrival, as what is there already may be the beginning of a request.
  event.events = EPOLLIN | EPOLLRDHUP | EPOLLET;
  event.data.fd = socket;
  if (stopped_ || epoll_ctl(poll_, EPOLL_CTL_ADD, socket, &event) != 0) {
    close(socket);
    return;
  }
  if (waiting_.size() >= most_) close_longest();
  // The first one sets the time that the thread waits.
  if (waiting_.empty()) eventfd_write(wake_, 1);
  waiting_.push_back({socket, Clock::now()});
  places_[socket] = std::prev(waiting_.end());
}

void IdleConnections::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    eventfd_write(wake_, 1);
  }
  if (thread_.joinable()) thread_.join();
  const std::lock_guard lock(mutex_);
  while (!waiting_.empty()) close_longest();
}

void IdleConnections::close_longest() {
  const int socket = waiting_.front().socket;
  places_.erase(socket);
  waiting_.pop_front();
  close(socket);  // which takes it out of the poll, too
}

int IdleConnections::milliseconds_to_wait() const {
  if (waiting_.empty()) return -1;
  const auto left = waiting_.front().since + patience_ - Clock::now();
  const auto whole = std::chrono::ceil<std::chrono::milliseconds>(left).count();
  return static_cast<int>(whole > 0 ? whole : 0);
}

void IdleConnections::hand_over(int socket) {
  {
    const std::lock_guard lock(mutex_);
    const auto place = places_.find(socket);
    if (stopped_ || place == places_.end()) return;  // it was closed since
    if (!has_request(socket)) return;
    waiting_.erase(place->second);
    places_.erase(place);
    epoll_ctl(poll_, EPOLL_CTL_DEL, socket, nullptr);
  }
  on_ready_(socket);
}

void IdleConnections::run() {
  std::array<epoll_event, 64> events{};
  while (true) {
    int milliseconds = 0;
    {
      const std::lock_guard lock(mutex_);
      if (stopped_) return;
      const auto now = Clock::now();
      while (!waiting_.empty() && waiting_.front().since + patience_ <= now) close_longest();
      milliseconds = milliseconds_to_wait();
    }
    const int count = epoll_wait(poll_, events.data(), events.size(), milliseconds);
    for (int i = 0; i < count; ++i) {
      const int socket = events[static_cast<std::size_t>(i)].data.fd;
      if (socket == wake_) {
        eventfd_t value = 0;
        eventfd_read(wake_, &value);
      } else {
        hand_over(socket);
      }
    }
  }
}

}  // namespace zipdream
