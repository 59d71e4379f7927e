// SPDX-License-Identifier: Apache-2.0
#include "apps/cli/option_state.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <limits>
#include <string_view>

#include "base/encodings.h"
#include "base/terminal_text.h"

namespace zipdream {
namespace {

constexpr std::size_t kShownValue = 60;  // bytes of a value in an error

constexpr char kEnd = '\0';  // hides the end of a word

// What a value of it is: "a whole number from 1 to 64". Empty where its type says all.
std::string kind_of_value(const OptionState& option) {
  if (option.kind == OptionState::Kind::kNumber) {
    if (!option.bounds) return "a number";
    return fmt::format("a number from {} to {}", option.bounds->first, option.bounds->second);
  }
  if (option.kind != OptionState::Kind::kWholeNumber) return "";
  std::string kind = option.is_size ? "a size" : "a whole number";
  if (!option.range) return kind;
  const auto [low, high] = *option.range;
  const auto text = [&](std::uint64_t n) {
    return option.is_size ? size_text(n) : std::to_string(n);
  };
  if (high == std::numeric_limits<std::uint64_t>::max() && option.is_size) {
    return fmt::format("{}, {} or more", kind, text(low));
  }
  return fmt::format("{} from {} to {}", kind, text(low), text(high));
}

std::string example_of(const OptionState& option) {
  if (!option.example.empty()) return option.example;
  if (!option.fallback.empty()) return option.fallback;
  if (!option.range) return "";
  return option.is_size ? size_text(option.range->first) : std::to_string(option.range->first);
}

std::string as_typed(const OptionState& option, const std::string& value) {
  return option.cli->get_positional() ? value : fmt::format("{} {}", option.name(), value);
}

std::vector<std::string> split_at_commas(const std::vector<std::string>& values) {
  std::vector<std::string> parts;
  for (const std::string& value : values) {
    for (std::size_t begin = 0; begin <= value.size();) {
      const std::size_t end = std::min(value.find(',', begin), value.size());
      if (end > begin) parts.push_back(value.substr(begin, end - begin));
      begin = end + 1;
    }
  }
  return parts;
}

// As they are typed: "-n", "--predict".
std::vector<std::string> typed_names(const OptionState& option) {
  if (option.cli->get_positional()) return {option.name()};
  std::vector<std::string> names;
  for (const std::string& name : option.cli->get_snames()) names.push_back("-" + name);
  for (const std::string& name : option.cli->get_lnames()) names.push_back("--" + name);
  return names;
}

OptionDescription description_of(const OptionState& option) {
  OptionDescription described;
  described.names = typed_names(option);
  described.type = option.type;
  described.help = option.cli->get_description();
  described.group = option.cli->get_group() == "Options" ? "" : option.cli->get_group();
  described.fallback = option.cli->get_default_str();
  // Of every size of memory no range is worth a word.
  const bool has_range =
      option.range && option.range->second != std::numeric_limits<std::uint64_t>::max();
  if (has_range || option.bounds) described.values = kind_of_value(option);
  described.choices = option.choices;
  for (const OptionState& other : option.owner->options) {
    const bool excludes = std::ranges::find(option.excluded, &other) != option.excluded.end() ||
                          std::ranges::find(other.excluded, &option) != other.excluded.end();
    if (excludes) described.excluded.push_back(other.name());
  }
  described.has_place = option.cli->get_positional();
  described.takes_value = option.kind != OptionState::Kind::kFlag;
  described.may_stand_alone = option.alone.has_value();
  described.is_list = option.is_list;
  described.takes_many = option.is_list && option.cli->get_items_expected_max() > 1;
  described.is_required = option.cli->get_required();
  return described;
}

}  // namespace

bool OptionState::given() const { return cli->count() > 0; }

std::string OptionState::name() const { return cli->get_name(); }

std::string Arguments::Impl::footer() const {
  std::string text;
  if (std::ranges::any_of(options, &OptionState::counts_bytes)) {
    text += "\nSizes: 16K and 16KiB are of 1024 bytes, 16KB of 1000; so with M, G and T.\n";
  }
  if (name.empty()) {
    text += fmt::format("\n`{0} help COMMAND` shows the options of a command.\n", program);
  }
  return text;
}

std::string Arguments::Impl::see_help() const { return fmt::format("see `{} --help`", program); }

std::string Arguments::Impl::subject(const std::string& word) const {
  return name.empty() ? word : fmt::format("{}: {}", name, word);
}

std::string shown(const std::string& value) {
  if (value.empty()) return "''";
  const bool is_long = value.size() > kShownValue;
  return terminal_text(as_bytes(std::string_view(value).substr(0, kShownValue)), true) +
         (is_long ? "..." : "");
}

Error error_of(const OptionState& option, const std::string& value, const std::string& message,
               const std::string& remedy) {
  return Error(Error::Kind::kUsage, option.name() + (value.empty() ? "" : " ") + value, message,
               remedy + option.owner->see_help());
}

Error value_is_missing(const OptionState& option) {
  const std::string kind = kind_of_value(option);
  const std::string example = example_of(option);
  return error_of(
      option, "",
      fmt::format("its value is missing: {}{}{}", option.type, kind.empty() ? "" : ", ", kind),
      example.empty() ? "" : fmt::format("try {}; ", as_typed(option, example)));
}

Error is_no_value(const OptionState& option, const std::string& value) {
  // Somebody forgot the value, and the next option was taken for it.
  if (value.starts_with("-") && option.owner->app->get_option_no_throw(value) != nullptr) {
    return value_is_missing(option);
  }
  return error_of(option, shown(value), "must be " + kind_of_value(option));
}

std::string hide_bracket(std::string word) {
  const bool is_empty_value = word.starts_with("--") && word.find('=') + 1 == word.size();
  if (word.ends_with(']') || is_empty_value) word += kEnd;
  return word;
}

std::string show_bracket(std::string word) {
  if (!word.empty() && word.back() == kEnd) word.pop_back();
  return word;
}

void read_values(const OptionState& option) {
  if (!option.given()) return;
  std::vector<std::string> values;
  for (const std::string& value : option.cli->results()) values.push_back(show_bracket(value));
  if (option.kind != OptionState::Kind::kFlag && !option.is_list && values.size() > 1) {
    throw error_of(option, "", fmt::format("stands here {} times", values.size()),
                   "it takes one value; ");
  }
  if (option.alone && values == std::vector<std::string>{""}) values = {*option.alone};
  option.read(option.has_commas ? split_at_commas(values) : values);
}

void check_together(const OptionState& option) {
  if (!option.given()) {
    if (!option.cli->get_required()) return;
    throw error_of(
        option, "", "is required",
        option.example.empty() ? "" : fmt::format("e.g. {}; ", as_typed(option, option.example)));
  }
  for (const OptionState* other : option.excluded) {
    if (!other->given()) continue;
    throw error_of(option, "and " + other->name(), "exclude each other", "leave one out; ");
  }
  for (const OptionState* other : option.needed) {
    if (other->given()) continue;
    throw error_of(option, "", "needs " + other->name(), "add it, or leave both out; ");
  }
}

std::vector<OptionDescription> descriptions_of(const Arguments::Impl& arguments) {
  std::vector<OptionDescription> described;
  for (const OptionState& option : arguments.options) described.push_back(description_of(option));
  return described;
}

}  // namespace zipdream
