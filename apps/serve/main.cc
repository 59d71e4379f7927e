// SPDX-License-Identifier: Apache-2.0
// zipdream-serve, which `zipdream serve` runs: a program of its own, because its HTTP library loads
// OpenSSL. Parse, load, serve until SIGINT or SIGTERM.
#include <fmt/format.h>
#include <pthread.h>
#include <signal.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "apps/cli/arguments.h"
#include "apps/cli/output.h"
#include "apps/cli/serve_options.h"
#include "apps/serve/server.h"
#include "zipdream/error.h"
#include "zipdream/runtime.h"

namespace zipdream {
namespace {

constexpr int kExitFailure = 1;
constexpr int kExitUsage = 2;

sigset_t stopping_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  return signals;
}

// What runs is finished at the first signal; the second one ends the program at once.
void serve(const ServeOptions& options) {
  std::vector<std::unique_ptr<const ServedModel>> models;
  for (const std::string& spec : options.models) {
    const auto is_it = [&](const auto& other) { return other->name() == spec; };
    if (std::any_of(models.begin(), models.end(), is_it)) continue;
    models.push_back(std::make_unique<const ServedModel>(spec, options.kept_prompts));
  }
  Server server(std::move(models), options.server);
  const int port = server.bind();
  fmt::print("listening on http://{}:{}\n", options.server.host, port);
  std::fflush(stdout);
  std::thread stopping([&server] {
    sigset_t signals = stopping_signals();
    int signal = 0;
    sigwait(&signals, &signal);
    pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
    server.stop();
  });
  stopping.detach();
  server.run();
}

int run(int argc, char** argv) {
  const sigset_t signals = stopping_signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  signal(SIGPIPE, SIG_IGN);
  ServeOptions options;
  if (const auto text = parse_serve_options({argv, static_cast<std::size_t>(argc)}, options)) {
    fmt::print("{}", *text);
    return 0;
  }
  // Requests run side by side; one of them gets no more than its own thread.
  set_thread_count(1);
  serve(options);
  return 0;
}

}  // namespace
}  // namespace zipdream

int main(int argc, char** argv) {
  try {
    return zipdream::run(argc, argv);
  } catch (const zipdream::Error& error) {
    zipdream::tell(error.what());
    return error.kind() == zipdream::Error::Kind::kUsage ? zipdream::kExitUsage
                                                         : zipdream::kExitFailure;
  } catch (const std::exception& error) {
    zipdream::tell(error.what());
    return zipdream::kExitFailure;
  }
}
