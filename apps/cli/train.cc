// SPDX-License-Identifier: Apache-2.0
// `zipdream train`: hands its command line to zipdream-train, which lies beside this program and
// links libtorch; so nobody else waits for that to load.
#include "apps/cli/train.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <vector>

#include "apps/cli/command.h"
#include "apps/cli/output.h"
#include "apps/cli/program_beside.h"
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
  return path_beside(kProgram, "build all, with libtorch-dev installed");
}

void run_trainer(const std::vector<std::string>& arguments) {
  std::vector<std::string> words = {trainer_path()};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> pointers = pointers_to(words);
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

int run(const std::vector<std::string>& words) {
  const auto help = help_asked_of(kProgram, words, [](std::span<char* const> argv) {
    TrainingOptions options;
    return parse_training_options(argv, options);
  });
  if (help) {
    print(*help);
    return kExitOk;
  }
  become(trainer_path(), words);
}

}  // namespace

Command add_train(CommandLine& line) {
  Arguments& args = line.add_command("train", kSummary, "");
  args.take_all_words();  // zipdream-train has options and a help of its own
  return {&args, [&args] { return run(args.words()); }};
}

}  // namespace zipdream
