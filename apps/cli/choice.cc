// SPDX-License-Identifier: Apache-2.0
#include "apps/cli/choice.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>

namespace zipdream {

CLI::Option* add_choice_of(CLI::App& app, const std::string& name, const std::string& names,
                           const std::function<bool(const std::string& text)>& choose,
                           const std::string& help) {
  const auto parse = [name, names, choose](const std::string& text) {
    if (!choose(text)) throw CLI::ValidationError(name, fmt::format("'{}' is not {}", text, names));
  };
  return app.add_option_function<std::string>(name, parse, help)->type_name(names);
}

}  // namespace zipdream
