// SPDX-License-Identifier: Apache-2.0
#include "tests/models/tokenizers/tiny_vocabularies.h"

#include <fmt/format.h>

#include <fstream>

#include "models/tokenizers/unicode.h"
#include "tests/temporary_folder.h"
#include "zipdream/random.h"

namespace zipdream {
namespace {

using Json = nlohmann::json;

Json control(int id, const std::string& name) {
  return {{"id", id}, {"content", name}, {"special", true}};
}

// "a b" as the name that it merges to.
std::string merged(std::string merge) { return merge.erase(merge.find(' '), 1); }

}  // namespace

Json byte_level_vocabulary(const std::vector<std::string>& merges) {
  Json vocabulary = Json::object();
  for (int byte = 0; byte < 256; ++byte) {
    vocabulary[to_byte_level(std::string(1, static_cast<char>(byte)))] = byte;
  }
  for (const std::string& merge : merges) vocabulary[merged(merge)] = vocabulary.size();
  const int end = static_cast<int>(vocabulary.size());
  return {{"added_tokens", Json::array({control(end, "<|endoftext|>")})},
          {"normalizer", nullptr},
          {"pre_tokenizer", {{"type", "ByteLevel"}, {"add_prefix_space", false}}},
          {"model", {{"type", "BPE"}, {"vocab", vocabulary}, {"merges", merges}}}};
}

Json space_mark_vocabulary(const std::vector<std::string>& pieces,
                           const std::vector<std::string>& merges) {
  Json vocabulary = {{"<unk>", 0}, {"<s>", 1}, {"</s>", 2}};
  for (int byte = 0; byte < 256; ++byte) vocabulary[fmt::format("<0x{:02X}>", byte)] = 3 + byte;
  for (const std::string& piece : pieces) vocabulary[piece] = vocabulary.size();
  for (const std::string& merge : merges) vocabulary[merged(merge)] = vocabulary.size();
  return {
      {"added_tokens", Json::array({control(0, "<unk>"), control(1, "<s>"), control(2, "</s>")})},
      {"normalizer",
       {{"type", "Sequence"},
        {"normalizers",
         Json::array({{{"type", "Prepend"}, {"prepend", "▁"}},
                      {{"type", "Replace"}, {"pattern", {{"String", " "}}}, {"content", "▁"}}})}}},
      {"pre_tokenizer", nullptr},
      {"model",
       {{"type", "BPE"},
        {"byte_fallback", true},
        {"unk_token", "<unk>"},
        {"vocab", vocabulary},
        {"merges", merges}}}};
}

std::unique_ptr<Tokenizer> load_text(std::string_view tokenizer_json) {
  const TemporaryFolder folder;
  // Not write_file(), which waits for the disk: tests write hundreds.
  std::ofstream(folder / "tokenizer.json", std::ios::binary) << tokenizer_json;
  return load_tokenizer(folder.path());
}

std::unique_ptr<Tokenizer> load_json(const Json& vocabulary) {
  return load_text(vocabulary.dump());
}

std::vector<std::string> pieces(const Tokenizer& tokenizer, std::string_view text) {
  std::vector<std::string> result;
  for (const Symbol symbol : tokenizer.encode(as_bytes(text))) {
    result.emplace_back(as_chars(tokenizer.bytes_of(symbol)));
  }
  return result;
}

namespace {

std::string python_name(std::string_view bytes) {
  std::string name;
  for (const char c : bytes) {
    const auto byte = static_cast<Byte>(c);
    if (c == '\t') {
      name += "\\t";
    } else if (c == '\n') {
      name += "\\n";
    } else if (c == '\r') {
      name += "\\r";
    } else if (c == '\\' || c == '\'') {
      name += std::string("\\") + c;
    } else if (byte < 32 || byte > 126) {
      name += fmt::format("\\x{:02x}", byte);
    } else {
      name += c;
    }
  }
  return name;
}

}  // namespace

std::vector<std::string> rwkv_names(const std::vector<std::string>& pieces) {
  std::vector<std::string> names = {"<s>"};
  for (int byte = 0; byte < 256; ++byte) {
    names.push_back(python_name(std::string(1, static_cast<char>(byte))));
  }
  for (const std::string& piece : pieces) names.push_back(python_name(piece));
  return names;
}

std::string rwkv_file(const std::vector<std::string>& pieces) {
  const std::vector<std::string> names = rwkv_names(pieces);
  std::string file;
  for (std::size_t id = 1; id < names.size(); ++id) {
    const std::size_t size = id <= 256 ? 1 : pieces[id - 257].size();
    file += fmt::format("{} b'{}' {}\n", id, names[id], size);
  }
  return file;
}

std::vector<Bytes> awkward_texts() {
  std::vector<Bytes> texts = {{}, {' '}, {' ', ' '}, {0}, {0xFF}, {0xE2, 0x96}, {0x80, 'a'}};
  for (const char* text :
       {"hello hello", " hello", "hello ", "  he  llo  ", "<|endoftext|>", "<s>hello</s>", "<unk>",
        "<0x0A>", "▁hello▁", "Ġhe", "é日本🎉", "'s 'LL 123456\r\n\r\n  \t x"}) {
    texts.push_back(to_bytes(text));
  }
  Bytes every;
  for (int byte = 0; byte < 256; ++byte) every.push_back(static_cast<Byte>(byte));
  texts.push_back(every);
  Rng rng(1);
  Bytes random;
  for (int i = 0; i < 5000; ++i) random.push_back(static_cast<Byte>(rng.next() >> 56));
  texts.push_back(random);
  return texts;
}

}  // namespace zipdream
