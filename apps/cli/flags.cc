// SPDX-License-Identifier: Apache-2.0
#include "apps/cli/flags.h"

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
    FlagName{"span", "--span-len"},
};

}  // namespace

std::string flag_of(std::string_view option) {
  const auto* const found = std::ranges::find(kFlags, option, &FlagName::option);
  if (found != kFlags.end()) return std::string(found->flag);
  std::string flag = "--" + std::string(option);
  std::ranges::replace(flag, '_', '-');
  return flag;
}

std::string message_of(const Error& error) {
  if (error.option().empty()) return error.what();
  const std::string what = error.what();
  return flag_of(error.option()) + what.substr(error.option().size());
}

}  // namespace zipdream
