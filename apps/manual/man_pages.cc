// SPDX-License-Identifier: Apache-2.0
#include "apps/manual/man_pages.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <initializer_list>
#include <string_view>
#include <utility>

#include "apps/cli/model_names.h"
#include "zipdream/registry.h"

namespace zipdream {
namespace {

// ---- roff ----

// Text as it is: signs that roff reads otherwise are escaped, and no line is taken for a request.
std::string escaped(std::string_view text) {
  std::string result;
  for (const char c : text) {
    const bool begins_line = result.empty() || result.back() == '\n';
    switch (c) {
      case '\\':
        result += "\\e";
        break;
      case '-':
        result += "\\-";
        break;
      case '\'':
        result += "\\(aq";
        break;
      case '`':
        result += "\\(ga";
        break;
      case '^':
        result += "\\(ha";
        break;
      case '~':
        result += "\\(ti";
        break;
      case '.':
        result += begins_line ? "\\&." : ".";
        break;
      default:
        result += c;
    }
  }
  return result;
}

std::string bold(std::string_view text) { return "\\fB" + escaped(text) + "\\fR"; }
std::string italic(std::string_view text) { return "\\fI" + escaped(text) + "\\fR"; }

// Which may be cut after commas and bars.
std::string breakable(std::string_view text) {
  std::string result;
  for (const char c : escaped(text)) {
    result += c;
    if (c == ',' || c == '|') result += "\\:";
  }
  return result;
}

std::string section(std::string_view title, const std::string& body) {
  return body.empty() ? "" : fmt::format(".SH {}\n{}\n", title, body);
}

// A paragraph that is said of `tag`, which is roff already.
std::string tagged(const std::string& tag, const std::string& body) {
  return fmt::format(".TP\n{}\n{}\n", tag, body);
}

std::string sentence(std::string text) {
  if (!text.empty() && std::string_view(".!?").find(text.back()) == std::string_view::npos) {
    text += ".";
  }
  return text;
}

std::string capitalized(std::string text) {
  if (!text.empty()) {
    text[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(text[0])));
  }
  return text;
}

// Lines as they are typed, without the two spaces that the help has before them.
std::string example_block(std::string_view examples) {
  std::string lines;
  while (!examples.empty()) {
    const std::size_t end = std::min(examples.find('\n'), examples.size());
    std::string_view line = examples.substr(0, end);
    if (line.starts_with("  ")) line.remove_prefix(2);
    if (!line.empty()) lines += escaped(line) + "\n";
    examples.remove_prefix(std::min(end + 1, examples.size()));
  }
  return lines.empty() ? "" : ".EX\n" + lines + ".EE";
}

// ---- options ----

std::string tag_of(const OptionDescription& option) {
  std::string tag;
  for (const std::string& name : option.names) {
    tag += tag.empty() ? "" : ", ";
    tag += option.has_place ? italic(name) : bold(name);
  }
  if (option.has_place) return tag + (option.is_list ? " ..." : "");
  if (option.takes_value) tag += " " + italic(option.type);
  return tag;
}

std::string text_of(const OptionDescription& option) {
  std::string text = escaped(option.help);
  if (!option.fallback.empty()) text += " [" + escaped(option.fallback) + "]";
  text = sentence(text);
  if (!option.values.empty()) text += " " + escaped(sentence(capitalized(option.values)));
  if (option.is_required) text += " Required.";
  if (!option.excluded.empty()) {
    text += fmt::format(" Not with {}.", bold(fmt::format("{}", fmt::join(option.excluded, ", "))));
  }
  return text;
}

OptionDescription help_option() {
  return {.names = {"-h", "--help"}, .help = "Print a help message"};
}

std::vector<OptionDescription> with_help_and_version(std::vector<OptionDescription> options) {
  options.insert(options.begin(),
                 {help_option(), {.names = {"--version"}, .help = "Print the version"}});
  return options;
}

// Those of one heading under it, in the order of the help.
std::string option_list(const std::vector<OptionDescription>& options) {
  std::vector<std::string> groups = {""};
  for (const OptionDescription& option : options) {
    if (std::ranges::find(groups, option.group) == groups.end()) groups.push_back(option.group);
  }
  std::string text;
  for (const std::string& group : groups) {
    if (!group.empty()) text += ".SS " + group + "\n";
    for (const OptionDescription& option : options) {
      if (option.group == group && !option.has_place)
        text += tagged(tag_of(option), text_of(option));
    }
  }
  return text;
}

std::string arguments_list(const std::vector<OptionDescription>& options) {
  std::string text;
  for (const OptionDescription& option : options) {
    if (option.has_place) text += tagged(tag_of(option), text_of(option));
  }
  return text;
}

std::string synopsis_of(const ProgramDescription& program, const CommandDescription& command) {
  std::string text = bold(program.name + " " + command.name) + " [" + italic("OPTIONS") + "]";
  for (const OptionDescription& option : command.options) {
    if (!option.has_place) continue;
    const std::string word = italic(option.names[0]) + (option.is_list ? " ..." : "");
    text += option.is_required ? " " + word : " [" + word + "]";
  }
  return text;
}

// ---- pages ----

std::string title(const ProgramDescription& program, const std::string& name) {
  std::string upper = name;
  std::ranges::transform(upper, upper.begin(), [](unsigned char c) { return std::toupper(c); });
  return fmt::format(".TH \"{}\" 1 \"\" \"{}\" \"User Commands\"\n.ad l\n.nh\n", escaped(upper),
                     escaped(program.version));
}

// "A; b." as the line that apropos shows.
std::string name_section(const std::string& name, std::string summary) {
  if (summary.ends_with('.')) summary.pop_back();
  if (!summary.empty()) {
    summary[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(summary[0])));
  }
  return section("NAME", escaped(name) + " \\- " + escaped(summary));
}

