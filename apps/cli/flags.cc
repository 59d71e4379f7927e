// SPDX-License-Identifier: Apache-2.0
#include "apps/cli/flags.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace zipdream {
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
