// SPDX-License-Identifier: Apache-2.0
// What a command line takes, as data: what the help is printed from, for manual pages and for the
// completions of shells.
#pragma once

#include <string>
#include <vector>

namespace zipdream {

struct OptionDescription {
  std::vector<std::string> names;     // "-n", "--predict"; of what is known by its place: "MODEL"
  std::string type;                   // what stands for the value, as in the help; "" for flags
  std::string help;                   // one or more sentences, the last without a full stop
  std::string group;                  // the heading it stands under; "" for none
  std::string fallback;               // the default, where the help shows it
  std::string values;                 // "a whole number from 1 to 64"; "" where the type says all
  std::vector<std::string> choices;   // all that the value may be; empty: these can't be counted
  std::vector<std::string> excluded;  // names of options that it may not stand with
  bool has_place = false;             // it is known by its place, and `names` holds one word
  bool takes_value = false;
  bool may_stand_alone = false;  // without its value
  bool is_list = false;          // takes several values, or may be repeated
  bool takes_many = false;       // and all words that follow, up to the next option, are its values
  bool is_required = false;
};

struct CommandDescription {
  std::string name;
  std::string summary;
  std::string examples;  // lines that work as typed, indented by two spaces
  bool counts_bytes = false;
  std::vector<OptionDescription> options;
};

struct ProgramDescription {
  std::string name;
  std::string version;
  std::string summary;
  std::string examples;
  std::vector<OptionDescription> options;  // of all commands
  std::vector<CommandDescription> commands;
};

}  // namespace zipdream