std::string exit_status() {
  return section("EXIT STATUS",
                 tagged("0", "All was done.") +
                     tagged("1", "Something failed: a file, a model, memory.") +
                     tagged("2", "The command line makes no sense.") +
                     tagged("128+N", "Signal N ended the work: 130 after Ctrl\\-C."));
}

std::string page_reference(const std::string& name) {
  return fmt::format(".BR {} (1)", escaped(name));
}

std::string command_page(const ProgramDescription& program, const CommandDescription& command) {
  const std::string name = program.name + "-" + command.name;
  std::string description = escaped(command.summary) + "\n.PP\n" +
                            "Options of all commands, and the models, are in " +
                            bold(program.name) + "(1).";
  std::vector<OptionDescription> options = command.options;
  options.insert(options.begin(), help_option());
  std::string listed = option_list(options);
  if (command.counts_bytes) {
    listed += ".PP\nSizes: 16K and 16KiB are of 1024 bytes, 16KB of 1000; so with M, G and T.\n";
  }
  return title(program, name) + name_section(name, command.summary) +
         section("SYNOPSIS", synopsis_of(program, command)) + section("DESCRIPTION", description) +
         section("ARGUMENTS", arguments_list(command.options)) + section("OPTIONS", listed) +
         section("EXAMPLES", example_block(command.examples)) + exit_status() +
         section("SEE ALSO", page_reference(program.name));
}

std::string models_section() {
  std::string text =
      "A model is a name, with options after a colon: gzip:9, xz:6e, png:9,width=640, ppm:6,\n"
      "arith:ppm:6. Every codec is a model too.\n";
  for (const bool codecs : {true, false}) {
    text += codecs ? ".SS Codecs\n" : ".SS Models\n";
    for (const ModelInfo* info : model_list()) {
      if (info->is_codec() != codecs) continue;
      const std::string options = options_of(*info);
      std::string tag = bold(info->name);
      if (!options.empty()) tag += ":\\fI" + breakable(options) + "\\fR";
      std::string body = capitalized(escaped(info->summary));
      const std::string_view fallback = info->options.empty() ? "" : info->options.front().fallback;
      if (!fallback.empty()) body += " [" + escaped(fallback) + "]";
      text += tagged(tag, sentence(body));
    }
  }
  return section(
      "MODELS",
      text +
          ".PP\nA folder whose name holds any of , : @ = \" \\e stands in double quotes:\n"
          "\\(aqlm:\"a:b\"\\(aq. Mixtures take two models or more with + between them; a list "
          "goes\n"
          "to the innermost, and brackets end it: mix:[avg:cm+ppm:6]+gzip:9.");
}

std::string environment_section() {
  const auto variable = [](const char* name, const char* text) {
    return tagged(bold(name), escaped(text));
  };
  return section(
      "ENVIRONMENT",
      variable("ZIPDREAM_MODELS",
               "Folders where lm:NAME looks for language models first, with colons between them.") +
          variable("XDG_DATA_HOME, XDG_DATA_DIRS",
                   "In zipdream/models of these folders it looks next.") +
          variable("HF_HUB_CACHE, HF_HOME, LLAMA_CACHE, OLLAMA_MODELS",
                   "Where other programs keep language models, which are found there too.") +
          variable("XDG_CACHE_HOME",
                   "In zipdream/sha256 there, or in ~/.cache, the digests of models are kept.") +
          variable("NO_COLOR", "Set: nothing is coloured.") +
          variable("ZIPDREAM_MODULE_DIR",
                   "Where the part that reads images is, if it is not where it was installed."));
}

