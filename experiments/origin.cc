// SPDX-License-Identifier: Apache-2.0
#include "experiments/origin.h"

#include <fmt/format.h>

#include <string_view>
#include <utility>

#include "base/checksum.h"

namespace zipdream {
namespace {

constexpr std::string_view kPlain =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:@,+=%";

// Within single quotes nothing but the single quote is special.
std::string shell_word(const std::string& word) {
  if (!word.empty() && word.find_first_not_of(kPlain) == std::string::npos) return word;
  std::string quoted = "'";
  for (const char c : word) {
    if (c == '\'') {
      quoted += "'\\''";
    } else {
      quoted += c;
    }
  }
  return quoted + "'";
}

}  // namespace

FileFacts file_facts(std::string name, ByteView content) {
  return {std::move(name), content.size(), crc32_of(content)};
}

std::string hex_crc32(const FileFacts& file) { return fmt::format("{:08x}", file.crc32); }

std::string shell_command(const std::vector<std::string>& words) {
  std::string command;
  for (const std::string& word : words) command += (command.empty() ? "" : " ") + shell_word(word);
  return command;
}

}  // namespace zipdream
