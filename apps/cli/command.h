// SPDX-License-Identifier: Apache-2.0
// The commands. Each add_... declares a command and its options on the command line and returns
// what runs it once that was read; one file per command. Errors are thrown (zipdream/error.h) and
// printed by main alone.
#pragma once

#include <functional>
#include <span>

#include "apps/cli/arguments.h"

namespace zipdream {

struct Command {
  const Arguments* arguments = nullptr;  // the command line owns them
  std::function<int()> run;              // returns the exit code
};

// `argv` are main's arguments, for the record; they outlive the command.
[[nodiscard]] Command add_generate(CommandLine& line);
[[nodiscard]] Command add_compare(CommandLine& line, std::span<char* const> argv);
[[nodiscard]] Command add_predict(CommandLine& line);
[[nodiscard]] Command add_score(CommandLine& line);
[[nodiscard]] Command add_compress(CommandLine& line);
[[nodiscard]] Command add_decompress(CommandLine& line);
[[nodiscard]] Command add_test(CommandLine& line);
[[nodiscard]] Command add_train(CommandLine& line);
[[nodiscard]] Command add_serve(CommandLine& line);
[[nodiscard]] Command add_rates(CommandLine& line, std::span<char* const> argv);
[[nodiscard]] Command add_in_context(CommandLine& line, std::span<char* const> argv);
[[nodiscard]] Command add_scaling(CommandLine& line, std::span<char* const> argv);
[[nodiscard]] Command add_tokenization(CommandLine& line, std::span<char* const> argv);
[[nodiscard]] Command add_merge(CommandLine& line, std::span<char* const> argv);
[[nodiscard]] Command add_list(CommandLine& line);
[[nodiscard]] Command add_models(CommandLine& line);
[[nodiscard]] Command add_info(CommandLine& line);

inline constexpr int kMaxThreads = 1024;  // of --threads

inline constexpr int kExitOk = 0;
inline constexpr int kExitFailure = 1;
inline constexpr int kExitUsage = 2;
inline constexpr int kExitSignal = 128;  // + the signal that asked to stop, as shells have it

}  // namespace zipdream
