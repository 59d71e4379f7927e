// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <charconv>
#include <optional>
#include <system_error>
#include <vector>

#include "base/errors.h"
#include "base/spec.h"
#include "zipdream/error.h"
#include "zipdream/registry.h"
#include "zipdream/spec.h"

namespace zipdream {
namespace {

constexpr int kMaxDepth = 8;             // "residual:med:arith:..." in each other
constexpr std::size_t kMaxMembers = 16;  // of a list

Error no_such_model(std::string_view name) {
  if (name.empty()) return usage_error("no model is named; `zipdream list` shows all");
  std::vector<std::string_view> names;
  for (const ModelInfo* info : model_list()) names.push_back(info->name);
  if (find_model_info(name.substr(0, name.find('+'))) != nullptr) {
    return {Error::Kind::kUsage, shown(name), "no such model",
            fmt::format("a mixture is written mix:{}", shown(name))};
  }
  return {Error::Kind::kUsage, shown(name), "no such model",
          fmt::format("{}`zipdream list` shows all", suggestion(name, names))};
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
    Spec spec = take_model_alone();
    --depth_;
    return spec;
  }

  Spec take_model_alone() {
    const std::size_t begin = at_;
    Spec spec;
    spec.name_ = take_bare();
    const ModelInfo* const info = find_model_info(spec.name_);
    if (info == nullptr) throw no_such_model(spec.name_);
    spec.info_ = info;
    const bool goes_on = take(':');
    const bool has_options = goes_on && !goes_on_with_model(*info);
    if (has_options) take_options(*info, begin, spec);
    take_inner(*info, goes_on, has_options, begin, spec);
    return spec;
  }

  // Whether no options stand between the name and the model within.
  [[nodiscard]] bool goes_on_with_model(const ModelInfo& info) const {
    if (info.inner == ModelInfo::Inner::kNone) return false;
    if (info.inner == ModelInfo::Inner::kAfterName || info.options.empty()) return true;
    if (info.options[0].fallback.empty()) return false;
    const bool is_list = info.inner == ModelInfo::Inner::kList;
    if (is_list && at_ < text_.size() && text_[at_] == '[') return true;
    const std::size_t end = text_.find_first_of(is_list ? kEndsInLists : ends(), at_);
    return find_model_info(text_.substr(at_, std::min(end, text_.size()) - at_)) != nullptr;
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
    const std::size_t end = text_.find_first_of(ends(), at_);
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
    const std::size_t end = text_.find_first_of(ends(), at_ + 1);
    if (end == text_.npos || text_[end] != '=') return false;
    const std::string_view key = text_.substr(at_ + 1, end - at_ - 1);
    if (info.option(key) == nullptr) return false;
    ++at_;
    return true;
  }

  void take_inner(const ModelInfo& info, bool goes_on, bool has_options, std::size_t begin,
                  Spec& spec) {
    const bool is_needed = !info.options.empty() && info.options[0].fallback.empty();
    if (is_needed && !spec.has(info.options[0].key)) {
      throw missing_in_spec(info, name_of(info.options[0]), text_.substr(begin, at_ - begin));
    }
    if (info.inner == ModelInfo::Inner::kNone) return expect_end(info, begin);
    if (has_options) goes_on = take(':');
    if (!goes_on || at_ >= text_.size()) throw missing_in_spec(info, "model", text_.substr(begin));
    if (info.inner == ModelInfo::Inner::kList) return take_list(info, begin, spec);
    spec.inner_.push_back(take_model());
  }

  void take_list(const ModelInfo& info, std::size_t begin, Spec& spec) {
    ++lists_;
    do {
      if (spec.inner_.size() == kMaxMembers) {
        throw bad_option(text_.substr(begin),
                         fmt::format("{} takes at most {} models", info.name, kMaxMembers),
                         "fewer");
      }
      spec.inner_.push_back(take_member());
    } while (take('+'));
    --lists_;
    if (spec.inner_.size() == 1) throw of_one(info, text_.substr(begin, at_ - begin), spec);
  }

  Spec take_member() {
    const std::size_t begin = at_;
    if (!take('[')) return take_model();
    Spec spec = take_model();
    if (take(']')) return spec;
    throw bad_option(text_, "a bracket is not closed", fmt::format("{}]", text_.substr(begin)));
  }

  // A list without brackets goes to the innermost model that takes one.
  [[nodiscard]] static Error of_one(const ModelInfo& info, std::string_view text,
                                    const Spec& spec) {
    Spec inner = spec.inner_[0];
    std::string remedy(info.example);
    if (inner.info().inner == ModelInfo::Inner::kList && inner.inner_.size() > 2) {
      const Spec last = inner.inner_.back();
      inner.inner_.pop_back();
      remedy = fmt::format("{}:[{}]+{}, where brackets end the list within", info.name,
                           inner.text(), last.text());
    }
    return bad_option(text, fmt::format("{} takes two models or more", info.name), remedy);
  }

  // After a model that is made of no other one.
  void expect_end(const ModelInfo& info, std::size_t begin) const {
    if (at_ >= text_.size() || text_[at_] == '@') return;
    if (lists_ > 0 && (text_[at_] == '+' || text_[at_] == ']')) return;
    std::string remedy(text_.substr(begin, at_ - begin));
    if (!info.options.empty() && info.options[0].kind == OptionInfo::Kind::kText) {
      remedy = fmt::format("{}:{}", info.name, quoted_value(text_.substr(after_name(begin, info))));
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
    while (at_ < text_.size() && !is_special_in_specs(text_[at_], lists_ > 0)) {
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

  static constexpr std::string_view kEndsInLists = ",:@=\"+[]";

  // What ends a word.
  [[nodiscard]] std::string_view ends() const {
    return lists_ > 0 ? kEndsInLists : kEndsInLists.substr(0, 5);
  }

  std::string_view text_;
  std::size_t at_ = 0;
  int depth_ = 0;
  int lists_ = 0;  // that at_ is within
};

Spec Spec::parse(std::string_view text) { return SpecParser(text).parse(); }

}  // namespace zipdream
