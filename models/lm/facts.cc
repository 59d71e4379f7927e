// SPDX-License-Identifier: Apache-2.0
#include "models/lm/facts.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "base/files.h"
#include "models/bounded_json.h"
#include "models/lm/gguf.h"
#include "models/lm/load.h"
#include "models/lm/model_source.h"
#include "models/tokenizers/unicode.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

namespace fs = std::filesystem;

// The files that may be llama2.c's checkpoints: .bin files that are no tokenizers.
bool may_be_checkpoint(const std::string& name) {
  return name.ends_with(".bin") && !name.starts_with("tok") && !name.starts_with("pytorch_model");
}

template <typename Test>
std::vector<std::string> files_in(const std::string& folder, const Test& test) {
  std::vector<std::string> paths;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
    if (test(entry.path().filename().string())) paths.push_back(entry.path().string());
  }
  return paths;
}

// The only checkpoint of llama2.c in a folder, or the only file in GGUF.
LmPlace file_in(const std::string& folder) {
  const std::vector<std::string> ggufs = files_in(folder, is_gguf_name);
  if (ggufs.size() == 1) return {LmPlace::Format::kGguf, folder, ggufs.front()};
  if (ggufs.size() > 1) {
    throw Error(fmt::format("{}: which of its {} .gguf files? name one", folder, ggufs.size()));
  }
  const std::vector<std::string> paths = files_in(folder, may_be_checkpoint);
  if (paths.size() == 1) return {LmPlace::Format::kLlama2c, folder, paths.front()};
  if (paths.size() > 1) {
    throw Error(fmt::format("{}: which of its {} .bin files? name one", folder, paths.size()));
  }
  throw Error(
      fmt::format("{}: no model is in it; config.json and model.safetensors, a file in "
                  "GGUF or a .bin of llama2.c make one",
                  folder));
}

}  // namespace

bool is_gguf_name(std::string_view name) {
  constexpr std::string_view kEnding = ".gguf";
  constexpr std::string_view kPart = "-00001-of-00003.gguf";
  if (name.size() <= kEnding.size() || !name.ends_with(kEnding)) return false;
  if (name.size() < kPart.size()) return true;
  const std::string_view part = name.substr(name.size() - kPart.size());
  const bool is_part = part[0] == '-' && part.substr(6, 4) == "-of-";
  return !is_part || part.substr(1, 5) == "00001";
}

LmPlace find_lm_place(const std::string& path) {
  std::error_code ignored;
  if (!fs::exists(path, ignored)) {
    throw Error(path +
                ": no such folder or file, and no model of that name where models are kept; "
                "zipdream models lists those");
  }
  if (fs::is_directory(path)) {
    if (fs::exists(fs::path(path) / kLmConfigFile)) {
      return {LmPlace::Format::kHuggingFace, path, ""};
    }
    return file_in(path);
  }
  const std::string parent = fs::path(path).parent_path().string();
  const bool gguf = path.ends_with(".gguf") || is_gguf(path);
  return {gguf ? LmPlace::Format::kGguf : LmPlace::Format::kLlama2c, parent.empty() ? "." : parent,
          path};
}

bool is_folder_without_lm(const std::string& path) {
  std::error_code error;
  if (!fs::is_directory(path, error)) return false;
  for (fs::directory_iterator each(path, error); !error && each != fs::directory_iterator();
       each.increment(error)) {
    const std::string name = each->path().filename().string();
    if (name == kLmConfigFile || is_gguf_name(name) || may_be_checkpoint(name)) return false;
  }
  return !error;
}

