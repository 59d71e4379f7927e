// SPDX-License-Identifier: Apache-2.0
// merges:  #version: 0.2 NEWLINE
//          LEFT SPACE RIGHT NEWLINE   for each merge, the first first
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/files.h"
#include "models/bounded_json.h"
#include "models/tokenizers/readers.h"
#include "models/tokenizers/unicode.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

constexpr std::string_view kEndOfText = "<|endoftext|>";

void read_vocabulary(const std::string& path, VocabularyFile& file) {
  const Bytes text = read_file(path, kMaxVocabularyBytes);
  const auto json = parse_bounded_json<nlohmann::json>(as_chars(text), path);
  if (!json.is_object()) throw Error(path + ": not a JSON object of tokens and ids");
  for (const auto& [name, id] : json.items()) {
    if (!id.is_number_unsigned())
      throw Error(path + fmt::format(": the id of {} is no number", in_quotes(name)));
    file.vocabulary.emplace_back(name, id.get<std::uint64_t>());
    if (name == kEndOfText) file.added.push_back({id.get<std::uint64_t>(), name, true, true});
  }
}

void read_merges(const std::string& path, VocabularyFile& file) {
  const Bytes bytes = read_file(path, kMaxVocabularyBytes);
  std::string_view text = as_chars(bytes);
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty() || (number == 1 && line.starts_with("#version"))) continue;
    const std::size_t space = line.find(' ');
    if (space == std::string_view::npos || space == 0 || space + 1 == line.size() ||
        line.find(' ', space + 1) != std::string_view::npos) {
      throw Error(path + ": line " + std::to_string(number) + " is not two tokens and a space");
    }
    file.merges.emplace_back(line.substr(0, space), line.substr(space + 1));
  }
}

}  // namespace

VocabularyFile read_gpt2_files(const std::string& vocabulary_path, const std::string& merges_path) {
  VocabularyFile file;
  file.where = vocabulary_path;
  file.tokens = VocabularyFile::Spelling::kByteLevel;
  file.words.pattern = WordRules::Pattern::kGpt2;
  read_vocabulary(vocabulary_path, file);
  read_merges(merges_path, file);
  return file;
}

}  // namespace zipdream
