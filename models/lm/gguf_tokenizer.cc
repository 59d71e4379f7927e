// SPDX-License-Identifier: Apache-2.0
// The vocabulary of a model in GGUF: the values "tokenizer.ggml.*". Three kinds are read:
// byte-level BPE with merges ("gpt2"), whose way to cut words goes by a name, SentencePiece's BPE
// with scores
// ("llama"), and byte strings of which the longest matches ("rwkv").
#include <fmt/format.h>

#include <array>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "models/lm/model_source.h"
#include "models/tokenizers/longest_match.h"
#include "models/tokenizers/unicode.h"
#include "models/tokenizers/vocabulary_file.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

// What "tokenizer.ggml.token_type" says of each token.
enum TokenType { kNormal = 1, kUnknown, kControl, kUserDefined, kUnused, kByte };

class GgufVocabulary {
 public:
  explicit GgufVocabulary(const GgufValues& values)
      : values_(values),
        tokens_(values.texts(key("tokens"))),
        types_(values.numbers(key("token_type"))) {
    file_.where = values.path();
  }

  std::unique_ptr<Tokenizer> read() {
    if (!types_.empty() && types_.size() != tokens_.size()) {
      fail(fmt::format("{} types for {} tokens", types_.size(), tokens_.size()));
    }
    if (values_.text(key("model"), "") == "rwkv") {
      return make_longest_match_tokenizer(read_rwkv(), values_.path());
    }
    return make_bpe_tokenizer(read_bpe(), values_.path());
  }

 private:
  BpeParts read_bpe() {
    const std::string_view model = values_.text(key("model"), "");
    for (std::size_t i = 0; i < tokens_.size(); ++i) add_token(i);
    file_.begin_of_text = token_name("bos_token_id");
    file_.end_of_text = token_name("eos_token_id");
    if (model == "gpt2") return read_byte_level();
    if (model == "llama") return read_space_marks();
    fail(
        fmt::format("its tokenizer is of the kind \"{}\"; \"gpt2\" (BPE), \"llama\" "
                    "(SentencePiece) and \"rwkv\" are supported",
                    plain_or_quoted(model)));
  }

  [[noreturn]] void fail(const std::string& what) const {
    throw Error(fmt::format("{}: {}", values_.path(), what));
  }

  static std::string key(const char* what) { return std::string("tokenizer.ggml.") + what; }

  [[nodiscard]] int type_of(std::size_t token) const {
    return types_.empty() ? kNormal : static_cast<int>(types_[token]);
  }

  // A token without a name is an id that is left out.
  void add_token(std::size_t id) {
    const std::string name(tokens_[id]);
    if (name.empty()) return;
    const int type = type_of(id);
    file_.vocabulary.emplace_back(name, id);
    const bool control = type == kControl || type == kUnused || type == kUnknown;
    if (control || type == kUserDefined) {
      file_.added.push_back({.id = id, .name = name, .control = control, .matching = {}});
    }
  }

  [[nodiscard]] std::string token_name(const char* what) const {
    if (!values_.has(key(what))) return "";
    const std::size_t id = values_.size(key(what));
    if (id >= tokens_.size()) {
      fail(fmt::format("\"{}\" is {}, but there are {} tokens", key(what), id, tokens_.size()));
    }
    return std::string(tokens_[id]);
  }

  // The token that a value names; none if there is no such value.
  [[nodiscard]] std::optional<Symbol> token_of(const char* what) const {
    if (!values_.has(key(what))) return std::nullopt;
    static_cast<void>(token_name(what));
    return static_cast<Symbol>(values_.size(key(what)));
  }

  LongestMatchParts read_rwkv() const {
    LongestMatchParts parts;
    parts.tokens.resize(tokens_.size());
    for (std::size_t i = 0; i < tokens_.size(); ++i) {
      LongestMatchParts::Token& token = parts.tokens[i];
      const int type = type_of(i);
      if (type == kUnused || type == kUnknown) continue;
      token.name = tokens_[i];
      if (type == kControl) continue;
      std::optional<std::string> bytes = from_rwkv_name(token.name);
      if (!bytes) {
        fail(fmt::format("the token {}, {}, is no literal of Python's", i, in_quotes(token.name)));
      }
      token.bytes = std::move(*bytes);
    }
    parts.begin_of_text = token_of("bos_token_id");
    parts.end_of_text = token_of("eos_token_id");
    return parts;
  }

  BpeParts read_byte_level() {
    file_.encoding = VocabularyFile::Encoding::kByteLevel;
    const std::string_view pre = values_.text(key("pre"), "default");
    std::optional<WordRules> rules = rules_of_name(pre);
    const std::string_view json = values_.text("tokenizer.huggingface.json", "");
    if (!rules && !json.empty()) return assemble_bpe(parse_tokenizer_json(json, file_.where));
    if (!rules) {
      fail(fmt::format("its tokenizer cuts words by \"{}\", which is not supported; these are: {}",
                       plain_or_quoted(pre), names_of_rules()));
    }
    file_.words = std::move(*rules);
    file_.whole_words = takes_words_whole(pre);
    if (values_.flag(key("add_space_prefix"), false)) file_.prefix = " ";
    std::size_t number = 0;
    for (const std::string_view merge : values_.texts(key("merges"))) {
      ++number;
      const std::size_t space = merge.find(' ', 1);
      if (space == std::string_view::npos || space + 1 == merge.size()) {
        fail(fmt::format("merge {} is not two tokens and a space", number));
      }
      file_.merges.emplace_back(merge.substr(0, space), merge.substr(space + 1));
    }
    return assemble_bpe(file_);
  }

  BpeParts read_space_marks() {
    file_.encoding = VocabularyFile::Encoding::kSpaceMarks;
    file_.byte_fallback = true;
    if (values_.flag(key("add_space_prefix"), true)) file_.prefix = " ";
    file_.prefix_after_control = true;
    const std::vector<double> scores = values_.numbers(key("scores"));
    if (scores.size() != tokens_.size()) {
      fail(fmt::format("{} scores for {} tokens", scores.size(), tokens_.size()));
    }
    BpeParts parts = assemble_bpe(file_);
    std::vector<float> of_symbols(parts.tokens.size());
    for (std::size_t i = 0; i < of_symbols.size(); ++i) {
      of_symbols[i] = static_cast<float>(scores[i]);
    }
    add_merges_of_scores(of_symbols, 0, file_.where, parts);
    return parts;
  }

  const GgufValues& values_;
  std::vector<std::string_view> tokens_;
  std::vector<double> types_;
  VocabularyFile file_;
};

}  // namespace

std::unique_ptr<Tokenizer> read_gguf_tokenizer(const GgufValues& values) {
  if (values.list_size("tokenizer.ggml.tokens") == 0) return nullptr;
  return GgufVocabulary(values).read();
}

}  // namespace zipdream
