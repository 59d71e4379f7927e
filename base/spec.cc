// SPDX-License-Identifier: Apache-2.0
// Specs as values: what is said of them, and how they are written. models/spec_parser.cc reads
// them.
#include "base/spec.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <charconv>
#include <system_error>
#include <utility>
#include <vector>

#include "zipdream/error.h"
#include "zipdream/registry.h"
#include "zipdream/spec.h"

namespace zipdream {
namespace {

constexpr std::size_t kMaxShown = 200;

bool needs_quotes(std::string_view value, bool in_list) {
  return std::any_of(value.begin(), value.end(), [in_list](char c) {
    return is_control(c) || is_special_in_specs(c, in_list);
  });
}

// What an archive's header can't hold as it is: it is of printable ASCII alone.
bool is_beyond_ascii(char c) { return c == ' ' || static_cast<unsigned char>(c) > 126; }

std::string choices_of(const OptionInfo& option) {
  std::string list;
  for (const char c : option.choices) list += c == ' ' ? std::string(", ") : std::string(1, c);
  const std::size_t last = list.rfind(", ");
  return last == std::string::npos ? list : list.replace(last, 2, " or ");
}

// A spec of that model that can be tried.
std::string example_of(const ModelInfo& info) {
  return std::string(info.example.empty() ? info.name : info.example);
}

std::string checked_number(const ModelInfo& info, const OptionInfo& option, std::string_view value,
                           std::string_view text) {
  const bool has_flag = !option.flag.empty() && value.ends_with(option.flag);
  const std::string_view digits = value.substr(0, value.size() - (has_flag ? 1 : 0));
  std::uint64_t number = 0;
  const char* const end = digits.data() + digits.size();
  const auto [rest, status] = std::from_chars(digits.data(), end, number);
  const bool is_number = rest == end && !digits.empty() && status == std::errc();
  if (is_number && number >= option.min && number <= option.max) {
    return fmt::format("{}{}", number, has_flag ? option.flag : "");
  }
  const std::string nearest = is_number ? std::to_string(std::clamp(number, option.min, option.max))
                              : option.fallback.empty() ? std::to_string(option.min)
                                                        : std::string(option.fallback);
  const bool is_first = &option == info.options.data();
  const std::string example = is_first ? fmt::format("{}:{}", info.name, nearest)
                                       : fmt::format("{}={}", option.key, nearest);
  std::string range = fmt::format("{} to {}", option.min, option.max);
  if (!option.flag.empty()) {
    range += fmt::format(", or {1}{0} to {2}{0}", option.flag, option.min, option.max);
  }
  throw bad_option(text, fmt::format("the {} must be {}", name_of(option), range), example);
}

}  // namespace

bool is_special_in_specs(char c, bool in_list) {
  constexpr std::string_view kSpecial = ",:@=\"\\+[]";
  constexpr std::size_t kElsewhere = 6;  // of them
  return kSpecial.substr(0, in_list ? kSpecial.size() : kElsewhere).find(c) != kSpecial.npos;
}

bool is_control(char c) { return static_cast<unsigned char>(c) < ' ' || c == 127; }

std::string quoted_value(std::string_view value, Spelling spelling) {
  const bool ascii = spelling.ascii;
  const bool is_plain = !ascii || std::none_of(value.begin(), value.end(), is_beyond_ascii);
  if (is_plain && !needs_quotes(value, spelling.in_list)) return std::string(value);
  std::string text = "\"";
  for (const char c : value) {
    if (c == '"' || c == '\\') {
      text += '\\';
      text += c;
    } else if (c == '\n') {
      text += "\\n";
    } else if (is_control(c) || (ascii && is_beyond_ascii(c))) {
      text += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    } else {
      text += c;
    }
  }
  return text + '"';
}

std::string shown(std::string_view text) {
  std::string line;
  for (const char c : text.substr(0, kMaxShown)) {
    line +=
        is_control(c) ? fmt::format("\\x{:02x}", static_cast<unsigned char>(c)) : std::string(1, c);
  }
  return text.size() > kMaxShown ? line + "..." : line;
}

std::string_view name_of(const OptionInfo& option) {
  return option.unit.empty() ? option.key : option.unit;
}

Error bad_option(std::string_view text, std::string_view message, std::string_view remedy) {
  return {Error::Kind::kUsage, shown(text), std::string(message),
          fmt::format("try {}", shown(remedy))};
}

Error missing_in_spec(const ModelInfo& info, std::string_view what, std::string_view text) {
  if (text.ends_with(':')) text.remove_suffix(1);
  return bad_option(text, fmt::format("of which {}?", what), example_of(info));
}

std::string checked_value(const ModelInfo& info, const OptionInfo& option, std::string_view value,
                          std::string_view text) {
  switch (option.kind) {
    case OptionInfo::Kind::kNumber:
      return checked_number(info, option, value, text);
    case OptionInfo::Kind::kChoice: {
      const std::string list = fmt::format(" {} ", option.choices);
      if (!value.empty() && value.find(' ') == value.npos &&
          list.find(fmt::format(" {} ", value)) != std::string::npos) {
        return std::string(value);
      }
      throw bad_option(
          text,
          fmt::format("the {} is {}, not '{}'", name_of(option), choices_of(option), shown(value)),
          info.example.empty() ? fmt::format("{}={}", option.key, option.fallback)
                               : example_of(info));
    }
    case OptionInfo::Kind::kText:
      break;
  }
  if (value.empty()) throw missing_in_spec(info, name_of(option), text);
  return std::string(value);
}

const OptionInfo* ModelInfo::option(std::string_view key) const {
  const auto found = std::find_if(options.begin(), options.end(),
                                  [&](const OptionInfo& option) { return option.key == key; });
  return found == options.end() ? nullptr : &*found;
}

namespace {

const OptionInfo& option_of(const ModelInfo& info, std::string_view key) {
  const OptionInfo* const option = info.option(key);
  assert(option != nullptr);
  return *option;
}

}  // namespace

bool Spec::has(std::string_view key) const {
  return std::any_of(options_.begin(), options_.end(),
                     [&](const auto& option) { return option.first == key; });
}

std::string Spec::get(std::string_view key) const {
  for (const auto& [name, value] : options_) {
    if (name == key) return value;
  }
  return std::string(option_of(info(), key).fallback);
}

std::uint64_t Spec::number(std::string_view key) const {
  const std::string digits = get(key);
  std::uint64_t value = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return value;
}

void Spec::set(std::string_view key, std::string value) {
  value = checked_value(info(), option_of(info(), key), value,
                        fmt::format("{}:{}={}", name_, key, quoted_value(value)));
  const auto options = info().options;
  const auto place = [&](std::string_view name) {
    return std::find_if(options.begin(), options.end(),
                        [&](const OptionInfo& option) { return option.key == name; });
  };
  const auto at = std::find_if(options_.begin(), options_.end(), [&](const auto& option) {
    return place(option.first) >= place(key);
  });
  if (at != options_.end() && at->first == key) {
    at->second = std::move(value);
  } else {
    options_.emplace(at, key, std::move(value));
  }
}

namespace {

using Options = std::vector<std::pair<std::string, std::string>>;

std::string written(const ModelInfo& info, const Options& options, Spelling spelling) {
  std::string text(info.name);
  char separator = ':';
  for (const auto& [key, value] : options) {
    const bool is_first = &option_of(info, key) == info.options.data();
    text += separator;
    text += is_first ? quoted_value(value, spelling)
                     : fmt::format("{}={}", key, quoted_value(value, spelling));
    separator = ',';
  }
  return text;
}

bool takes_list(const Spec& spec) { return spec.info().inner == ModelInfo::Inner::kList; }

// Whether a list may be the end of its text.
bool ends_in_list(const Spec& spec) {
  return takes_list(spec) || std::ranges::any_of(spec.inner(), ends_in_list);
}

// The models within, by `write(model, spelling)`.
template <typename Write>
std::string written_inner(const Spec& spec, Spelling spelling, const Write& write) {
  std::string text;
  if (takes_list(spec)) spelling.in_list = true;
  for (const Spec& model : spec.inner()) {
    text += text.empty() || !takes_list(spec) ? ':' : '+';
    const bool is_open = takes_list(spec) && ends_in_list(model);
    text += is_open ? fmt::format("[{}]", write(model, spelling)) : write(model, spelling);
  }
  return text;
}

}  // namespace

std::string Spec::written_text(Spelling spelling) const {
  std::string text = written(info(), options_, spelling);
  text += written_inner(
      *this, spelling, [](const Spec& model, Spelling inner) { return model.written_text(inner); });
  if (!suffix_.empty()) text += '@' + quoted_value(suffix_, spelling);
  return text;
}

std::string Spec::text() const { return written_text({}); }

Spec Spec::without_defaults() const {
  Spec spec = *this;
  const auto options = info().options;
  std::erase_if(spec.options_, [&](const auto& option) {
    const OptionInfo& row = option_of(info(), option.first);
    return &row != options.data() && option.second == row.fallback;
  });
  if (!options.empty() && !options[0].fallback.empty())
    spec.set(options[0].key, get(options[0].key));
  for (Spec& model : spec.inner_) model = model.without_defaults();
  return spec;
}

std::string Spec::canonical() const {
  if (name_.empty()) return "";
  return without_defaults().written_text({.ascii = true});
}

namespace {

Error has_no_tables(const Spec& spec) {
  const std::string others =
      names_of_codecs([](const ModelInfo& info) { return info.make_predictor != nullptr; });
  return Error::of_option("probs", "tables", fmt::format("{} has none", spec.text()),
                          fmt::format("take `probs` lengths, or one of {}", others));
}

}  // namespace

std::string names_of_codecs(bool (*has)(const ModelInfo& info)) {
  std::string names;
  for (const ModelInfo* info : model_list()) {
    if (!info->is_codec() || !has(*info)) continue;
    names += fmt::format("{}{}", names.empty() ? "" : ", ", info->name);
  }
  return names;
}

Probs chosen_probs(const Spec& spec, const PredictorOptions& options) {
  const bool has_tables = spec.info().make_predictor != nullptr;
  if (options.probs != Probs::kTables) {
    const bool tables = !options.probs && !options.units && has_tables;
    return tables ? Probs::kTables : Probs::kLengths;
  }
  if (options.units) {
    throw Error::of_option("units", "", "are those of lengths",
                           "leave them out or take the probabilities by lengths");
  }
  if (!has_tables) throw has_no_tables(spec);
  return Probs::kTables;
}

bool reads_codec(const Spec& spec) {
  if (spec.info().inner == ModelInfo::Inner::kList) {
    return std::ranges::any_of(spec.inner(), reads_codec);
  }
  if (spec.info().inner == ModelInfo::Inner::kAfterOptions) return reads_codec(spec.inner()[0]);
  return !spec.info().learns();
}

std::vector<std::string> member_names(const Spec& spec) {
  const ModelInfo::Inner inner = spec.info().inner;
  if (inner == ModelInfo::Inner::kAfterOptions) return member_names(spec.inner()[0]);
  std::vector<std::string> names;
  if (inner != ModelInfo::Inner::kList) return names;
  for (const Spec& member : spec.inner()) names.push_back(member.text());
  return names;
}

PredictorOptions member_options(const Spec& member, const PredictorOptions& options) {
  if (!reads_codec(member)) return {};
  return {.probs = options.probs, .units = options.units};
}

bool measures_streams(const Spec& spec, const PredictorOptions& options) {
  const ModelInfo& info = spec.info();
  if (info.inner == ModelInfo::Inner::kList) {
    return std::ranges::any_of(spec.inner(), [&](const Spec& member) {
      return measures_streams(member, member_options(member, options));
    });
  }
  if (info.inner == ModelInfo::Inner::kAfterName) return measures_streams(spec.inner()[0], {});
  if (info.inner != ModelInfo::Inner::kNone) return measures_streams(spec.inner()[0], options);
  return !info.learns() && chosen_probs(spec, options) == Probs::kLengths;
}

std::string probs_name(const Spec& spec, const PredictorOptions& options) {
  const ModelInfo& info = spec.info();
  if (info.inner == ModelInfo::Inner::kAfterOptions) return probs_name(spec.inner()[0], options);
  if (info.inner == ModelInfo::Inner::kList) {
    std::string names;
    for (const Spec& member : spec.inner()) {
      if (!names.empty()) names += " + ";
      names += probs_name(member, member_options(member, options));
    }
    return names;
  }
  if (info.learns()) return "learned";
  if (chosen_probs(spec, options) == Probs::kTables) return "tables";
  return options.units == Units::kBytes ? "lengths in bytes" : "lengths in bits";
}

}  // namespace zipdream
