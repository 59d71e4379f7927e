// SPDX-License-Identifier: Apache-2.0
// A Spec names a model with its options, as people write it: "gzip:9", "png:9,width=640",
// "residual:med:cm", "mix:cm+gzip:9". It is parsed once, where it enters, and carried as a value.
// Stable.
//
//   spec    = model [ "@" suffix ]
//   model   = name                       a row of model_list() (registry.h)
//           | name ":" fields            the options of that row, separated by commas
//           | name [ ":" fields ] ":" model      for rows that are made of another model
//           | name [ ":" fields ] ":" list       for rows that are made of several
//   list    = member "+" member { "+" member }     two or more, at most 16
//   member  = model | "[" model "]"
//   fields  = field { "," field }
//   field   = value                      of the row's first option
//           | key "=" value
//   value   = any characters but , : @ " | a quoted value
//
// A list goes to the innermost model that takes one, and a bracket ends it: mix:gzip:9+avg:cm+ppm
// is gzip:9 and an average of two, mix:[avg:cm+ppm]+gzip:9 is the same in the other order. Members
// that hold a list are printed in brackets.
//
// One rule for quoting: a value that holds any of , : @ = " \ or a control character is written
// between double quotes; within them \" and \\ stand for themselves, \n for a line feed, \xHH for
// the byte of that number, and all else is as it is: lm:"/data/a:b, c". Within a list the same goes
// for + [ ]: mix:lm:"c++"+cm. The suffix after @ belongs
// to who asked: `compare` takes a method there (gzip:9@dream), `rates` a share (lm:english@1/40).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "zipdream/export.h"

namespace zipdream {

struct ModelInfo;
struct Spelling;

class ZIPDREAM_API Spec {
 public:
  // Of no model, for containers; it has no options.
  Spec() = default;

  // Throws a usage Error for a name that model_list() does not have (with the nearest one), an
  // option that the model does not have, a value out of its range, a missing model within, a broken
  // quote. Files that a value names are not looked for.
  [[nodiscard]] static Spec parse(std::string_view text);

  [[nodiscard]] const std::string& name() const { return name_; }

  // The row of registry.h that has this name. REQUIRES: the spec was parsed.
  [[nodiscard]] const ModelInfo& info() const { return *info_; }

  // The value of an option: as it was written, else its default, "" if it has none. REQUIRES: the
  // model has that option.
  [[nodiscard]] std::string get(std::string_view key) const;
  // The same of a number; 0 if there is none.
  [[nodiscard]] std::uint64_t number(std::string_view key) const;
  // Whether the option was written.
  [[nodiscard]] bool has(std::string_view key) const;
  // Writes an option. Throws a usage Error for a value out of its range. REQUIRES: the model has
  // that option.
  void set(std::string_view key, std::string value);

  // The models that it is made of; most have none.
  [[nodiscard]] const std::vector<Spec>& inner() const { return inner_; }
  [[nodiscard]] std::vector<Spec>& inner() { return inner_; }

  // What follows @, or empty.
  [[nodiscard]] const std::string& suffix() const { return suffix_; }
  void set_suffix(std::string suffix) { suffix_ = std::move(suffix); }

  // How it is written, with the options that were written: "gzip" stays "gzip". Parses back.
  [[nodiscard]] std::string text() const;

  // The one spelling of all that mean the same, with the defaults that a first option has: "gzip"
  // is "gzip:6", "png:9,channels=1" is "png:9". Parses back.
  [[nodiscard]] std::string canonical() const;

  friend bool operator==(const Spec& a, const Spec& b) { return a.canonical() == b.canonical(); }

 private:
  friend class SpecParser;

  [[nodiscard]] std::string written_text(Spelling spelling) const;
  [[nodiscard]] Spec without_defaults() const;

  std::string name_;
  const ModelInfo* info_ = nullptr;                           // of the name
  std::vector<std::pair<std::string, std::string>> options_;  // key and value, in the row's order
  std::vector<Spec> inner_;
  std::string suffix_;
};

}  // namespace zipdream
