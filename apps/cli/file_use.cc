// SPDX-License-Identifier: Apache-2.0
#include "apps/cli/file_use.h"

#include <fmt/format.h>
#include <fnmatch.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>

#include "experiments/data/data_set.h"
#include "zipdream/error.h"
#include "zipdream/registry.h"

namespace zipdream {
namespace {

namespace fs = std::filesystem;

// Of a descriptor that leads to a file; pipes and terminals are nobody's content.
std::optional<FileId> id_of_file(int descriptor) {
  struct stat status {};
  const bool is_file = fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode);
  return is_file ? file_id(descriptor) : std::nullopt;
}

// Folder and name without links, of a file that may not be there yet.
std::string place_of(const std::string& path) {
  std::error_code error;
  fs::path at = fs::weakly_canonical(path, error);
  if (error) return path;
  // A link to nothing: what it leads to comes into being.
  for (int i = 0; i < 40 && fs::is_symlink(fs::symlink_status(at, error)); ++i) {
    const fs::path next = fs::read_symlink(at, error);
    at = fs::weakly_canonical(next.is_absolute() ? next : at.parent_path() / next, error);
    if (error) return path;
  }
  return fs::absolute(at, error).lexically_normal().string();
}

// What `place` is called from within `folder`; "" where it is not in it.
std::string name_within(const std::string& place, const std::string& folder) {
  const fs::path relative = fs::path(place).lexically_relative(place_of(folder));
  const bool is_outside = relative.empty() || relative == "." || *relative.begin() == "..";
  return is_outside ? "" : relative.string();
}

// Data sets leave out what is hidden.
bool is_hidden(const std::string& relative) {
  const fs::path path(relative);
  return std::ranges::any_of(path,
                             [](const fs::path& part) { return part.string().starts_with('.'); });
}

// Whether the pattern would find a file of that place once it is there.
bool would_match(const std::string& pattern, const std::string& place) {
  const fs::path name = fs::path(pattern).filename();
  if (fnmatch(name.c_str(), fs::path(place).filename().c_str(), FNM_PERIOD) != 0) return false;
  const std::string above = fs::path(pattern).parent_path().string();
  const std::string folder = fs::path(place).parent_path().string();
  if (above.empty()) return place_of(".") == folder;
  const std::vector<std::string> folders = paths_like(above);
  return std::ranges::any_of(folders,
                             [&](const std::string& each) { return place_of(each) == folder; });
}

// What the loaders of models look for in a folder.
bool is_name_of_model_file(const std::string& name) {
  constexpr std::array<std::string_view, 7> kEndings = {
      ".json", ".safetensors", ".gguf", ".bin", ".bpe", ".model", "merges.txt"};
  return std::ranges::any_of(kEndings,
                             [&](std::string_view ending) { return name.ends_with(ending); });
}

Error is_read(const std::string& output, const std::string& input) {
  const std::string as = input == output ? "" : fmt::format(" as {}", input);
  return Error(Error::Kind::kUsage, output, fmt::format("is read{}, so it is not overwritten", as),
               "name another");
}

}  // namespace

bool FileUse::Written::is_same(const Written& other) const {
  if (descriptor && other.descriptor) return descriptor == other.descriptor;
  if (id && id == other.id) return true;
  return !place.empty() && place == other.place;
}

FileUse::FileUse() {
  for (const auto& [name, descriptor] :
       {std::pair("standard output", STDOUT_FILENO), std::pair("standard error", STDERR_FILENO)}) {
    outputs_.push_back({.option = "",
                        .path = name,
                        .place = "",
                        .id = id_of_file(descriptor),
                        .descriptor = descriptor});
  }
}

void FileUse::reads(const std::string& path) {
  const auto id = path == "-" ? id_of_file(STDIN_FILENO) : file_id(path);
  if (id && !path.empty()) {
    inputs_.push_back({.name = path == "-" ? "standard input" : path, .id = *id});
  }
}

void FileUse::reads_models_of(const Spec& spec) {
  if (!spec.name().empty() && spec.info().files != nullptr) {
    try {
      reads_model_files(spec.info().files(spec));
    } catch (const Error&) {
      // There is no such model, which whoever loads it says.
    }
  }
  for (const Spec& inner : spec.inner()) reads_models_of(inner);
}

