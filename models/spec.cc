// SPDX-License-Identifier: Apache-2.0
#include "zipdream/spec.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <charconv>
#include <optional>
#include <system_error>
#include <vector>

#include "base/errors.h"
#include "zipdream/error.h"
#include "zipdream/registry.h"

namespace zipdream {
namespace {

constexpr int kMaxDepth = 8;  // "residual:med:arith:..." in each other
constexpr std::size_t kMaxShown = 200;
constexpr std::string_view kSpecial = ",:@=\"\\";

bool is_control(char c) { return static_cast<unsigned char>(c) < ' ' || c == 127; }

bool needs_quotes(std::string_view value) {
  return std::any_of(value.begin(), value.end(),
                     [](char c) { return is_control(c) || kSpecial.find(c) != kSpecial.npos; });
}

// What an archive's header can't hold as it is: it is of printable ASCII alone.
bool is_beyond_ascii(char c) { return c == ' ' || static_cast<unsigned char>(c) > 126; }

// `ascii`: with spaces and all beyond ASCII as \xHH.
std::string quoted(std::string_view value, bool ascii = false) {
  const bool is_plain = !ascii || std::none_of(value.begin(), value.end(), is_beyond_ascii);
  if (is_plain && !needs_quotes(value)) return std::string(value);
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

// For messages: whatever was written, on one line, and no more of it than can be read.
std::string shown(std::string_view text) {
  std::string line;
  for (const char c : text.substr(0, kMaxShown)) {
    line +=
        is_control(c) ? fmt::format("\\x{:02x}", static_cast<unsigned char>(c)) : std::string(1, c);
  }
  return text.size() > kMaxShown ? line + "..." : line;
}

Error no_such_model(std::string_view name) {
  if (name.empty()) return usage_error("no model is named; `zipdream list` shows all");
  std::vector<std::string_view> names;
  for (const ModelInfo* info : model_list()) names.push_back(info->name);
  return {Error::Kind::kUsage, shown(name), "no such model",
          fmt::format("{}`zipdream list` shows all", suggestion(name, names))};
}

// "level", or what people call it.
std::string_view name_of(const OptionInfo& option) {
  return option.unit.empty() ? option.key : option.unit;
}

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

// `text` is what a message shows of the model at fault.
Error bad_option(std::string_view text, std::string_view message, std::string_view remedy) {
  return {Error::Kind::kUsage, shown(text), std::string(message),
          fmt::format("try {}", shown(remedy))};
}

// The model's text ends where something has to follow.
Error missing(const ModelInfo& info, std::string_view what, std::string_view text) {
  if (text.ends_with(':')) text.remove_suffix(1);
  return bad_option(text, fmt::format("of which {}?", what), example_of(info));
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

// As it is kept; throws when the option can't have that value.
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
  if (value.empty()) throw missing(info, name_of(option), text);
  return std::string(value);
}

}  // namespace

class SpecParser {
 public:
  explicit SpecParser(std::string_view text) : text_(text) {}

  Spec parse() {
    Spec spec = take_model();
    const std::string_view model = text_.substr(0, at_);
    if (take('@')) {
      spec.suffix_ = take_value();
      if (spec.suffix_.empty()) throw bad_option(text_, "nothing stands behind @", model);
    }
    if (at_ < text_.size()) throw bad_option(text_, one_too_many(), text_.substr(0, at_));
    return spec;
  }

 private:
  Spec take_model() {
    if (++depth_ > kMaxDepth) throw bad_option(text_, "too many models within each other", "fewer");
    const std::size_t begin = at_;
    Spec spec;
    spec.name_ = take_bare();
    const ModelInfo* const info = find_model_info(spec.name_);
    if (info == nullptr) throw no_such_model(spec.name_);
    const bool goes_on = take(':');
    if (goes_on && info->inner != ModelInfo::Inner::kAfterName) take_options(*info, begin, spec);
    take_inner(*info, goes_on, begin, spec);
    return spec;
  }

