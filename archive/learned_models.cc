// SPDX-License-Identifier: Apache-2.0
#include "archive/learned_models.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <system_error>
#include <utility>

#include "archive/archive_model.h"
#include "base/checksum.h"
#include "zipdream/error.h"
#include "zipdream/registry.h"

namespace zipdream {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kShownDigits = 12;
constexpr std::size_t kMaxNameSize = 100;  // bytes

bool is_learned(const Spec& spec) { return !spec.name().empty() && spec.info().files != nullptr; }

std::string_view path_key(const Spec& spec) { return spec.info().options[0].key; }

// Calls visit() for each learned model in the spec, the outer ones first.
template <typename AnySpec>
void for_each_learned(AnySpec& spec, const std::function<void(AnySpec& model)>& visit) {
  if (is_learned(spec)) visit(spec);
  for (auto& inner : spec.inner()) for_each_learned<AnySpec>(inner, visit);
}

// The last part of a path, whatever ends it; of "." and ".." that of the folder that they are.
std::string name_of(const std::string& path) {
  std::error_code ignored;
  fs::path name = fs::path(path).lexically_normal();
  if (name.filename().empty()) name = name.parent_path();
  if (name.filename() == "." || name.filename() == "..") name = fs::canonical(path, ignored);
  const std::string last = name.filename().string();
  return last.empty() ? "model" : last.substr(0, kMaxNameSize);
}

Spec at_path(const Spec& model, const std::string& path) {
  Spec moved = model;
  moved.set(path_key(model), path);
  return moved;
}

std::uint64_t size_of(const std::vector<std::string>& files) {
  std::uint64_t size = 0;
  std::error_code error;
  for (const std::string& file : files) size += fs::file_size(file, error);
  return error ? 0 : size;
}

// One file is known by its own digest, as other tools print it; several by that of theirs in order.
LearnedContent content_of(const std::vector<std::string>& files) {
  LearnedContent content;
  for (const std::string& file : files) {
    const FileDigest digest = digest_of_file(file);
    content.size += digest.size;
    content.sha256.insert(content.sha256.end(), digest.sha256.begin(), digest.sha256.end());
  }
  if (files.size() > 1) content.sha256 = sha256_of(content.sha256);
  return content;
}

std::string shown(const LearnedContent& content) {
  return fmt::format("SHA-256 {}..., {} bytes", hex(content.sha256).substr(0, kShownDigits),
                     content.size);
}

// The paths of the learned models that a path, a mere name or a spec names. `what` is what is
// wanted.
std::vector<std::string> paths_of(const std::string& given, const std::string& what) {
  std::error_code ignored;
  const bool is_spec = given.find(':') != std::string::npos || find_model_info(given) != nullptr;
  if (fs::exists(given, ignored) || !is_spec) return {given};
  std::vector<std::string> paths;
  const Spec spec = Spec::parse(given);
  for_each_learned<const Spec>(
      spec, [&](const Spec& model) { paths.push_back(model.get(path_key(model))); });
  if (!paths.empty()) return paths;
  throw Error(Error::Kind::kUsage, given, "has learned nothing beforehand",
              fmt::format("name {}, or the folder that it is in", what));
}

// Finds one model of an archive, and keeps what it met of its name with other content.
class Finder {
 public:
  Finder(const Spec& model, const LearnedContent& content, const ModelSearch& search)
      : model_(model),
        content_(content),
        name_(name_of(model.get(path_key(model)))),
        search_(search) {}

  std::string find() {
    if (search_.models.empty() ? look() : try_given()) return found_;
    const std::string what = fmt::format("was made with {}", shown_model());
    if (!search_.models.empty()) {
      throw ArchiveError(fmt::format("{}; {}; name the right one with `model`", what, other_));
    }
    throw ArchiveError(fmt::format(
        "{}, which is not here, nor in {}, nor where other programs keep models{}; give it with "
        "`model`",
        what, fmt::join(looked_in_, ", "), other_.empty() ? "" : fmt::format(" ({})", other_)));
  }

 private:
  // Of several one may be another model's.
  bool try_given() {
    for (const std::string& given : search_.models) {
      for (const std::string& path : paths_of(given, shown_model())) {
        const std::vector<std::string> files = model_.info().files(at_path(model_, path));
        if (accept(path, files)) return true;
      }
    }
    return false;
  }

  bool look() {
    if (try_named(name_)) return true;
    std::vector<std::string> folders = model_.info().folders();
    if (!search_.beside.empty()) folders.insert(folders.begin(), search_.beside);
    return std::any_of(folders.begin(), folders.end(),
                       [&](const std::string& folder) { return look_in(folder); }) ||
           look_among(model_.info().kept_models());
  }

