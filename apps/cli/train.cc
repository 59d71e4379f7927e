// SPDX-License-Identifier: Apache-2.0
// `zipdream train`: hands its command line to zipdream-train, which lies beside this program and
// links libtorch; so nobody else waits for that to load.
#include "apps/cli/train.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

#include "apps/cli/command.h"
#include "apps/cli/output.h"
#include "apps/cli/train_options.h"
#include "base/process.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

constexpr const char* kSummary = "Trains a language model on texts.";
constexpr const char* kProgram = "zipdream-train";

// The exit status of a process, as wait() has it.
int wait_for(pid_t process) {
  int status = 0;
  while (waitpid(process, &status, 0) < 0) {
    if (errno != EINTR) throw Error(fmt::format("{}: {}", kProgram, std::strerror(errno)));
  }
  return status;
}

}  // namespace

std::string trainer_path() {
  std::error_code error;
  const std::filesystem::path self = std::filesystem::read_symlink("/proc/self/exe", error);
  const std::filesystem::path path = self.parent_path() / kProgram;
  if (std::filesystem::exists(path, error)) return path.string();
  throw Error(
      fmt::format("train: {} is not beside this program, where it would be built together with it; "
                  "build all, with libtorch-dev installed",
                  kProgram));
}

void run_trainer(const std::vector<std::string>& arguments) {
  std::vector<std::string> words = {trainer_path()};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> pointers;
  pointers.reserve(words.size() + 1);
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  posix_spawn_file_actions_t actions{};
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  pid_t process = 0;
  const int error = posix_spawn(&process, pointers[0], &actions, nullptr, pointers.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) throw Error(fmt::format("{}: can't be run: {}", words[0], std::strerror(error)));
  const int status = wait_for(process);  // Ctrl-C reaches it as well
  check_interrupt();
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return;
  throw Error(fmt::format("{}: failed; what it said stands above", kProgram));
}

namespace {

// What the words ask to be told of `zipdream train`; nothing where they ask for none.
std::optional<std::string> help_for(const std::vector<std::string>& words) {
  const bool asks = std::ranges::any_of(
      words, [](const std::string& word) { return word == "--help" || word == "-h"; });
  if (!asks) return std::nullopt;
  std::vector<std::string> all = {"zipdream-train"};
  all.insert(all.end(), words.begin(), words.end());
  std::vector<char*> pointers;
  pointers.reserve(all.size());
  for (std::string& word : all) pointers.push_back(word.data());
  TrainingOptions options;
  return parse_training_options(pointers, options);
}

int run(std::vector<std::string> arguments) {
  if (const auto help = help_for(arguments)) {  // even where the other program isn't built
    print(*help);
    return kExitOk;
  }
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
