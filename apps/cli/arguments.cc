// SPDX-License-Identifier: Apache-2.0
#include "apps/cli/arguments.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <deque>
#include <limits>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <utility>

#include "base/encodings.h"
#include "base/errors.h"
#include "base/terminal_text.h"
#include "zipdream/error.h"

namespace zipdream {

struct OptionState {
  enum class Kind { kFlag, kText, kWholeNumber, kNumber };

  const Arguments::Impl* owner = nullptr;
  CLI::Option* cli = nullptr;  // owned by the application
  Kind kind = Kind::kText;
  std::function<void(const std::vector<std::string>& values)> read;
  std::string type;
  std::string fallback;  // the default, as the help shows it
  std::string example;
  std::optional<std::pair<std::uint64_t, std::uint64_t>> range;
  std::optional<std::pair<double, double>> bounds;  // the range of what is no whole number
  std::optional<std::string> alone;                 // the value that it has without one
  bool is_size = false;                             // told as a size in errors
  bool counts_bytes = false;                        // may be written as a size
  bool is_list = false;
  bool has_commas = false;
  std::vector<std::string> choices;
  std::vector<const OptionState*> excluded;
  std::vector<const OptionState*> needed;

  [[nodiscard]] bool given() const { return cli->count() > 0; }
  // As errors have it.
  [[nodiscard]] std::string name() const { return cli->get_name(); }
};

struct Arguments::Impl {
  std::string program;  // with the name of the command: "zipdream generate"
  std::string name;     // of the command; empty for the options of all
  std::string examples;
  CLI::App* app = nullptr;  // owned by the command line
  std::deque<OptionState> options;
  bool takes_all_words = false;

  // What stands below the options.
  [[nodiscard]] std::string footer() const {
    std::string text;
    if (std::ranges::any_of(options, &OptionState::counts_bytes)) {
      text += "\nSizes: 16K and 16KiB are of 1024 bytes, 16KB of 1000; so with M, G and T.\n";
    }
    if (name.empty())
      text += fmt::format("\n`{0} help COMMAND` shows the options of a command.\n", program);
    return text;
  }

  OptionState& add(CLI::Option* cli, OptionState::Kind kind) {
    OptionState& option = options.emplace_back();
    option.owner = this;
    option.cli = cli;
    option.kind = kind;
    return option;
  }

