// SPDX-License-Identifier: Apache-2.0
#include "models/lm/local_models.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <iterator>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>
#include <system_error>
#include <utility>

#include "base/files.h"
#include "models/bounded_json.h"
#include "models/lm/facts.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

constexpr const char* kOwnSource = "zipdream";
constexpr const char* kHuggingFaceSource = "Hugging Face";
constexpr const char* kOllamaSource = "Ollama";
constexpr std::size_t kMaxModels = 10'000;
constexpr std::size_t kMaxManifest = std::size_t{1} << 20;
constexpr std::size_t kShownRevision = 12;  // digits

std::string environment(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

// In the home folder; empty where there is none.
std::string at_home(const char* path) {
  const std::string home = environment("HOME");
  return home.empty() ? "" : (fs::path(home) / path).string();
}

std::string in_cache(const char* path) {
  const std::string cache = environment("XDG_CACHE_HOME");
  if (!cache.empty()) return (fs::path(cache) / path).string();
  const std::string home = at_home(".cache");
  return home.empty() ? "" : (fs::path(home) / path).string();
}

// zipdream/models in the folders where a user's, then a system's programs keep their data (XDG).
std::vector<std::string> in_data_folders() {
  const std::string own = environment("XDG_DATA_HOME");
  std::vector<std::string> folders = {own.empty() ? at_home(".local/share") : own};
  const std::string all = environment("XDG_DATA_DIRS");
  std::istringstream list(all.empty() ? "/usr/local/share:/usr/share" : all);
  for (std::string folder; std::getline(list, folder, ':');) folders.push_back(folder);
  std::erase_if(folders, [](const std::string& folder) { return !folder.starts_with('/'); });
  for (std::string& folder : folders) folder = (fs::path(folder) / "zipdream/models").string();
  return folders;
}

// ---- names in folders ----

struct Entry {
  std::string name;
  std::string path;
  bool is_folder = false;
};

// What is in a folder, links followed, by name; nothing where it can't be read.
std::vector<Entry> entries_of(const std::string& folder) {
  std::vector<Entry> entries;
  std::error_code error;
  for (fs::directory_iterator each(folder, error); !error && each != fs::directory_iterator();
       each.increment(error)) {
    std::error_code ignored;
    const bool is_folder = fs::is_directory(each->path(), ignored);
    if (!is_folder && !fs::is_regular_file(each->path(), ignored)) continue;
    entries.push_back({each->path().filename().string(), each->path().string(), is_folder});
  }
  std::ranges::sort(entries, {}, &Entry::name);
  return entries;
}

bool has_ending(std::string_view name, std::string_view ending) {
  return name.size() > ending.size() && name.ends_with(ending);
}

std::string without_gguf(std::string_view name) {
  if (has_ending(name, ".gguf")) name.remove_suffix(5);
  return std::string(name);
}

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return result;
}

// ---- the folders of each kind ----

class Collector {
 public:
  explicit Collector(std::string source) : source_(std::move(source)) {}

  std::vector<LocalModel> take() { return std::move(models_); }

  // Folders that are models, files in GGUF, and those in folders up to that depth.
  void add_tree(const std::string& folder, const std::string& prefix, int depth) {
    for (const Entry& entry : entries_of(folder)) {
      if (!entry.is_folder) {
        if (is_gguf_name(entry.name)) add(prefix + without_gguf(entry.name), entry.path);
        continue;
      }
      const bool whole = add_folder(prefix + entry.name, entry.path);
      if (depth > 0 && !whole) add_tree(entry.path, prefix + entry.name + "/", depth - 1);
    }
  }

  // models--ORG--NAME/snapshots/REVISION, of which refs/main has the one that counts.
  void add_hugging_face(const std::string& hub) {
    constexpr std::string_view kPrefix = "models--";
    for (const Entry& repository : entries_of(hub)) {
      if (!repository.is_folder || !repository.name.starts_with(kPrefix)) continue;
      std::string name = repository.name.substr(kPrefix.size());
      for (std::size_t at = name.find("--"); at != std::string::npos; at = name.find("--", at)) {
        name.replace(at, 2, "/");
      }
      add_revisions(repository.path, name);
    }
  }

  // manifests/HOST/NAMESPACE/NAME/TAG, which say what blob is the model.
  void add_ollama(const std::string& folder) {
    const fs::path manifests = fs::path(folder) / "manifests";
    for (const Entry& host : entries_of(manifests.string())) {
      for (const Entry& space : entries_of(host.path)) {
        for (const Entry& name : entries_of(space.path)) {
          for (const Entry& tag : entries_of(name.path)) {
            if (tag.is_folder) continue;
            add_manifest(folder, tag.path, ollama_name(host.name, space.name, name.name, tag.name));
          }
        }
      }
    }
  }

