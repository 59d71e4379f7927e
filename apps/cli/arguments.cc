// SPDX-License-Identifier: Apache-2.0
#include "apps/cli/arguments.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <limits>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <utility>

#include "apps/cli/help_text.h"
#include "apps/cli/option_state.h"
#include "base/encodings.h"
#include "base/errors.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

// ---- values by their types ----

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

// ---- options that do not exist ----

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
                        "\n\nExamples:" + wrapped_examples(joined_lines(of.examples)));
    const std::string text = of.app->help(command == nullptr ? "" : app.get_name());
    return wrapped_help(text + of.footer());
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
  app.get_formatter()->column_width(kHelpIndent);
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
