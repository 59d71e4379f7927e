// SPDX-License-Identifier: Apache-2.0
// `zipdream train`: hands its command line to zipdream-train, which lies beside this program and
// links libtorch; so nobody else waits for that to load.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "apps/cli/command.h"
#include "apps/cli/output.h"
#include "apps/cli/trainer.h"
#include "apps/train/options.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

constexpr const char* kSummary = "Trains a language model on texts.";

// What the words ask to be told of `zipdream train`; nothing where they ask for none.
std::optional<std::string> help_for(const std::vector<std::string>& words) {
  const bool asks = std::ranges::any_of(
      words, [](const std::string& word) { return word == "--help" || word == "-h"; });
  if (!asks) return std::nullopt;
  std::vector<std::string> all = {"zipdream-train"};
  all.insert(all.end(), words.begin(), words.end());
  std::vector<char*> pointers;
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
