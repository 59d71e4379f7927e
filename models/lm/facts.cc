// SPDX-License-Identifier: Apache-2.0
#include "models/lm/facts.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <map>
#include <system_error>
#include <utility>
#include <vector>

#include "models/lm/load.h"
#include "models/lm/model_source.h"
#include "models/lm/place.h"
#include "models/tokenizers/unicode.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

namespace fs = std::filesystem;

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
  for (const auto& [type, count] : counts) types.emplace_back(count, type);
  std::ranges::sort(types, std::greater<>());
  std::vector<std::string> names;
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

void add_facts(const LmPlace& place, LmFacts& facts) {
  switch (place.format) {
    case LmPlace::Format::kHuggingFace: {
      facts.format = "folder of Hugging Face";
      const ConfigFields fields((fs::path(place.folder) / kLmConfigFile).string());
      facts.architecture = plain_or_quoted(fields.text("model_type", "unknown"));
      return add_source(open_hugging_face(place.folder), facts);
    }
    case LmPlace::Format::kGguf: {
      facts.format = "GGUF";
      facts.architecture =
          plain_or_quoted(Gguf(place.file).values().text("general.architecture", "unknown"));
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
