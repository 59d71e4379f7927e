// SPDX-License-Identifier: Apache-2.0
// Options whose value is one of a few names.
#pragma once

#include <functional>
#include <map>
#include <string>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace zipdream {

// An option that calls `choose` with one of `names`, which stand in its help as "a|b|c".
CLI::Option* add_choice_of(CLI::App& app, const std::string& name, const std::string& names,
                           const std::function<bool(const std::string& text)>& choose,
                           const std::string& help);

// An option that sets `target` to what `choices` has for its value. Both outlive the application.
template <typename Value, typename Target>
CLI::Option* add_choice(CLI::App& app, const std::string& name, Target& target,
                        const std::map<std::string, Value>& choices, const std::string& help) {
  std::string names;
  for (const auto& choice : choices) names += (names.empty() ? "" : "|") + choice.first;
  const auto choose = [&target, &choices](const std::string& text) {
    const auto found = choices.find(text);
    if (found == choices.end()) return false;
    target = found->second;
    return true;
  };
  return add_choice_of(app, name, names, choose, help);
}

}  // namespace zipdream