  // Those of another size need not be read.
  bool look_among(const std::vector<std::string>& paths) {
    return std::any_of(paths.begin(), paths.end(), [&](const std::string& path) {
      const std::vector<std::string> files = files_at(path);
      return !files.empty() && size_of(files) == content_.size && accept(path, files);
    });
  }

  bool look_in(const std::string& folder) {
    looked_in_.push_back(folder);
    if (try_named((fs::path(folder) / name_).string())) return true;
    std::vector<std::string> entries;
    std::error_code error;
    for (fs::directory_iterator entry(folder, error); !error && entry != fs::directory_iterator();
         entry.increment(error)) {
      entries.push_back(entry->path().string());
    }
    std::sort(entries.begin(), entries.end());
    return look_among(entries);
  }

  bool try_named(const std::string& path) {
    const std::vector<std::string> files = files_at(path);
    return !files.empty() && accept(path, files);
  }

  bool accept(const std::string& path, const std::vector<std::string>& files) {
    const LearnedContent content = content_of(files);
    if (content == content_) {
      found_ = path;
      return true;
    }
    if (other_.empty()) other_ = fmt::format("{} holds {}", path, shown(content));
    return false;
  }

  // Of a model of that kind at a path; none if there is no such.
  [[nodiscard]] std::vector<std::string> files_at(const std::string& path) const {
    std::error_code error;
    if (!fs::exists(path, error)) return {};
    try {
      return model_.info().files(at_path(model_, path));
    } catch (const Error&) {
      return {};
    }
  }

  [[nodiscard]] std::string shown_model() const {
    return fmt::format("{} ({})", portable_spec(model_).canonical(), shown(content_));
  }

  const Spec& model_;
  const LearnedContent& content_;
  std::string name_;
  const ModelSearch& search_;
  std::string found_;
  std::string other_;
  std::vector<std::string> looked_in_;
};

// An archive of version 1 has the path itself, and nothing to know a model by.
Spec with_given_paths(Spec spec, const ModelSearch& search) {
  std::vector<std::string> paths;
  for (const std::string& given : search.models) {
    const std::vector<std::string> more = paths_of(given, spec.text());
    paths.insert(paths.end(), more.begin(), more.end());
  }
  std::size_t number = 0;
  for_each_learned<Spec>(spec, [&](Spec& model) {
    if (number < paths.size()) model.set(path_key(model), paths[number++]);
  });
  return spec;
}

// A model that is given for an archive that needs none was taken for another's.
void check_needs_models(const Spec& spec, const ModelSearch& search) {
  if (search.models.empty() || portable_spec(spec).canonical() == search.models[0]) return;
  bool needs = false;
  for_each_learned<const Spec>(spec, [&](const Spec& /*model*/) { needs = true; });
  if (needs) return;
  throw ArchiveError(
      fmt::format("was made with {}, which needs no files; leave out `model`", spec.canonical()));
}

}  // namespace

std::vector<Spec> learned_models(const Spec& spec) {
  std::vector<Spec> models;
  for_each_learned<const Spec>(spec, [&](const Spec& model) { models.push_back(model); });
  return models;
}

std::vector<LearnedContent> learned_content(const Spec& spec) {
  std::vector<LearnedContent> contents;
  for_each_learned<const Spec>(
      spec, [&](const Spec& model) { contents.push_back(content_of(model.info().files(model))); });
  return contents;
}

namespace {

// A number tells models of one name apart in one process alone.
void leave_numbers_out(Spec& spec) {
  if (spec.name() == "own") spec.set("number", "1");
  for (Spec& inner : spec.inner()) leave_numbers_out(inner);
}

}  // namespace

Spec portable_spec(Spec spec, const std::string& name) {
  leave_numbers_out(spec);
  for_each_learned<Spec>(spec, [&](Spec& model) {
    const std::string_view key = path_key(model);
    model.set(key, name.empty() ? name_of(model.get(key)) : name);
  });
  return spec;
}

Spec find_learned_models(const ArchiveHeader& header, const ModelSearch& search) {
  Spec spec = parse_header_spec(header.spec);
  check_needs_models(spec, search);
  if (header.version == 1) return with_given_paths(std::move(spec), search);
  std::size_t number = 0;
  for_each_learned<Spec>(spec, [&](Spec& model) {
    if (number == header.learned.size()) throw ArchiveError("lacks what its model learned");
    const LearnedContent& content = header.learned[number++];
    model.set(path_key(model), Finder(model, content, search).find());
  });
  if (number != header.learned.size()) throw ArchiveError("names content of no model");
  return spec;
}

}  // namespace zipdream
