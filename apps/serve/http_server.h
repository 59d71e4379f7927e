// SPDX-License-Identifier: Apache-2.0
// cpp-httplib's server, which keeps a thread for each open connection, with connections that take a
// thread only while a request is read or answered.
#pragma once

#include <httplib.h>

#include <chrono>
#include <cstddef>
#include <memory>

#include "apps/serve/idle_connections.h"

namespace zipdream {

struct HttpLimits {
  std::size_t threads = 64;          // requests that are read or answered at once
  std::size_t connections = 16384;   // that may be open and idle
  std::chrono::seconds idle{60};     // a connection may be, before it is closed
  std::chrono::seconds request{30};  // that a request may take to arrive
  std::chrono::seconds write{5};     // a client may keep us from writing
};

// Raises the number of files that the process may open as far as it may, and returns how many of
// them connections may have.
[[nodiscard]] std::size_t connections_to_be_had(std::size_t wanted);

class HttpServer final : public httplib::Server {
 public:
  explicit HttpServer(const HttpLimits& limits);

 private:
  class Connection;
  class Tasks;

  bool process_and_close_socket(socket_t socket) override;

  HttpLimits limits_;
  std::unique_ptr<IdleConnections> idle_;
};

}  // namespace zipdream
