// SPDX-License-Identifier: Apache-2.0
#include "apps/cli/serve_options.h"

#include <fmt/format.h>

#include "apps/cli/arguments.h"
#include "zipdream/error.h"
#include "zipdream/runtime.h"
#include "zipdream/spec.h"

namespace zipdream {
namespace {

constexpr const char* kSummary = "Serves models by OpenAI's completions API over HTTP.";

constexpr const char* kExamples = R"(
  zipdream serve gzip:9 ppm:6 lm:english
  curl -s localhost:8080/v1/completions -d '{"model": "gzip:9", "prompt": "to be or not to be, to "}'
  zipdream serve lm:english --port 9000 --host 0.0.0.0 --api-key SECRET
)";

void add_limits(Arguments& args, ServeOptions& options) {
  ServerOptions& server = options.server;
  const auto add = [&](const char* names, std::size_t& target, const char* help) {
    return args.add(names, &target, help).group("Limits").type("N").shows_default();
  };
  add("--max-tokens", server.max_tokens, "Tokens that a completion may have").range(1, 1 << 24);
  add("--max-body", server.max_body, "Bytes that a request may have").range(1, 1 << 30).is_size();
  add("--jobs", server.jobs, "Requests that compute at once").range(1, 1024);
  add("--queue", server.queue, "Requests that may wait; further ones are told to come again")
      .range(0, 1 << 20);
  add("--requests", server.requests, "Requests that are read, answered or wait at once")
      .range(1, 4096);
  add("--connections", server.connections,
      "Idle connections that are kept, as far as the system lets it")
      .range(1, 1 << 20);
  add("--kept-prompts", options.kept_prompts,
      "Prompts of each model that are kept, so that what goes on from them costs only what is new")
      .range(0, 4096);
}

// The command line, and what its options set beside `options`.
struct ServeLine {
  CommandLine line{"zipdream", fmt::format("zipdream {}", version()), "", ""};
  Arguments& args = line.add_command("serve", kSummary, kExamples);
  std::size_t port;

  explicit ServeLine(ServeOptions& options) : port(static_cast<std::size_t>(options.server.port)) {
    args.add("MODEL", &options.models, "Models, the first of which is taken where none is named")
        .type("")
        .required();
    args.add("--port", &port, "Port; 0: any that is free")
        .range(0, 65535)
        .type("N")
        .shows_default();
    args.add("--host", &options.server.host, "Address of this machine to listen at; 0.0.0.0: all")
        .type("NAME")
        .shows_default();
    args.add("--api-key", &options.server.api_key, "Who asks has to send this as a bearer token")
        .type("KEY");
    args.add("--cors", &options.server.cors_origin, "Origin whose pages may ask; *: all")
        .type("ORIGIN");
    add_limits(args, options);
  }
};

}  // namespace

CommandDescription describe_serve_options() {
  ServeOptions options;
  return ServeLine(options).line.describe().commands.at(0);
}

std::optional<std::string> parse_serve_options(std::span<char* const> argv, ServeOptions& options) {
  ServeLine serve(options);
  // The words of `zipdream serve`, whose name this program's own one stands for.
  std::string name = serve.args.name();
  std::vector<char*> words(argv.begin(), argv.end());
  words.insert(words.begin() + 1, name.data());
  if (const CommandLine::Asked asked = serve.line.read(words); asked.text) return asked.text;
  options.server.port = static_cast<int>(serve.port);
  // A mistyped name is told before anything is loaded.
  for (const std::string& model : options.models) (void)Spec::parse(model);
  return std::nullopt;
}

}  // namespace zipdream
