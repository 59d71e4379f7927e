// SPDX-License-Identifier: Apache-2.0
#include "apps/cli/model_names.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>

#include "models/lm/local_models.h"

namespace zipdream {

std::string values_of(const OptionInfo& option) {
  switch (option.kind) {
    case OptionInfo::Kind::kNumber: {
      const std::string flag = option.flag.empty() ? "" : fmt::format("[{}]", option.flag);
      return fmt::format("{}-{}{}", option.min, option.max, flag);
    }
    case OptionInfo::Kind::kChoice: {
      std::string choices(option.choices);
      std::ranges::replace(choices, ' ', '|');
      return choices;
    }
    case OptionInfo::Kind::kText:
      break;
  }
  return option.key == "path" ? "DIR" : "TEXT";
}

std::string options_of(const ModelInfo& info) {
  std::string text;
  for (const OptionInfo& option : info.options) {
    const bool is_first = &option == info.options.data();
    text += is_first ? values_of(option) : fmt::format(",{}={}", option.key, values_of(option));
  }
  if (info.inner == ModelInfo::Inner::kAfterName) text += "MODEL";
  if (info.inner == ModelInfo::Inner::kAfterOptions) text += ":MODEL";
  if (info.inner == ModelInfo::Inner::kList) text += text.empty() ? "MODEL+..." : ":MODEL+...";
  return text;
}

namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMaxListed = 32;  // numbers of a range that are told one by one

// Neither a spec nor a shell needs quotes for it.
bool is_plain(std::string_view text) {
  return std::ranges::all_of(text, [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
           std::string_view("-_./~").find(c) != std::string_view::npos;
  });
}

// What is typed up to some place, and what is told to follow there.
class Completer {
 public:
  std::vector<Completion> take() { return std::move(found_); }

  // `head` is done with; a model begins behind it.
  void model(const std::string& head, const std::string& rest) {
    const std::size_t colon = rest.find(':');
    if (colon == std::string::npos) return name(head, rest);
    const ModelInfo* const info = find_model_info(rest.substr(0, colon));
    if (info == nullptr) return;
    behind_name(*info, head + rest.substr(0, colon + 1), rest.substr(colon + 1));
  }

 private:
  void add(const std::string& head, const std::string& typed, const std::string& whole,
           std::string_view summary = "") {
    if (whole.starts_with(typed)) found_.push_back({head + whole, std::string(summary)});
  }

  void name(const std::string& head, const std::string& typed) {
    const std::size_t at = typed.find('@');
    if (at != std::string::npos)
      return method(head + typed.substr(0, at + 1), typed.substr(at + 1));
    for (const ModelInfo* info : model_list()) {
      add(head, typed, std::string(info->name) + (info->stands_alone() ? "" : ":"), info->summary);
    }
    // It is whole already, and may go on.
    const ModelInfo* const whole = find_model_info(typed);
    if (whole != nullptr && whole->stands_alone() && !whole->options.empty()) {
      add(head, typed, typed + ":", "with " + options_of(*whole));
    }
  }

  void method(const std::string& head, const std::string& typed) {
    for (const char* method : {"bytes", "bits", "tables", "sample", "beam", "spans", "dream"}) {
      add(head, typed, method);
    }
  }

  void behind_name(const ModelInfo& info, const std::string& head, const std::string& rest) {
    switch (info.inner) {
      case ModelInfo::Inner::kNone:
        return options(info, head, rest, "");
      case ModelInfo::Inner::kAfterName:
        return model(head, rest);
      case ModelInfo::Inner::kAfterOptions:
      case ModelInfo::Inner::kList:
        break;
    }
    const bool is_list = info.inner == ModelInfo::Inner::kList;
    const std::size_t colon = rest.find(':');
    const std::string first = rest.substr(0, std::min(colon, rest.find_first_of("+[")));
    const bool has_options = colon != std::string::npos && find_model_info(first) == nullptr &&
                             rest.find_first_of("+[") > colon;
    if (has_options) return inner(is_list, head + first + ":", rest.substr(colon + 1));
    if (!info.options.empty() && colon == std::string::npos) options(info, head, rest, ":");
    const bool may_lack_options = info.options.empty() || !info.options[0].fallback.empty();
    if (may_lack_options) inner(is_list, head, rest);
  }

