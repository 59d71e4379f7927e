// SPDX-License-Identifier: Apache-2.0
// `zipdream serve`: hands its command line to zipdream-serve.
#include "apps/cli/command.h"
#include "apps/cli/output.h"
#include "apps/cli/program_beside.h"
#include "apps/cli/serve_options.h"

namespace zipdream {
namespace {

constexpr const char* kProgram = "zipdream-serve";

int run(const std::vector<std::string>& words) {
  const auto help = help_asked_of(kProgram, words, [](std::span<char* const> argv) {
    ServeOptions options;
    return parse_serve_options(argv, options);
  });
  if (help) {
    print(*help);
    return kExitOk;
  }
  become(path_beside(kProgram, "build all, with libcpp-httplib-dev installed"), words);
}

}  // namespace

Command add_serve(CommandLine& line) {
  Arguments& args =
      line.add_command("serve", "Serves models by OpenAI's completions API over HTTP.", "");
  args.take_all_words();  // zipdream-serve has options and a help of its own
  return {&args, [&args] { return run(args.words()); }};
}

}  // namespace zipdream
