// SPDX-License-Identifier: Apache-2.0
// `zipdream train`: hands its command line to zipdream-train, which lies beside this program and
// links libtorch; so nobody else waits for that to load.
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "cli/command.h"

namespace zipdream {
namespace {

constexpr const char* kSummary = "Trains a language model on texts.";
constexpr const char* kProgram = "zipdream-train";

std::filesystem::path trainer_path() {
  std::error_code error;
  const std::filesystem::path self = std::filesystem::read_symlink("/proc/self/exe", error);
  return self.parent_path() / kProgram;
}

int run(std::vector<std::string> arguments) {
  const std::string path = trainer_path().string();
  if (!std::filesystem::exists(path)) {
    throw Error(
        fmt::format("train: {} is not beside this program, as it was built without libtorch; "
                    "install libtorch-dev and build again",
                    kProgram));
  }
  arguments.insert(arguments.begin(), kProgram);
  std::vector<char*> pointers;
  for (std::string& argument : arguments) pointers.push_back(argument.data());
  pointers.push_back(nullptr);
  execv(path.c_str(), pointers.data());
  throw Error(fmt::format("{}: can't be run: {}", path, std::strerror(errno)));
}

}  // namespace

Command add_train(CLI::App& application) {
  CLI::App* app = application.add_subcommand("train", kSummary);
  app->set_help_flag();  // zipdream-train has its own
  app->prefix_command();
  app->fallthrough(false);  // nor does it know the options for all commands
  return {app, "", [app] { return run(app->remaining()); }};
}

}  // namespace zipdream