  // A model, or the last one of a list.
  void inner(bool is_list, const std::string& head, const std::string& rest) {
    const std::size_t sign = is_list ? rest.find_last_of("+[") : std::string::npos;
    const std::size_t begin = sign == std::string::npos ? 0 : sign + 1;
    model(head + rest.substr(0, begin), rest.substr(begin));
  }

  // `end` is what has to follow them.
  void options(const ModelInfo& info, const std::string& head, const std::string& rest,
               const std::string& end) {
    if (info.options.empty()) return;
    const std::size_t at = rest.find('@');
    if (at != std::string::npos) return method(head + rest.substr(0, at + 1), rest.substr(at + 1));
    const std::size_t comma = rest.rfind(',');
    const std::string done = comma == std::string::npos ? "" : rest.substr(0, comma + 1);
    const std::string field = rest.substr(done.size());
    const std::size_t equals = field.find('=');
    if (equals != std::string::npos) {
      const OptionInfo* const option = info.option(field.substr(0, equals));
      if (option == nullptr) return;
      return values(*option, head + done + field.substr(0, equals + 1), field.substr(equals + 1),
                    end);
    }
    if (done.empty()) values(info.options[0], head, field, end);
    for (const OptionInfo& option : info.options.subspan(1)) {
      const bool is_written = done.find(std::string(option.key) + "=") != std::string::npos;
      if (!is_written) add(head + done, field, std::string(option.key) + "=", option.summary);
    }
  }

  void values(const OptionInfo& option, const std::string& head, const std::string& typed,
              const std::string& end) {
    switch (option.kind) {
      case OptionInfo::Kind::kNumber:
        if (option.max - option.min > kMaxListed) return;
        for (std::uint64_t n = option.min; n <= option.max; ++n) {
          add(head, typed, std::to_string(n) + end);
          if (!option.flag.empty()) add(head, typed, fmt::format("{}{}{}", n, option.flag, end));
        }
        return;
      case OptionInfo::Kind::kChoice:
        for (std::string_view rest = option.choices; !rest.empty();) {
          const std::size_t size = std::min(rest.find(' '), rest.size());
          add(head, typed, std::string(rest.substr(0, size)) + end);
          rest.remove_prefix(std::min(size + 1, rest.size()));
        }
        return;
      case OptionInfo::Kind::kText:
        if (option.key == "path") paths(head, typed);
        return;
    }
  }

  void paths(const std::string& head, const std::string& typed) {
    for (const LocalModel& model : local_models()) {
      if (is_plain(model.name)) add(head, typed, model.name, model.source);
    }
    const std::string folder = typed.substr(0, typed.rfind('/') + 1);
    std::error_code error;
    std::vector<std::string> names;
    fs::directory_iterator each(folder.empty() ? "." : folder, error);
    for (; !error && each != fs::directory_iterator(); each.increment(error)) {
      const std::string last = each->path().filename().string();
      if (last.starts_with('.') && folder.size() == typed.size()) continue;  // hidden
      const std::string name = folder + last;
      std::error_code ignored;
      const bool is_folder = fs::is_directory(each->path(), ignored);
      if (is_plain(name) && (is_folder || name.ends_with(".gguf"))) {
        names.push_back(name + (is_folder ? "/" : ""));
      }
    }
    std::ranges::sort(names);
    for (const std::string& name : names) add(head, typed, name);
  }

  std::vector<Completion> found_;
};

}  // namespace

std::vector<Completion> complete_model(const std::string& typed) {
  Completer completer;
  completer.model("", typed);
  return completer.take();
}

}  // namespace zipdream
