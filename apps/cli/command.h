// SPDX-License-Identifier: Apache-2.0
// The subcommands. Each add_... declares its options on the application and returns what runs it
// after parsing; one file per subcommand. Errors are thrown (zipdream/error.h) and printed by main
// alone.
#pragma once

#include <functional>
#include <span>

namespace CLI {
class App;
}

namespace zipdream {

struct Command {
  CLI::App* app = nullptr;    // its part of the command line; the application owns it
  const char* examples = "";  // lines that work as typed, for the top of its help
  std::function<int()> run;   // returns the exit code
};

[[nodiscard]] Command add_generate(CLI::App& application);
// `arguments` are main's, for the record; they outlive the command.
[[nodiscard]] Command add_compare(CLI::App& application, std::span<char* const> arguments);
[[nodiscard]] Command add_predict(CLI::App& application);
[[nodiscard]] Command add_score(CLI::App& application);
[[nodiscard]] Command add_compress(CLI::App& application);
[[nodiscard]] Command add_decompress(CLI::App& application);
[[nodiscard]] Command add_test(CLI::App& application);
[[nodiscard]] Command add_train(CLI::App& application);
[[nodiscard]] Command add_rates(CLI::App& application, std::span<char* const> arguments);
[[nodiscard]] Command add_in_context(CLI::App& application, std::span<char* const> arguments);
[[nodiscard]] Command add_scaling(CLI::App& application, std::span<char* const> arguments);
[[nodiscard]] Command add_tokenization(CLI::App& application, std::span<char* const> arguments);
[[nodiscard]] Command add_merge(CLI::App& application, std::span<char* const> arguments);
[[nodiscard]] Command add_list(CLI::App& application);
[[nodiscard]] Command add_info(CLI::App& application);

inline constexpr int kExitOk = 0;
inline constexpr int kExitFailure = 1;
inline constexpr int kExitUsage = 2;
inline constexpr int kExitSignal = 128;  // + the signal that asked to stop, as shells have it

}  // namespace zipdream
