// SPDX-License-Identifier: Apache-2.0
// The command line of `zipdream serve`, which zipdream-serve reads and zipdream explains.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "apps/cli/description.h"

namespace zipdream {

struct ServerOptions {
  std::string host = "127.0.0.1";
  int port = 8080;                  // 0: any that is free
  std::string api_key;              // empty: everybody may ask
  std::string cors_origin;          // whose pages may ask; empty: none
  std::size_t max_body = 1 << 20;   // bytes of a request
  std::size_t max_tokens = 65536;   // of a completion
  std::size_t jobs = 2;             // requests that compute at once
  std::size_t queue = 64;           // requests that may wait for these
  std::size_t requests = 128;       // that are read or answered at once
  std::size_t connections = 16384;  // that may be open beside them
};

struct ServeOptions {
  std::vector<std::string> models;
  ServerOptions server;
  std::size_t kept_prompts = 16;  // of each model
};

// Returns the help if it was asked for. Throws a usage Error for what makes no sense.
// REQUIRES: argv is main's, all of it.
[[nodiscard]] std::optional<std::string> parse_serve_options(std::span<char* const> argv,
                                                             ServeOptions& options);

// The command with its options, as CommandLine::describe() has them.
[[nodiscard]] CommandDescription describe_serve_options();

}  // namespace zipdream