  void take_options(const ModelInfo& info, std::size_t begin, Spec& spec) {
    if (info.options.empty()) {
      const std::string_view rest = text_.substr(at_, text_.find('@', at_) - at_);
      if (rest.empty()) return;
      throw bad_option(text_.substr(begin), fmt::format("{} has no options", info.name), info.name);
    }
    std::vector<std::optional<std::string>> values(info.options.size());
    do {
      const std::size_t field = at_;
      const std::size_t which = take_key(info, begin, field == after_name(begin, info));
      const std::string value = take_value();
      // An empty first field is left at its default ("png:,width=3" is "png:width=3").
      const bool is_left_out =
          value.empty() && which == 0 && at_ == field && !info.options[0].fallback.empty();
      if (is_left_out) continue;
      const OptionInfo& option = info.options[which];
      const std::string_view said = text_.substr(begin, at_ - begin);
      if (values[which]) {
        throw bad_option(said, fmt::format("the {} is given twice", name_of(option)),
                         "one of them");
      }
      values[which] = checked_value(info, option, value, said);
    } while (take(',') || takes_another_option(info));
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (values[i]) spec.options_.emplace_back(info.options[i].key, *values[i]);
    }
  }

  static std::size_t after_name(std::size_t begin, const ModelInfo& info) {
    return begin + info.name.size() + 1;
  }

  // Takes "key=" and returns which option that is; without a key it is the first.
  std::size_t take_key(const ModelInfo& info, std::size_t begin, bool is_first_field) {
    const std::size_t end = text_.find_first_of(",:@=\"", at_);
    if (end == text_.npos || text_[end] != '=') {
      if (is_first_field) return 0;
      const std::string_view word = text_.substr(at_, end - at_);
      if (info.option(word) == nullptr) throw unknown_option(info, begin, word);
      throw bad_option(text_.substr(begin), fmt::format("the {} has no value", word),
                       fmt::format("{}=...", word));
    }
    const std::string_view key = text_.substr(at_, end - at_);
    for (std::size_t i = 0; i < info.options.size(); ++i) {
      if (info.options[i].key != key) continue;
      at_ = end + 1;
      return i;
    }
    throw unknown_option(info, begin, key);
  }

  [[nodiscard]] Error unknown_option(const ModelInfo& info, std::size_t begin,
                                     std::string_view word) const {
    std::vector<std::string_view> keys;
    std::string list;
    for (const OptionInfo& option : info.options) {
      keys.push_back(option.key);
      list += fmt::format("{}{}", list.empty() ? "" : ", ", option.key);
    }
    const bool has_text = info.options[0].kind == OptionInfo::Kind::kText;
    return {Error::Kind::kUsage, shown(text_.substr(begin)),
            fmt::format("{} has no option '{}'", info.name, shown(word)),
            fmt::format("{}its options are {}{}", suggestion(word, keys), list,
                        has_text ? fmt::format(", and a {} that holds any of ,:@=\" stands in "
                                               "double quotes",
                                               name_of(info.options[0]))
                                 : "")};
  }

  // Options of a model without another one in it may also follow a colon.
  bool takes_another_option(const ModelInfo& info) {
    if (at_ >= text_.size() || text_[at_] != ':') return false;
    const std::size_t end = text_.find_first_of(",:@=\"", at_ + 1);
    if (end == text_.npos || text_[end] != '=') return false;
    const std::string_view key = text_.substr(at_ + 1, end - at_ - 1);
    if (info.option(key) == nullptr) return false;
    ++at_;
    return true;
  }

  void take_inner(const ModelInfo& info, bool goes_on, std::size_t begin, Spec& spec) {
    const bool is_needed = !info.options.empty() && info.options[0].fallback.empty();
    if (is_needed && !spec.has(info.options[0].key)) {
      throw missing(info, name_of(info.options[0]), text_.substr(begin, at_ - begin));
    }
    if (info.inner == ModelInfo::Inner::kNone) return expect_end(info, begin);
    if (info.inner == ModelInfo::Inner::kAfterOptions) goes_on = take(':');
    if (!goes_on || at_ >= text_.size()) throw missing(info, "model", text_.substr(begin));
    spec.inner_.push_back(take_model());
  }