 private:
  void add(std::string name, std::string path) {
    if (models_.size() < kMaxModels) {
      models_.push_back({std::move(name), std::move(path), source_});
    }
  }

  // Whether the folder is one model, with nothing to look for in it. One of GGUF files may have a
  // config.json that is for people; where there is but one file it is the folder that has the name
  // among zipdream's own models.
  bool add_folder(const std::string& name, const std::string& path) {
    const std::vector<Entry> entries = entries_of(path);
    const auto any = [&](auto&& test) { return std::ranges::any_of(entries, test); };
    const bool has_gguf = any([](const Entry& e) { return is_gguf_name(e.name); });
    const bool has_weights =
        any([](const Entry& e) { return e.name.find(".safetensors") != std::string::npos; });
    if (any([](const Entry& e) { return e.name == kLmConfigFile; })) {
      if (has_weights || !has_gguf) add(name, path);
      return source_ == kOwnSource && (has_weights || !has_gguf);
    }
    try {
      const LmPlace place = find_lm_place(path);
      const bool whole = place.format == LmPlace::Format::kLlama2c || source_ == kOwnSource;
      if (whole) add(name, path);
      return whole;
    } catch (const Error&) {
      return false;
    } catch (const fs::filesystem_error&) {
      return false;  // it can't be read
    }
  }

  void add_revisions(const std::string& repository, const std::string& name) {
    std::string main;
    try {
      main = as_chars(read_file((fs::path(repository) / "refs" / "main").string(), kMaxManifest));
    } catch (const Error&) {
      // It was fetched by a revision alone.
    }
    while (!main.empty() && std::isspace(static_cast<unsigned char>(main.back())) != 0) {
      main.pop_back();
    }
    const std::vector<Entry> revisions = entries_of((fs::path(repository) / "snapshots").string());
    for (const Entry& revision : revisions) {
      if (!revision.is_folder) continue;
      const bool counts = revision.name == main || revisions.size() == 1;
      const std::string full =
          counts ? name : fmt::format("{}@{}", name, revision.name.substr(0, kShownRevision));
      add_folder(full, revision.path);
      add_tree(revision.path, full + "/", 1);
    }
  }

  static std::string ollama_name(const std::string& host, const std::string& space,
                                 const std::string& name, const std::string& tag) {
    const std::string own = fmt::format("{}:{}", name, tag);
    if (host != "registry.ollama.ai") return fmt::format("{}/{}/{}", host, space, own);
    return space == "library" ? own : fmt::format("{}/{}", space, own);
  }

  void add_manifest(const std::string& folder, const std::string& manifest, std::string name) {
    try {
      const Bytes text = read_file(manifest, kMaxManifest);
      const auto document = parse_bounded_json<Json>(as_chars(text), manifest);
      for (const Json& layer : document->at("layers")) {
        // Comparing values would make another one.
        const auto* const type = layer.at("mediaType").get_ptr<const std::string*>();
        if (type == nullptr || *type != "application/vnd.ollama.image.model") continue;
        const auto blob = blob_name(layer.at("digest").get<std::string>());
        if (blob) return add(std::move(name), (fs::path(folder) / "blobs" / *blob).string());
      }
    } catch (const Error&) {
      // A manifest that can't be read names no model.
    } catch (const Json::exception&) {
      // The same.
    }
  }

  // "sha256:HEX" as a file's name; nullopt for what could lead elsewhere.
  static std::optional<std::string> blob_name(std::string_view digest) {
    constexpr std::string_view kKind = "sha256:";
    if (!digest.starts_with(kKind)) return std::nullopt;
    digest.remove_prefix(kKind.size());
    const bool is_hex = digest.size() == 64 && std::ranges::all_of(digest, [](char c) {
                          return std::isxdigit(static_cast<unsigned char>(c)) != 0;
                        });
    if (!is_hex) return std::nullopt;
    return fmt::format("sha256-{}", digest);
  }

  std::string source_;
  std::vector<LocalModel> models_;
};

std::vector<LocalModel> models_in(const ModelFolder& folder) {
  Collector collector(folder.source);
  if (folder.source == kHuggingFaceSource) {
    collector.add_hugging_face(folder.path);
  } else if (folder.source == kOllamaSource) {
    collector.add_ollama(folder.path);
  } else {
    collector.add_tree(folder.path, "", folder.source == kOwnSource ? 1 : 2);
  }
  return collector.take();
}

// ---- names ----

// How well a name names a model; 0 is best.
enum Match { kWhole, kLastPart, kOnlyFile, kNoMatch };