void FileUse::reads_model_files(const std::vector<std::string>& paths) {
  for (const std::string& path : paths) {
    const auto id = file_id(path);
    if (!id) continue;
    inputs_.push_back({.name = path, .id = *id, .is_of_model = true});
    const std::string parent = fs::path(path).parent_path().string();
    const std::string folder = parent.empty() ? "." : parent;
    if (model_folders_.empty() || model_folders_.back() != folder) model_folders_.push_back(folder);
  }
}

void FileUse::reads_data(const std::string& word) {
  const std::string path = path_of_data(word);
  if (path.empty()) return;
  std::error_code ignored;
  const bool is_there = fs::exists(fs::symlink_status(path, ignored));
  data_.push_back({.path = path, .is_pattern = !is_there, .files = files_of_data(path)});
}

void FileUse::prints() { prints_ = true; }

void FileUse::writes(const std::string& option, const std::string& path) {
  Written output{.option = option,
                 .path = path,
                 .place = place_of(path),
                 .id = file_id(path),
                 .descriptor = path == "-" ? std::optional(STDOUT_FILENO) : descriptor_of(path)};
  if (output.descriptor) {
    output.id = id_of_file(*output.descriptor);
    output.place.clear();
  }
  check_inputs(output);
  if (!output.descriptor) {
    check_data(output);
    check_models(output);
  }
  check_outputs(output);
  check_writable(path);
  outputs_.push_back(std::move(output));
}

void FileUse::writes_into(const std::string& option, const std::string& path) {
  const Written output{
      .option = option, .path = path, .place = place_of(path), .id = {}, .descriptor = {}};
  check_data(output);
}

bool FileUse::is_of_model(const std::string& path) const {
  const auto id = file_id(path);
  return id && std::ranges::any_of(inputs_, [&](const Input& input) {
           return input.is_of_model && input.id == *id;
         });
}

void FileUse::check_inputs(const Written& output) const {
  if (!output.id) return;
  const std::string name = output.path == "-" ? "standard output" : output.path;
  for (const Input& input : inputs_) {
    if (input.id == *output.id) throw is_read(name, input.name);
  }
  for (const DataPath& data : data_) {
    for (const std::string& file : data.files) {
      if (file_id(file) == *output.id) throw is_read(name, file);
    }
  }
}

// Of what isn't there yet, or there and hidden from the data.
void FileUse::check_data(const Written& output) const {
  for (const DataPath& data : data_) {
    const std::string within = name_within(output.place, data.path);
    const bool is_among = data.is_pattern ? would_match(data.path, output.place)
                                          : !within.empty() && !is_hidden(within);
    if (!is_among && output.place != place_of(data.path)) continue;
    throw Error(Error::Kind::kUsage, output.path,
                fmt::format("would be among the data of {}, which is read", data.path),
                "write it elsewhere");
  }
}

void FileUse::check_models(const Written& output) const {
  for (const std::string& folder : model_folders_) {
    const std::string within = name_within(output.place, folder);
    const bool is_direct = within.find('/') == std::string::npos;
    if (within.empty() || !is_direct || !is_name_of_model_file(within)) continue;
    throw Error(Error::Kind::kUsage, output.path,
                fmt::format("would be part of the model in {}, which is read", folder),
                "write it elsewhere");
  }
}

void FileUse::check_outputs(const Written& output) const {
  for (const Written& other : outputs_) {
    const bool is_stream = other.option.empty();
    // Where the command prints nothing else, standard output is there for this output.
    if (is_stream && output.descriptor && output.descriptor == other.descriptor &&
        (!prints_ || output.descriptor != STDOUT_FILENO)) {
      continue;
    }
    if (!output.is_same(other)) continue;
    throw Error(Error::Kind::kUsage, fmt::format("{} {}", output.option, output.path),
                is_stream ? fmt::format("{} goes there already", other.path)
                          : fmt::format("{} goes there too", other.option),
                "name another file");
  }
}

}  // namespace zipdream