  // After a model that is made of no other one.
  void expect_end(const ModelInfo& info, std::size_t begin) const {
    if (at_ >= text_.size() || text_[at_] == '@') return;
    std::string remedy(text_.substr(begin, at_ - begin));
    if (!info.options.empty() && info.options[0].kind == OptionInfo::Kind::kText) {
      remedy = fmt::format("{}:{}", info.name, quoted(text_.substr(after_name(begin, info))));
    } else if (remedy.ends_with(':')) {
      remedy.pop_back();
    }
    throw bad_option(
        text_.substr(begin),
        text_[at_] == ':' ? fmt::format("{} is made of no other model", info.name) : one_too_many(),
        remedy);
  }

  [[nodiscard]] std::string one_too_many() const {
    return fmt::format("'{}' is one too many", shown(text_.substr(at_)));
  }

  bool take(char c) {
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  std::string take_bare() {
    const std::size_t begin = at_;
    while (at_ < text_.size() && kSpecial.find(text_[at_]) == kSpecial.npos) {
      if (is_control(text_[at_])) {
        throw usage_error(
            fmt::format("{}: a name holds a control character; write it in double quotes, \\x0a "
                        "for a line feed",
                        shown(text_)));
      }
      ++at_;
    }
    return std::string(text_.substr(begin, at_ - begin));
  }

  std::string take_value() {
    if (!take('"')) return take_bare();
    std::string value;
    while (at_ < text_.size() && text_[at_] != '"') value += take_character();
    if (!take('"')) {
      throw bad_option(text_, "a double quote is not closed", shown(text_) + '"');
    }
    return value;
  }

  char take_character() {
    const char c = text_[at_++];
    if (c != '\\') return c;
    const char escape = at_ < text_.size() ? text_[at_++] : '\0';
    if (escape == '"' || escape == '\\') return escape;
    if (escape == 'n') return '\n';
    if (escape == 'x' && at_ + 2 <= text_.size()) {
      unsigned code = 0;
      const char* const begin = text_.data() + at_;
      if (const auto [end, error] = std::from_chars(begin, begin + 2, code, 16);
          end == begin + 2 && error == std::errc()) {
        at_ += 2;
        return static_cast<char>(code);
      }
    }
    throw bad_option(text_, "a backslash in quotes stands before \\, \", n or xHH",
                     "two backslashes for one");
  }

  std::string_view text_;
  std::size_t at_ = 0;
  int depth_ = 0;
};

Spec Spec::parse(std::string_view text) { return SpecParser(text).parse(); }

namespace {

const OptionInfo& option_of(const std::string& name, std::string_view key) {
  const OptionInfo* const option = find_model_info(name)->option(key);
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
  return std::string(option_of(name_, key).fallback);
}

std::uint64_t Spec::number(std::string_view key) const {
  const std::string digits = get(key);
  std::uint64_t value = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return value;
}

void Spec::set(std::string_view key, std::string value) {
  const ModelInfo& info = *find_model_info(name_);
  value = checked_value(info, option_of(name_, key), value,
                        fmt::format("{}:{}={}", name_, key, quoted(value)));
  const auto options = info.options;
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

std::string written(const std::string& name, const Options& options, bool ascii) {
  std::string text = name;
  char separator = ':';
  for (const auto& [key, value] : options) {
    const bool is_first = &option_of(name, key) == find_model_info(name)->options.data();
    text += separator;
    text += is_first ? quoted(value, ascii) : fmt::format("{}={}", key, quoted(value, ascii));
    separator = ',';
  }
  return text;
}

}  // namespace

std::string Spec::text() const {
  std::string text = written(name_, options_, /*ascii=*/false);
  for (const Spec& model : inner_) text += ':' + model.text();
  if (!suffix_.empty()) text += '@' + quoted(suffix_);
  return text;
}

std::string Spec::canonical() const {
  if (name_.empty()) return "";
  Spec spec = *this;
  const auto options = find_model_info(name_)->options;
  std::erase_if(spec.options_, [&](const auto& option) {
    const OptionInfo& info = option_of(name_, option.first);
    return &info != options.data() && option.second == info.fallback;
  });
  if (!options.empty() && !options[0].fallback.empty())
    spec.set(options[0].key, get(options[0].key));
  std::string text = written(name_, spec.options_, /*ascii=*/true);
  for (const Spec& model : inner_) text += ':' + model.canonical();
  if (!suffix_.empty()) text += '@' + quoted(suffix_, /*ascii=*/true);
  return text;
}

}  // namespace zipdream