Match match(const std::string& wanted, const LocalModel& model) {
  const std::string name = lower(model.name);
  if (name == wanted) return kWhole;
  const bool tagged = model.source == kOllamaSource;
  if (name.ends_with("/" + wanted)) return kLastPart;
  if (tagged && (name == wanted + ":latest" || name.ends_with("/" + wanted + ":latest"))) {
    return kLastPart;
  }
  const std::string inner = tagged ? wanted + ":" : wanted + "/";
  return name.starts_with(inner) || name.find("/" + inner) != std::string::npos ? kOnlyFile
                                                                                : kNoMatch;
}

// Throws where the name may mean several.
const LocalModel* find_in(const std::vector<LocalModel>& models, const std::string& given,
                          Match level) {
  const std::string wanted = lower(without_gguf(given));
  std::vector<const LocalModel*> found;
  for (const LocalModel& model : models) {
    if (match(wanted, model) == level) found.push_back(&model);
  }
  if (found.empty()) return nullptr;
  if (found.size() == 1 || level == kWhole) return found[0];
  constexpr std::size_t kShown = 5;
  std::string names;
  for (std::size_t i = 0; i < std::min(found.size(), kShown); ++i) {
    names += (i > 0 ? ", " : "") + found[i]->name;
  }
  if (found.size() > kShown) names += ", ...";
  throw Error(Error::Kind::kUsage, given, fmt::format("may be any of {}", names),
              "name one of them");
}

}  // namespace

std::vector<ModelFolder> model_folders() {
  std::vector<ModelFolder> folders;
  const auto add = [&](const char* source, const std::string& path) {
    const bool is_new = std::ranges::find(folders, path, &ModelFolder::path) == folders.end();
    if (!path.empty() && is_new) folders.push_back({source, path});
  };
  std::istringstream list(environment("ZIPDREAM_MODELS"));
  for (std::string folder; std::getline(list, folder, ':');) add(kOwnSource, folder);
  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/self/exe", error).parent_path();
  if (!error) {  // in bin/ where it is installed and in build/PRESET/ of the sources
    add(kOwnSource, (program.parent_path() / "share/zipdream/models").string());
    add(kOwnSource, (program.parent_path().parent_path() / "samples/models").string());
  }
  // A program that uses the library may lie anywhere.
  for (const std::string& folder : in_data_folders()) add(kOwnSource, folder);
  const std::string hub = environment("HF_HUB_CACHE");
  const std::string hf_home = environment("HF_HOME");
  add(kHuggingFaceSource, !hub.empty()       ? hub
                          : !hf_home.empty() ? (fs::path(hf_home) / "hub").string()
                                             : in_cache("huggingface/hub"));
  const std::string llama = environment("LLAMA_CACHE");
  add("llama.cpp", llama.empty() ? in_cache("llama.cpp") : llama);
  add("LM Studio", at_home(".lmstudio/models"));
  add("LM Studio", in_cache("lm-studio/models"));
  const std::string ollama = environment("OLLAMA_MODELS");
  add(kOllamaSource, ollama.empty() ? at_home(".ollama/models") : ollama);
  if (ollama.empty()) add(kOllamaSource, "/usr/share/ollama/.ollama/models");
  return folders;
}

std::vector<LocalModel> local_models() {
  std::vector<LocalModel> models;
  for (const ModelFolder& folder : model_folders()) {
    std::vector<LocalModel> some = models_in(folder);
    std::ranges::move(some, std::back_inserter(models));
  }
  return models;
}

std::string find_model(const std::string& path) {
  std::error_code ignored;
  const bool is_there = fs::exists(path, ignored);
  const bool hides = is_folder_without_lm(path);  // a folder of anything may be called as a model
  if (path.empty() || (is_there && !hides)) return path;
  const bool is_mere = fs::path(path).filename() == path;
  std::vector<std::vector<LocalModel>> all;
  for (const ModelFolder& folder : model_folders()) {
    // What lies there under the name is meant, even if it should be no good.
    const fs::path own = fs::path(folder.path) / path;
    if (folder.source == kOwnSource && is_mere && fs::exists(own, ignored)) return own.string();
    all.push_back(models_in(folder));
  }
  for (const Match level : {kWhole, kLastPart, kOnlyFile}) {
    for (const std::vector<LocalModel>& models : all) {
      const LocalModel* const found = find_in(models, path, level);
      if (found != nullptr) return found->path;
    }
  }
  if (!hides) return path;
  throw Error(
      fmt::format("{}: no model is in it, nor is there one of that name where models are "
                  "kept; zipdream models lists those",
                  path));
}

}  // namespace zipdream