  [[nodiscard]] std::string see_help() const { return fmt::format("see `{} --help`", program); }
  // Of an error that a word is the cause of.
  [[nodiscard]] std::string subject(const std::string& word) const {
    return name.empty() ? word : fmt::format("{}: {}", name, word);
  }
};

namespace {

// ---- errors ----

constexpr std::size_t kShownValue = 60;  // bytes of a value in an error

std::string shown(const std::string& value) {
  if (value.empty()) return "''";
  const bool is_long = value.size() > kShownValue;
  return terminal_text(as_bytes(std::string_view(value).substr(0, kShownValue)), true) +
         (is_long ? "..." : "");
}

// `remedy` ends as what may be followed by "see `zipdream generate --help`".
Error error_of(const OptionState& option, const std::string& value, const std::string& message,
               const std::string& remedy = "") {
  return Error(Error::Kind::kUsage, option.name() + (value.empty() ? "" : " ") + value, message,
               remedy + option.owner->see_help());
}

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

// ---- values ----

// All of `text` as a number. Written in the decimal system, or whole numbers as 0x1f.
template <typename Number>
std::optional<Number> number_in(std::string_view text) {
  Number number{};
  std::from_chars_result result{};
  const char* const end = text.data() + text.size();
  if constexpr (std::is_integral_v<Number>) {
    const bool is_hex = text.starts_with("0x");
    result = std::from_chars(text.data() + (is_hex ? 2 : 0), end, number, is_hex ? 16 : 10);
  } else {
    result = std::from_chars(text.data(), end, number);
  }
  if (result.ec != std::errc() || result.ptr != end) return std::nullopt;
  return number;
}

// Of an option that counts bytes these may be a size.
template <typename Value>
std::optional<Value> value_in(const OptionState& option, const std::string& text) {
  if constexpr (std::is_integral_v<Value>) {
    if (option.counts_bytes) {
      const auto size = parse_size(text);
      const bool fits = size && std::cmp_less_equal(*size, std::numeric_limits<Value>::max());
      return fits ? std::optional(static_cast<Value>(*size)) : std::nullopt;
    }
  }
  return number_in<Value>(text);
}

template <typename Value>
Value value_of(const OptionState& option, const std::string& text) {
  if constexpr (std::is_same_v<Value, std::string>) {
    // A variable of a shell that is not set, most likely, and not a wish for none.
    const bool is_path = option.type == "FILE" || option.type == "DIR";
    if (is_path && text.empty()) throw error_of(option, "''", "names no file");
    return text;
  } else {
    const auto number = value_in<Value>(option, text);
    if (!number) throw is_no_value(option, text);
    if constexpr (std::is_integral_v<Value>) {
      const bool is_out = option.range && (std::cmp_less(*number, option.range->first) ||
                                           std::cmp_greater(*number, option.range->second));
      if (is_out) throw is_no_value(option, text);
    } else if (option.bounds) {
      const bool is_in = *number >= option.bounds->first && *number <= option.bounds->second;
      if (!is_in) throw is_no_value(option, text);  // nor is NaN in
    }
    return *number;
  }
}

std::string text_of(const std::string& value) { return value; }
template <typename Value>
std::string text_of(const Value& value) {
  return fmt::format("{}", value);
}
template <typename Value>
std::string text_of(const std::optional<Value>& value) {
  return value ? text_of(*value) : "";
}
template <typename Value>
std::string text_of(const std::vector<Value>& values) {
  return fmt::format("{}", fmt::join(values, ","));
}

// What each kind of target holds.
template <typename To>
struct Held {
  using Value = To;
};
template <typename V>
struct Held<std::optional<V>> {
  using Value = V;
};
template <typename V>
struct Held<std::vector<V>> {
  using Value = V;
};
template <typename To>
using HeldBy = typename Held<To>::Value;

template <typename To>
constexpr bool kIsVector = std::is_same_v<To, std::vector<HeldBy<To>>>;

template <typename Value>
constexpr OptionState::Kind kKindOf = std::is_integral_v<Value> ? OptionState::Kind::kWholeNumber
                                      : std::is_floating_point_v<Value> ? OptionState::Kind::kNumber
                                                                        : OptionState::Kind::kText;

template <typename To>
void store(const OptionState& option, const std::vector<std::string>& values, To& target) {
  using Value = HeldBy<To>;
  if constexpr (kIsVector<To>) {
    target.clear();
    for (const std::string& value : values) target.push_back(value_of<Value>(option, value));
  } else {
    target = value_of<Value>(option, values.front());
  }
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

// CLI11 takes "[a,b]" for a list, which nobody asked it to. No argument of a program can hold the
// byte that hides the bracket from it.
constexpr char kEnd = '\0';

//
// Nor may it look for the value of "--seed=" in the words that follow.
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

// ---- help ----

constexpr std::size_t kHelpColumns = 80;
constexpr std::size_t kHelpIndent = 34;  // where what is said of an option begins

// Where lines that go on begin: under what is said of an option, else under the line's own start.
std::size_t indent_of(std::string_view line) {
  const std::size_t own = std::min(line.find_first_not_of(' '), line.size());
  const bool is_option =
      own == kHelpIndent || (own == 2 && line.size() > kHelpIndent && line[kHelpIndent - 1] == ' ');
  return is_option ? kHelpIndent : own;
}

// The line in as many as it takes, cut at spaces.
std::string wrapped(std::string_view line) {
  const std::size_t indent = indent_of(line);
  const std::size_t fits = first_columns(line, kHelpColumns + 1).size();
  const std::size_t cut = line.substr(0, fits).rfind(' ');
  const bool is_one_word = cut == line.npos || cut <= indent;
  if (terminal_columns(line) <= kHelpColumns || is_one_word) return std::string(line);
  return fmt::format("{}\n{}", line.substr(0, cut),
                     wrapped(std::string(indent, ' ') + std::string(line.substr(cut + 1))));
}

// Where to cut a line of a shell before `end`: the last space between two words, before an option
// or a pipe if there is one; 0 if there is none.
std::size_t last_gap(std::string_view line, std::size_t end) {
  std::size_t gap = 0;
  std::size_t gap_of_option = 0;
  char quote = '\0';
  for (std::size_t i = line.find_first_not_of(' '); i < end; ++i) {
    const char c = line[i];
    if (quote == '\0' && (c == '\'' || c == '"')) {
      quote = c;
    } else if (c == quote) {
      quote = '\0';
    }
    if (c != ' ' || quote != '\0') continue;
    gap = i;
    if (line[i + 1] == '-' || line[i + 1] == '|') gap_of_option = i;
  }
  return gap_of_option > 0 ? gap_of_option : gap;
}

// With the lines joined that a backslash cuts in the source.
std::string joined_lines(std::string_view text) {
  constexpr std::string_view kCut = " \\\n";
  std::string result;
  for (std::size_t at = text.find(kCut); at != text.npos; at = text.find(kCut)) {
    result += text.substr(0, at);
    text.remove_prefix(at + kCut.size());
    text.remove_prefix(text.find_first_not_of(' ') - 1);
  }
  return result.append(text);
}

// An example in as many lines as it takes, each but the last one ended by a backslash, so that it
// can still be typed.
std::string wrapped_example(std::string_view line) {
  constexpr std::string_view kGoesOn = " \\\n    ";
  if (line.size() <= kHelpColumns) return std::string(line);
  const std::size_t gap = last_gap(line, kHelpColumns - 1);
  if (gap == 0) return std::string(line);
  return fmt::format("{}{}{}", line.substr(0, gap), kGoesOn,
                     wrapped_example(std::string(line.substr(gap + 1))));
}

template <typename Wrap>
std::string each_line(std::string_view text, Wrap wrap) {
  std::string result;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    result += wrap(text.substr(0, end));
    if (end < text.size()) result += '\n';
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return result;
}

// ---- description ----

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

std::vector<OptionDescription> descriptions_of(const Arguments::Impl& arguments) {
  std::vector<OptionDescription> described;
  for (const OptionState& option : arguments.options) described.push_back(description_of(option));
  return described;
}

// ---- what is wrong beyond one value ----

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

// All names of options of a command, as they are typed.
std::vector<std::string> names_of_options(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  return names;
}

Error no_such_option(const std::string& word, const Arguments::Impl& command,
                     const CLI::App& common) {
  const std::string typed = show_bracket(word).substr(0, word.find('='));
  std::vector<std::string> known = names_of_options(*command.app);
  for (const std::string& name : names_of_options(common)) known.push_back(name);
  // Without the dashes, which all have in common.
  std::vector<std::string_view> names;
  names.reserve(known.size());
  for (const std::string& name : known) names.push_back(std::string_view(name).substr(2));
  std::string_view nearest;
  if (typed.starts_with("--")) nearest = nearest_name(std::string_view(typed).substr(2), names);
  const std::string meant = nearest.empty() ? "" : fmt::format("did you mean --{}? ", nearest);
  return Error(Error::Kind::kUsage, command.subject(shown(typed)), "no such option",
               meant + command.see_help());
}

}  // namespace

// ---- Option ----

Option Option::type(const std::string& name) const {
  state_->type = name;
  state_->cli->type_name(name);
  return *this;
}

Option Option::group(const std::string& heading) const {
  state_->cli->group(heading);
  return *this;
}

Option Option::example(const std::string& value) const {
  state_->example = value;
  return *this;
}

Option Option::required() const {
  state_->cli->required();
  return *this;
}

Option Option::shows_default() const { return shows_default(state_->fallback); }

Option Option::shows_default(const std::string& text) const {
  state_->fallback = text;
  state_->cli->default_str(text);
  return *this;
}

Option Option::range(std::uint64_t low, std::uint64_t high) const {
  state_->range = {low, high};
  return *this;
}

Option Option::between(double low, double high) const {
  state_->bounds = {low, high};
  return *this;
}

Option Option::is_size() const {
  state_->is_size = true;
  return counts_bytes();
}

Option Option::counts_bytes() const {
  state_->counts_bytes = true;
  return *this;
}

Option Option::value_if_alone(const std::string& value) const {
  state_->alone = value;
  state_->cli->expected(0, 1);
  return *this;
}

Option Option::one_at_a_time() const {
  state_->cli->expected(1)->allow_extra_args(false);
  return *this;
}

Option Option::split_at_commas() const {
  state_->has_commas = true;
  return *this;
}

Option Option::excludes(Option other) const {
  state_->excluded.push_back(other.state_);
  state_->cli->excludes(other.state_->cli);
  return *this;
}

Option Option::needs(Option other) const {
  state_->needed.push_back(other.state_);
  state_->cli->needs(other.state_->cli);
  return *this;
}

bool Option::given() const { return state_->given(); }

// ---- Arguments ----

Arguments::Arguments(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Arguments::~Arguments() = default;

const std::string& Arguments::name() const { return impl_->name; }

Option Arguments::add(const std::string& names, Target target, const std::string& help) {
  CLI::Option* const cli = impl_->app->add_option(names, CLI::callback_t(), help);
  return std::visit(
      [&](auto* to) {
        using To = std::remove_pointer_t<decltype(to)>;
        OptionState& option = impl_->add(cli, kKindOf<HeldBy<To>>);
        option.fallback = text_of(*to);
        option.is_list = kIsVector<To>;
        if constexpr (std::is_same_v<HeldBy<To>, std::uint64_t>) {
          option.range = {0, std::numeric_limits<std::uint64_t>::max()};
        }
        option.read = [&option, to](const std::vector<std::string>& values) {
          store(option, values, *to);
        };
        if (option.is_list) cli->expected(CLI::detail::expected_max_vector_size);
        cli->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
        return Option(option);
      },
      target);
}

Option Arguments::add_read(const std::string& names, Read read, const std::string& help) {
  CLI::Option* const cli = impl_->app->add_option(names, CLI::callback_t(), help);
  cli->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  OptionState& option = impl_->add(cli, OptionState::Kind::kText);
  option.read = [read = std::move(read)](const std::vector<std::string>& values) {
    read(values.front());
  };
  return Option(option);
}

Option Arguments::add_flag(const std::string& names, bool& target, const std::string& help,
                           bool value) {
  CLI::Option* const cli = impl_->app->add_flag(names, help)->disable_flag_override();
  OptionState& option = impl_->add(cli, OptionState::Kind::kFlag);
  option.read = [&target, value](const std::vector<std::string>& /*values*/) { target = value; };
  return Option(option);
}

Option Arguments::add_choice_of(const std::string& names, const std::vector<std::string>& keys,
                                const std::function<void(const std::string& key)>& choose,
                                const std::string& help) {
  CLI::Option* const cli = impl_->app->add_option(names, CLI::callback_t(), help);
  cli->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  OptionState& option = impl_->add(cli, OptionState::Kind::kText);
  option.example = keys.front();
  option.choices = keys;
  option.read = [&option, keys, choose](const std::vector<std::string>& values) {
    const std::string& value = values.front();
    if (std::ranges::find(keys, value) != keys.end()) return choose(value);
    const std::vector<std::string_view> known(keys.begin(), keys.end());
    throw error_of(option, shown(value), "must be " + option.type, suggestion(value, known));
  };
  return Option(option).type(fmt::format("{}", fmt::join(keys, "|")));
}

void Arguments::take_all_words() {
  impl_->takes_all_words = true;
  impl_->app->set_help_flag();
  impl_->app->prefix_command();
  impl_->app->fallthrough(false);  // nor are the options of all commands its
}

std::vector<std::string> Arguments::words() const {
  std::vector<std::string> words;
  for (const std::string& word : impl_->app->remaining()) words.push_back(show_bracket(word));
  return words;
}

bool Arguments::given(const std::string& option) const {
  const CLI::Option* const found = impl_->app->get_option_no_throw(option);
  return found != nullptr && found->count() > 0;
}

// ---- CommandLine ----

struct CommandLine::Impl {
  CLI::App app;
  std::unique_ptr<Arguments> common;
  std::vector<std::unique_ptr<Arguments>> commands;

  // The command that was named, or null.
  [[nodiscard]] const Arguments* named() const {
    const auto found = std::ranges::find_if(
        commands, [](const auto& command) { return command->impl_->app->parsed(); });
    return found == commands.end() ? nullptr : found->get();
  }

  // Examples come first, before the list of options.
  [[nodiscard]] std::string help() const {
    const Arguments* const command = named();
    const Arguments::Impl& of = command == nullptr ? *common->impl_ : *command->impl_;
    of.app->description(of.app->get_description() +
                        "\n\nExamples:" + each_line(joined_lines(of.examples), wrapped_example));
    const std::string text = of.app->help(command == nullptr ? "" : app.get_name());
    return each_line(text + of.footer(), wrapped);
  }

  // "help COMMAND" is "COMMAND --help".
  void read_help(std::vector<std::string>& words) const {
    constexpr std::string_view kHelp = "--help";
    if (words.empty() || words[0] != "help") return;
    words.erase(words.begin());
    if (!words.empty() && words[0] == "help") words.clear();
    const auto is_named = [&](const auto& command) { return command->name() == words[0]; };
    if (!words.empty() && std::ranges::none_of(commands, is_named)) no_such_command(words[0]);
    words.insert(words.empty() ? words.begin() : words.begin() + 1, std::string(kHelp));
  }

  // Throws for words that are neither options nor expected.
  void check_rest() const {
    const Arguments* const command = named();
    const Arguments::Impl& of = command == nullptr ? *common->impl_ : *command->impl_;
    const std::vector<std::string> rest = app.remaining(!of.takes_all_words);
    if (command == nullptr && !rest.empty() && !rest[0].starts_with('-')) no_such_command(rest[0]);
    for (const std::string& word : rest) {
      if (word.starts_with('-') && word != "-" && word != "--") throw no_such_option(word, of, app);
    }
    for (const std::string& word : rest) {
      if (word == "--") continue;
      throw Error(Error::Kind::kUsage, of.subject(shown(show_bracket(word))),
                  "is one word too many", of.see_help());
    }
  }

  [[noreturn]] void no_such_command(const std::string& word) const {
    std::vector<std::string_view> names;
    for (const auto& command : commands) names.push_back(command->name());
    throw Error(Error::Kind::kUsage, shown(word), "no such command",
                suggestion(word, names) + common->impl_->see_help());
  }

  // CLI11's message begins with the name of the option.
  [[noreturn]] void fail_without_value(const std::string& message) const {
    const std::string name = message.substr(0, message.find(':'));
    const Arguments* const command = named();
    for (const Arguments* arguments : {command, static_cast<const Arguments*>(common.get())}) {
      if (arguments == nullptr) continue;
      for (const OptionState& option : arguments->impl_->options) {
        if (option.name() == name) throw value_is_missing(option);
      }
    }
    const Arguments::Impl& of = command == nullptr ? *common->impl_ : *command->impl_;
    // "json was given a disallowed flag override"
    throw Error(Error::Kind::kUsage, "--" + message.substr(0, message.find(' ')), "takes no value",
                of.see_help());
  }
};

CommandLine::CommandLine(const std::string& program, const std::string& version,
                         const std::string& summary, const std::string& examples)
    : impl_(std::make_unique<Impl>()) {
  CLI::App& app = impl_->app;
  app.name(program);
  app.description(summary);
  app.set_version_flag("--version", version);
  app.require_subcommand(0, 1);  // so that a misspelled one is seen as such
  app.get_formatter()->column_width(34);
  app.fallthrough();  // options of all commands may stand behind them
  auto common = std::make_unique<Arguments::Impl>();
  common->program = program;
  common->examples = examples;
  common->app = &app;
  impl_->common = std::make_unique<Arguments>(std::move(common));
}

CommandLine::~CommandLine() = default;

Arguments& CommandLine::common() { return *impl_->common; }

Arguments& CommandLine::add_command(const std::string& name, const std::string& summary,
                                    const std::string& examples) {
  auto command = std::make_unique<Arguments::Impl>();
  command->program = impl_->app.get_name() + " " + name;
  command->name = name;
  command->examples = examples;
  command->app = impl_->app.add_subcommand(name, summary);
  impl_->commands.push_back(std::make_unique<Arguments>(std::move(command)));
  return *impl_->commands.back();
}

ProgramDescription CommandLine::describe() const {
  const Arguments::Impl& common = *impl_->common->impl_;
  ProgramDescription program{.name = common.program,
                             .version = impl_->app.version(),
                             .summary = common.app->get_description(),
                             .examples = joined_lines(common.examples),
                             .options = descriptions_of(common)};
  for (const auto& command : impl_->commands) {
    const Arguments::Impl& of = *command->impl_;
    program.commands.push_back(
        {.name = of.name,
         .summary = of.app->get_description(),
         .examples = joined_lines(of.examples),
         .counts_bytes = std::ranges::any_of(of.options, &OptionState::counts_bytes),
         .options = descriptions_of(of)});
  }
  return program;
}

CommandLine::Asked CommandLine::read(std::span<char* const> arguments) {
  std::vector<std::string> words;
  for (const char* word : arguments.subspan(arguments.empty() ? 0 : 1)) {
    words.push_back(hide_bracket(word));
  }
  impl_->read_help(words);
  std::ranges::reverse(words);  // as CLI11 wants them
  std::string complaint;
  try {
    impl_->app.parse(std::move(words));
  } catch (const CLI::CallForVersion& version) {
    return {.text = std::string(version.what()) + "\n"};
  } catch (const CLI::Success&) {
    return {.text = impl_->help()};
  } catch (const CLI::ArgumentMismatch& error) {
    impl_->fail_without_value(error.what());
  } catch (const CLI::ParseError& error) {
    complaint = error.what();  // what it is about is found again below, and said more plainly
  }
  impl_->check_rest();
  const Arguments* const command = impl_->named();
  for (const auto work : {check_together, read_values}) {
    for (const Arguments* of : {static_cast<const Arguments*>(impl_->common.get()), command}) {
      if (of == nullptr) continue;
      for (const OptionState& option : of->impl_->options) work(option);
    }
  }
  if (!complaint.empty()) throw usage_error(complaint.substr(0, complaint.find('\n')));
  return {.command = command};
}

}  // namespace zipdream
