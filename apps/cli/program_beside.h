// SPDX-License-Identifier: Apache-2.0
// Commands that are programs of their own, beside this one, so that nobody else waits for the
// libraries that they load.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace zipdream {

// Where the program lies. Throws Error, which says what has to be built, when it isn't there.
[[nodiscard]] std::string path_beside(const std::string& program, const std::string& remedy);

// Whether it lies there.
[[nodiscard]] bool is_beside(const std::string& program);

// Pointers to the words, for what takes main's arguments; null after the last. Valid while the
// words are.
[[nodiscard]] std::vector<char*> pointers_to(std::vector<std::string>& words);

// The help that the words ask for, by how that program reads its command line; nothing where they
// ask for none. So it is there even where the program is not.
using ParseHelp = std::function<std::optional<std::string>(std::span<char* const> argv)>;
[[nodiscard]] std::optional<std::string> help_asked_of(const std::string& program,
                                                       const std::vector<std::string>& words,
                                                       const ParseHelp& parse);

// Goes on as the program at that path. Throws Error when it can't be run.
[[noreturn]] void become(const std::string& path, std::vector<std::string> arguments);

}  // namespace zipdream