namespace {

std::uint64_t size_of(const std::string& path) {
  std::error_code error;
  const std::uintmax_t size = fs::file_size(path, error);
  return error ? 0 : size;
}

// The numbers of all tensors, and their types, most of which first.
void add_weights(const Checkpoint& tensors, LmFacts& facts) {
  std::map<std::string, std::uint64_t> counts;
  for (const auto& [name, tensor] : tensors.tensors()) {
    std::uint64_t count = 1;
    for (const std::size_t size : tensor.shape) count *= size;
    counts[tensor.type] += count;
    facts.parameters += count;
  }
  std::vector<std::pair<std::uint64_t, std::string>> types;
  types.reserve(counts.size());
  for (const auto& [type, count] : counts) types.emplace_back(count, type);
  std::ranges::sort(types, std::greater<>());
  std::vector<std::string> names;
  names.reserve(types.size());
  for (const auto& [count, type] : types) names.push_back(type);
  facts.weights = fmt::format("{}", fmt::join(names, ", "));
}

void add_source(const ModelSource& source, LmFacts& facts) {
  facts.context_length = source.plan.config.context_length;
  facts.vocab_size = source.plan.config.vocab_size;
  facts.tokenizer = source.tokenizer ? source.tokenizer->describe() : "bytes";
  add_weights(source.tensors, facts);
  check_vocabulary(source.plan.config, source.tokenizer.get(), source.tensors.where());
}

// tokenizer_config.json has one template, or several of which the usual one is "default"; newer
// folders have a file of it.
std::string chat_template_of_folder(const fs::path& folder) {
  std::error_code ignored;
  if (fs::exists(folder / "chat_template.jinja", ignored)) {
    return std::string(as_chars(read_file((folder / "chat_template.jinja").string())));
  }
  const fs::path path = folder / "tokenizer_config.json";
  if (!fs::exists(path, ignored)) return {};
  const auto json = parse_bounded_json<nlohmann::json>(
      std::string(as_chars(read_file(path.string()))), path.string());
  if (!json->is_object() || !json->contains("chat_template")) return {};
  const nlohmann::json& found = json->at("chat_template");
  if (found.is_string()) return found.get<std::string>();
  if (!found.is_array()) return {};
  for (const nlohmann::json& each : found) {
    const bool good = each.is_object() && each.contains("name") && each.contains("template") &&
                      each.at("template").is_string();
    if (good && each.at("name") == "default") return each.at("template").get<std::string>();
  }
  return {};
}

void add_facts(const LmPlace& place, LmFacts& facts) {
  switch (place.format) {
    case LmPlace::Format::kHuggingFace: {
      facts.format = "folder of Hugging Face";
      const ConfigFields fields((fs::path(place.folder) / kLmConfigFile).string());
      facts.architecture = plain_or_quoted(fields.text("model_type", "unknown"));
      facts.chat_template = chat_template_of_folder(place.folder);
      return add_source(open_hugging_face(place.folder), facts);
    }
    case LmPlace::Format::kGguf: {
      facts.format = "GGUF";
      const Gguf gguf(place.file);
      facts.architecture = plain_or_quoted(gguf.values().text("general.architecture", "unknown"));
      facts.chat_template = gguf.values().text("tokenizer.chat_template", "");
      return add_source(open_gguf(place.file), facts);
    }
    case LmPlace::Format::kLlama2c:
      break;
  }
  facts.format = "checkpoint of llama2.c";
  facts.architecture = "llama";
  const LoadedLm loaded = load_lm(place.file);
  facts.parameters = loaded.model->parameter_count();
  facts.weights = "F32";
  facts.context_length = loaded.model->config().context_length;
  facts.vocab_size = loaded.model->config().vocab_size;
  facts.tokenizer = loaded.tokenizer ? loaded.tokenizer->describe() : "bytes";
}

// Of its files; of one alone where the others can't be told.
std::uint64_t bytes_of(const std::string& path, const LmPlace& place) {
  try {
    std::uint64_t bytes = 0;
    for (const std::string& file : lm_files(path)) bytes += size_of(file);
    return bytes;
  } catch (const Error&) {
    return place.file.empty() ? 0 : size_of(place.file);
  }
}

}  // namespace

LmFacts lm_facts(const std::string& path) {
  LmFacts facts;
  try {
    const LmPlace place = find_lm_place(path);
    facts.bytes = bytes_of(path, place);
    add_facts(place, facts);
  } catch (const Error& error) {
    facts.problem = error.what();
  } catch (const fs::filesystem_error& error) {
    facts.problem = fmt::format("{}: can't be read: {}", path, error.code().message());
  }
  return facts;
}

}  // namespace zipdream
