// SPDX-License-Identifier: Apache-2.0
#include "models/tokenizers/tokenizer.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <filesystem>

#include "models/tokenizers/bpe_tokenizer.h"
#include "models/tokenizers/longest_match.h"
#include "models/tokenizers/vocabulary_file.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

constexpr std::size_t kByteValues = 256;

std::array<Byte, kByteValues> every_byte() {
  std::array<Byte, kByteValues> result{};
  for (std::size_t i = 0; i < kByteValues; ++i) result[i] = static_cast<Byte>(i);
  return result;
}

class ByteTokenizer final : public Tokenizer {
 public:
  std::size_t size() const override { return kByteValues; }
  ByteView bytes_of(Symbol symbol) const override {
    assert(symbol < kByteValues);
    return ByteView(bytes_).subspan(symbol, 1);
  }
  std::vector<Symbol> encode(ByteView text) const override { return {text.begin(), text.end()}; }
  std::vector<Symbol> encode_more(ByteView text) const override { return encode(text); }
  std::vector<Symbol> encode_special(ByteView text, bool /*at_beginning*/) const override {
    return encode(text);
  }
  ByteView text_prefix() const override { return {}; }
  bool takes_any_bytes() const override { return true; }
  std::optional<Symbol> begin_of_text() const override { return std::nullopt; }
  std::optional<Symbol> end_of_text() const override { return std::nullopt; }
  std::string describe() const override { return "bytes"; }
  std::optional<Symbol> find(std::string_view name) const override {
    if (name.size() != 1) return std::nullopt;
    return static_cast<Byte>(name[0]);
  }

 private:
  std::array<Byte, kByteValues> bytes_ = every_byte();
};

namespace fs = std::filesystem;

// The files of one vocabulary; no paths: there is none.
struct Found {
  enum class Format { kTokenizerJson, kGpt2, kRwkv, kLlama2c };
  Format format = Format::kTokenizerJson;
  std::vector<std::string> paths;
};

bool is_file(const fs::path& path) {
  std::error_code ignored;
  return fs::is_regular_file(path, ignored);
}

std::vector<std::string> files_called(const fs::path& folder, std::string_view begin,
                                      std::string_view end) {
  std::vector<std::string> paths;
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, error)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with(begin) && name.ends_with(end) && is_file(entry.path())) {
      paths.push_back(entry.path().string());
    }
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

// tokenizer.bin, or all that is called tok*.bin.
std::vector<std::string> llama2c_files(const fs::path& folder) {
  if (is_file(folder / "tokenizer.bin")) return {(folder / "tokenizer.bin").string()};
  return files_called(folder, "tok", ".bin");
}

Found find_tokenizer(const std::string& path) {
  const fs::path folder(path);
  if (is_file(folder)) {
    if (path.ends_with(".json")) return {Found::Format::kTokenizerJson, {path}};
    return {path.ends_with(".txt") ? Found::Format::kRwkv : Found::Format::kLlama2c, {path}};
  }
  if (is_file(folder / "tokenizer.json")) {
    return {Found::Format::kTokenizerJson, {(folder / "tokenizer.json").string()}};
  }
  using Pair = std::pair<const char*, const char*>;
  for (const auto& [ids, merges] :
       {Pair("encoder.json", "vocab.bpe"), Pair("vocab.json", "merges.txt")}) {
    if (!is_file(folder / ids) || !is_file(folder / merges)) continue;
    return {Found::Format::kGpt2, {(folder / ids).string(), (folder / merges).string()}};
  }
  std::vector<std::string> rwkv = files_called(folder, "rwkv_vocab", ".txt");
  if (!rwkv.empty()) return {Found::Format::kRwkv, std::move(rwkv)};
  return {Found::Format::kLlama2c, llama2c_files(folder)};
}

}  // namespace

Bytes decode(const Tokenizer& tokenizer, std::span<const Symbol> symbols) {
  Bytes text;
  for (const Symbol symbol : symbols) {
    const ByteView bytes = tokenizer.bytes_of(symbol);
    text.insert(text.end(), bytes.begin(), bytes.end());
  }
  const ByteView prefix = tokenizer.text_prefix();
  if (text.size() >= prefix.size() && std::equal(prefix.begin(), prefix.end(), text.begin())) {
    text.erase(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(prefix.size()));
  }
  return text;
}

std::unique_ptr<Tokenizer> make_byte_tokenizer() { return std::make_unique<ByteTokenizer>(); }

std::vector<std::string> tokenizer_files(const std::string& folder) {
  Found found = find_tokenizer(folder);
  if (found.format != Found::Format::kTokenizerJson) return found.paths;
  const fs::path config = fs::path(found.paths[0]).replace_filename(kTokenizerConfig);
  if (is_file(config)) found.paths.push_back(config.string());
  return found.paths;
}

std::unique_ptr<Tokenizer> load_tokenizer(const std::string& folder) {
  const Found found = find_tokenizer(folder);
  if (found.paths.empty()) {
    throw Error(folder + ": no tokenizer here; it takes tokenizer.json, encoder.json with " +
                "vocab.bpe, vocab.json with merges.txt, rwkv_vocab*.txt, or llama2.c's " +
                "tokenizer.bin");
  }
  const std::string& path = found.paths[0];
  switch (found.format) {
    case Found::Format::kTokenizerJson:
      return make_bpe_tokenizer(assemble_bpe(read_tokenizer_json(path)), path);
    case Found::Format::kGpt2:
      return make_bpe_tokenizer(assemble_bpe(read_gpt2_files(path, found.paths[1])), path);
    case Found::Format::kRwkv:
      if (found.paths.size() == 1) {
        return make_longest_match_tokenizer(read_rwkv_vocabulary(path), path);
      }
      throw Error(folder + ": more than one rwkv_vocab*.txt; leave the one to take");
    case Found::Format::kLlama2c:
      break;
  }
  if (found.paths.size() > 1) {
    throw Error(folder + ": more than one tok*.bin; name the one to take tokenizer.bin");
  }
  return make_bpe_tokenizer(read_llama2c(path), path);
}

std::unique_ptr<Tokenizer> tokenizer_of_json(std::string_view text, const std::string& where) {
  return make_bpe_tokenizer(assemble_bpe(parse_tokenizer_json(text, where)), where);
}

}  // namespace zipdream
