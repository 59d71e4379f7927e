// SPDX-License-Identifier: Apache-2.0
#include "apps/cli/output.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>

#include "base/files.h"
#include "base/terminal.h"
#include "base/terminal_text.h"
#include "zipdream/error.h"

namespace zipdream {

void print(std::string_view text) { write_file("-", as_bytes(text)); }

void tell(std::string_view text) { fmt::print(stderr, "zipdream: {}\n", terminal_line(text)); }

void note(std::string_view text) { fmt::print(stderr, "{}\n", terminal_line(text)); }

void refuse_binary_to_terminal(std::string_view path, std::string_view what) {
  if (path != "-" || !stdout_is_terminal()) return;
  throw usage_error(
      fmt::format("{} is binary and does not go to a terminal; name a file with -o", what));
}

namespace {

struct FlagName {
  std::string_view option;
  std::string_view flag;
};

// Those that the rule does not give.
constexpr std::array kFlags = {
    FlagName{"temperature", "--temp"},
    FlagName{"count", "--predict"},
    FlagName{"learning_rate", "--lr"},
    FlagName{"span", "--span-len"},
    FlagName{"heal", "--no-heal"},
    FlagName{"colour_temperature", "--colour-temp"},
    FlagName{"unsure_temperature", "--temp"},
};

// The text with flags where names of options stand in backquotes. What else stands in some, such as
// a command to type, stays as it is.
std::string with_flags(std::string_view text) {
  std::string result;
  while (true) {
    const std::size_t begin = std::min(text.find('`'), text.size());
    const std::size_t end = text.find('`', begin + 1);
    if (begin == text.size() || end == std::string_view::npos) return result.append(text);
    const std::string_view name = text.substr(begin + 1, end - begin - 1);
    const bool is_option = !name.empty() && std::ranges::all_of(name, [](char c) {
      return (c >= 'a' && c <= 'z') || c == '_';
    });
    result += text.substr(0, begin);
    result += is_option ? flag_of(name) : fmt::format("`{}`", name);
    text.remove_prefix(end + 1);
  }
}

}  // namespace

std::string flag_of(std::string_view option) {
  const auto* const found = std::ranges::find(kFlags, option, &FlagName::option);
  if (found != kFlags.end()) return std::string(found->flag);
  std::string flag = "--" + std::string(option);
  std::ranges::replace(flag, '_', '-');
  return flag;
}

std::string message_of(const Error& error) {
  const std::string& option = error.option();
  std::string subject = error.subject();
  if (!option.empty()) subject = flag_of(option) + subject.substr(option.size());
  std::string text = subject.empty() ? "" : subject + ": ";
  text += with_flags(error.message());
  if (!error.remedy().empty()) text += "; " + with_flags(error.remedy());
  return text;
}

}  // namespace zipdream
