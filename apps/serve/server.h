// SPDX-License-Identifier: Apache-2.0
// The HTTP server: OpenAI's completions API over models, and ours for distributions and scores.
// openapi.json describes all of it.
#pragma once

#include <memory>
#include <vector>

#include "apps/cli/serve_options.h"
#include "apps/serve/served_model.h"

namespace zipdream {

class Server {
 public:
  // REQUIRES: there is a model, and each name is there once.
  Server(std::vector<std::unique_ptr<const ServedModel>> models, const ServerOptions& options);
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  ~Server();

  // Takes the port and returns it. Throws Error when it can't be had.
  int bind();

  // Serves until stop() is called, and what runs has finished. REQUIRES: bind().
  void run();

  // May be called from any thread.
  void stop();

 private:
  class Routes;
  std::unique_ptr<Routes> routes_;
};

}  // namespace zipdream
