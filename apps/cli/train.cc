// SPDX-License-Identifier: Apache-2.0
// `zipdream train`: hands its command line to zipdream-train, which lies beside this program and
// links libtorch; so nobody else waits for that to load.
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "apps/cli/command.h"
#include "apps/cli/trainer.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

constexpr const char* kSummary = "Trains a language model on texts.";

int run(std::vector<std::string> arguments) {
  const std::string path = trainer_path();
  arguments.insert(arguments.begin(), path);
  std::vector<char*> pointers;
  pointers.reserve(arguments.size() + 1);
  for (std::string& argument : arguments) pointers.push_back(argument.data());
  pointers.push_back(nullptr);
  execv(path.c_str(), pointers.data());
  throw Error(fmt::format("{}: can't be run: {}", path, std::strerror(errno)));
}

}  // namespace

Command add_train(CommandLine& line) {
  Arguments& args = line.add_command("train", kSummary, "");
  args.take_all_words();  // zipdream-train has options and a help of its own
  return {&args, [&args] { return run(args.words()); }};
}

}  // namespace zipdream