std::string program_page(const ProgramDescription& program) {
  const std::string tagline =
      "any compressor as a generative model, any generative model as a compressor";
  const std::string synopsis = bold(program.name) + " [" + italic("OPTIONS") + "] " +
                               italic("COMMAND") + " [" + italic("ARGUMENTS") + "]\n.br\n" +
                               bold(program.name + " help") + " " + italic("COMMAND");
  std::string commands;
  std::string pages;
  for (const CommandDescription& command : program.commands) {
    const std::string page = program.name + "-" + command.name;
    commands += tagged(bold(command.name), escaped(command.summary));
    pages += page_reference(page) + (&command == &program.commands.back() ? "" : " ,") + "\n";
  }
  const std::vector<OptionDescription> options = with_help_and_version(program.options);
  return title(program, program.name) + name_section(program.name, tagline) +
         section("SYNOPSIS", synopsis) +
         section("DESCRIPTION",
                 "A codec gives every text a length, and what is short is what it expected: so it "
                 "predicts.\nzipdream continues texts, images and audio by codecs and by models "
                 "that learn, shows\nwhat they expect, compares them, and compresses by any of "
                 "them.\nEach command has a page of its own.") +
         section("COMMANDS", commands) + section("OPTIONS", option_list(options)) +
         models_section() + section("EXAMPLES", example_block(program.examples)) + exit_status() +
         environment_section() +
         section("SEE ALSO", pages +
                                 ".PP\nGr\\('egoire Del\\('etang and others, Language Modeling "
                                 "Is Compression, ICLR 2024, arXiv:2309.10668.");
}

// Whether both take the same options and arguments.
bool are_alike(const CommandDescription& one, const CommandDescription& other) {
  return std::ranges::equal(one.options, other.options, {}, &OptionDescription::names,
                            &OptionDescription::names);
}

ManPage mpi_page(const ProgramDescription& program, const ProgramDescription& mpi) {
  std::string commands;
  std::string own;  // options that stand on no other page
  std::string pages = page_reference(program.name);
  for (const CommandDescription& command : mpi.commands) {
    const std::string page = program.name + "-" + command.name;
    const auto same = std::ranges::find(program.commands, command.name, &CommandDescription::name);
    const bool is_there = same != program.commands.end() && are_alike(*same, command);
    const std::string where =
        is_there ? page_reference(page) + "." : "OPTIONS OF " + escaped(command.name) + ", below.";
    commands += tagged(bold(command.name),
                       escaped(command.summary) + " Its options and arguments are in\n" + where);
    if (!is_there) {
      own += section("OPTIONS OF " + escaped(command.name),
                     arguments_list(command.options) + option_list(command.options));
    }
    pages += " ,\n" + page_reference(page);
  }
  return {
      mpi.name,
      title(program, mpi.name) + name_section(mpi.name, mpi.summary) +
          section("SYNOPSIS", bold("mpirun -n") + " " + italic("N") + " " + bold(mpi.name) + " " +
                                  italic("COMMAND") + " [" + italic("ARGUMENTS") + "]") +
          section("DESCRIPTION",
                  "The table is that of one process, to the last digit. All ranks read the data "
                  "themselves, by the\nsame paths. A run that was ended goes on by the same "
                  "command from its \\fB\\-\\-record\\fR, on any number\nof ranks. "
                  "\\fB\\-\\-threads\\fR is 1 unless it is given: a rank for each core.") +
          section("COMMANDS", commands) +
          section("OPTIONS", option_list(with_help_and_version(mpi.options))) + own +
          section("EXAMPLES", example_block(mpi.examples)) + exit_status() +
          section("SEE ALSO", pages)};
}

ManPage train_mpi_page(const ProgramDescription& program) {
  const std::string name = program.name + "-train-mpi";
  const std::string alone = program.name + "-train";
  return {
      name,
      title(program, name) +
          name_section(name, "trains a language model by all processes that mpirun starts") +
          section("SYNOPSIS", bold("mpirun -n") + " " + italic("N") + " " + bold(alone) + " [" +
                                  italic("OPTIONS") + "] [" + italic("FILE") + " ...]") +
          section("DESCRIPTION", "What " + bold(alone) +
                                     " goes on as when mpirun starts it. Its options are in\n" +
                                     page_reference(alone) +
                                     " ,\nbut \\fB\\-\\-threads\\fR is 1 unless it is given. With "
                                     "\\fB\\-\\-micro\\-batches\\fR \\fIM\\fR the weights are the\n"
                                     "same for any number of processes up to M, on machines of "
                                     "one kind.") +
          section("EXAMPLES",
                  example_block(
                      "  mpirun -n 4 zipdream-train *.txt -o big --micro-batches 16\n"
                      "  mpirun -n 8 zipdream-train --resume big   # goes on, by more of them\n")) +
          exit_status() + section("SEE ALSO", page_reference(alone))};
}

}  // namespace

std::vector<ManPage> man_pages(const ProgramDescription& program, const ProgramDescription& mpi) {
  std::vector<ManPage> pages = {{program.name, program_page(program)}};
  for (const CommandDescription& command : program.commands) {
    pages.push_back({program.name + "-" + command.name, command_page(program, command)});
  }
  pages.push_back(mpi_page(program, mpi));
  pages.push_back(train_mpi_page(program));
  return pages;
}

}  // namespace zipdream
