// SPDX-License-Identifier: Apache-2.0
#include "models/tokenizers/vocabulary_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <string_view>
#include <unordered_map>

#include "base/file_format.h"
#include "base/files.h"
#include "models/bounded_json.h"
#include "models/tokenizers/unicode.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

constexpr std::string_view kSpaceMark = "\xE2\x96\x81";  // U+2581

// Control tokens that begin or end a text, by the names that models give them, where no file names
// one.
constexpr std::array<std::string_view, 3> kUsualBegins = {"<|begin_of_text|>", "<s>",
                                                          "<|endoftext|>"};
constexpr std::array<std::string_view, 3> kUsualEnds = {"<|end_of_text|>", "</s>", "<|endoftext|>"};

// The text with each `from` as `to`.
std::string replaced(std::string_view text, std::string_view from, std::string_view to) {
  std::string result;
  std::size_t begin = 0;
  for (std::size_t at = text.find(from); at != std::string_view::npos;
       at = text.find(from, begin)) {
    result.append(text.substr(begin, at - begin)).append(to);
    begin = at + from.size();
  }
  return result.append(text.substr(begin));
}

class Assembler {
 public:
  explicit Assembler(const VocabularyFile& file) : file_(file) {}

  BpeParts assemble() {
    name_tokens();
    for (Symbol s = 0; s < parts_.tokens.size(); ++s) set_bytes(s);
    for (Symbol s = 0; s < parts_.tokens.size(); ++s) note_smallest(s);
    add_merges();
    parts_.words = file_.words;
    parts_.whole_words = file_.whole_words;
    parts_.prefix = file_.prefix;
    parts_.prefix_after_control = file_.prefix_after_control;
    parts_.begin_of_text = control_token(file_.begin_of_text, kUsualBegins);
    parts_.end_of_text = control_token(file_.end_of_text, kUsualEnds);
    return std::move(parts_);
  }

 private:
  [[noreturn]] void fail(const std::string& what) const { throw Error(file_.where + ": " + what); }

  // Lays the names out by their ids. Ids that are left out, as models have them that were padded or
  // lost tokens, become tokens without a name that stand for nothing; kMaxTokens bounds the memory
  // that an id can ask for.
  void name_tokens() {
    for (const auto& [name, id] : file_.vocabulary) add_id(name, id);
    for (const VocabularyFile::Added& added : file_.added) add_id(added.name, added.id);
    if (ids_.empty()) fail("no tokens; is this the file of a tokenizer?");
    std::uint64_t last = 0;
    for (const auto& [name, id] : ids_) last = std::max(last, id);
    parts_.tokens.resize(static_cast<std::size_t>(last + 1));
    for (const auto& [name, id] : file_.vocabulary) give_name(name, id);
    for (const VocabularyFile::Added& added : file_.added) give_name(added.name, added.id);
    for (BpeToken& token : parts_.tokens) {
      if (token.name.empty()) token.kind = BpeToken::Kind::kControl;
    }
    mark_added();
  }

  void add_id(const std::string& name, std::uint64_t id) {
    if (name.empty()) fail("the token " + std::to_string(id) + " has no name");
    if (id >= kMaxTokens) {
      fail("the token " + in_quotes(name) + " has the id " + std::to_string(id) +
           "; ids must be below " + std::to_string(kMaxTokens));
    }
    const auto [known, is_new] = ids_.try_emplace(name, id);
    if (!is_new && known->second != id) {
      fail("the token " + in_quotes(name) + " has two ids, " + std::to_string(known->second) +
           " and " + std::to_string(id));
    }
  }

  void give_name(const std::string& name, std::uint64_t id) {
    std::string& known = parts_.tokens[id].name;
    if (!known.empty() && known != name) {
      fail("the tokens " + in_quotes(known) + " and " + in_quotes(name) + " both have the id " +
           std::to_string(id));
    }
    known = name;
  }

  void mark_added() {
    is_added_.assign(parts_.tokens.size(), false);
    for (const VocabularyFile::Added& added : file_.added) {
      is_added_[added.id] = true;
      BpeToken::Kind& kind = parts_.tokens[added.id].kind;
      parts_.tokens[added.id].matching = added.matching;
      kind = added.control ? BpeToken::Kind::kControl : BpeToken::Kind::kWhole;
      // A text as it is has no marks for spaces, and tokens that are looked for in it find none.
      const bool marked = file_.encoding == VocabularyFile::Encoding::kSpaceMarks &&
                          !added.matching.normalized && !added.control &&
                          added.name.find(kSpaceMark) != std::string::npos;
      if (marked) kind = BpeToken::Kind::kMerged;
    }
    if (const auto unknown = ids_.find(file_.unknown); unknown != ids_.end()) {
      parts_.tokens[unknown->second].kind = BpeToken::Kind::kControl;
    }
  }

  void set_bytes(Symbol symbol) {
    BpeToken& token = parts_.tokens[symbol];
    if (token.kind == BpeToken::Kind::kControl) return;
    const std::optional<char> byte = file_.byte_fallback ? fallback_byte(token.name) : std::nullopt;
    if (byte) {
      token.bytes = *byte;
    } else if (file_.encoding == VocabularyFile::Encoding::kSpaceMarks) {
      token.bytes = replaced(token.name, kSpaceMark, " ");
    } else if (file_.encoding == VocabularyFile::Encoding::kCharacters || is_added_[symbol]) {
      token.bytes = token.name;
    } else if (const auto bytes = from_byte_level(token.name)) {
      token.bytes = *bytes;
    } else {
      fail("the token " + in_quotes(token.name) + " is not written in the byte-level alphabet");
    }
  }

  void note_smallest(Symbol symbol) {
    const BpeToken& token = parts_.tokens[symbol];
    if (token.kind != BpeToken::Kind::kMerged) return;
    const bool byte_level = file_.encoding == VocabularyFile::Encoding::kByteLevel;
    if (byte_level || (file_.byte_fallback && fallback_byte(token.name))) {
      if (token.bytes.size() == 1) parts_.bytes[static_cast<Byte>(token.bytes[0])] = symbol;
      return;
    }
    // A space in a text is looked up by its mark, so a name with a bare one is never found.
    if (file_.encoding == VocabularyFile::Encoding::kSpaceMarks && token.name == " ") return;
    const Char only = char_at(as_bytes(token.bytes), 0);
    if (only.code != kNoChar && only.length == token.bytes.size()) {
      parts_.characters.emplace(only.code, symbol);
    }
  }

  void add_merges() {
    for (std::size_t i = 0; i < file_.merges.size(); ++i) {
      const auto& [left, right] = file_.merges[i];
      parts_.merges.push_back({symbol_of(left, i), symbol_of(right, i), symbol_of(left + right, i),
                               static_cast<std::uint32_t>(i)});
    }
  }

  Symbol symbol_of(const std::string& name, std::size_t merge) const {
    const auto found = ids_.find(name);
    if (found == ids_.end()) {
      fail("merge " + std::to_string(merge + 1) + " needs the token " + in_quotes(name) +
           ", which the vocabulary lacks");
    }
    return static_cast<Symbol>(found->second);
  }

  std::optional<Symbol> control_token(const std::string& name,
                                      const std::array<std::string_view, 3>& usual) const {
    if (const auto found = ids_.find(name); found != ids_.end()) {
      return static_cast<Symbol>(found->second);
    }
    if (!name.empty()) fail("the control token " + in_quotes(name) + " is not in the vocabulary");
    for (const std::string_view candidate : usual) {
      const auto found = ids_.find(std::string(candidate));
      if (found == ids_.end()) continue;
      if (parts_.tokens[found->second].kind == BpeToken::Kind::kControl) {
        return static_cast<Symbol>(found->second);
      }
    }
    return std::nullopt;
  }

  const VocabularyFile& file_;
  BpeParts parts_;
  std::unordered_map<std::string, std::uint64_t> ids_;
  std::vector<bool> is_added_;
};

constexpr std::string_view kEndOfText = "<|endoftext|>";

void read_vocabulary(const std::string& path, VocabularyFile& file) {
  const Bytes text = read_file(path, kMaxVocabularyBytes);
  const auto document = parse_bounded_json<nlohmann::json>(as_chars(text), path);
  const nlohmann::json& json = *document;
  if (!json.is_object()) throw Error(path + ": not a JSON object of tokens and ids");
  for (const auto& [name, id] : json.items()) {
    if (!id.is_number_unsigned())
      throw Error(path + fmt::format(": the id of {} is no number", in_quotes(name)));
    file.vocabulary.emplace_back(name, id.get<std::uint64_t>());
    if (name == kEndOfText) file.added.push_back({id.get<std::uint64_t>(), name, true, {}});
  }
}

// #version: 0.2 NEWLINE
// LEFT SPACE RIGHT NEWLINE   for each merge, the first first
void read_merges(const std::string& path, VocabularyFile& file) {
  const Bytes bytes = read_file(path, kMaxVocabularyBytes);
  refuse_pointer(bytes, path);
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

// Each token is looked at in all its halves, so their length is what the time grows with.
constexpr std::size_t kMaxTokenBytes = 256;

// The highest score first; equal scores get equal ranks.
std::vector<std::uint32_t> ranks_of(std::span<const float> scores) {
  std::vector<float> order(scores.begin(), scores.end());
  std::sort(order.begin(), order.end(), std::greater<>());
  order.erase(std::unique(order.begin(), order.end()), order.end());
  std::vector<std::uint32_t> ranks;
  for (const float score : scores) {
    const auto place = std::lower_bound(order.begin(), order.end(), score, std::greater<>());
    ranks.push_back(static_cast<std::uint32_t>(place - order.begin()));
  }
  return ranks;
}

}  // namespace

std::optional<char> fallback_byte(std::string_view name) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  if (name.size() != 6 || !name.starts_with("<0x") || name[5] != '>') return std::nullopt;
  const std::size_t high = kDigits.find(name[3]);
  const std::size_t low = kDigits.find(name[4]);
  if (high == std::string_view::npos || low == std::string_view::npos) return std::nullopt;
  return static_cast<char>(high * 16 + low);
}

BpeParts assemble_bpe(const VocabularyFile& file) { return Assembler(file).assemble(); }

VocabularyFile read_gpt2_files(const std::string& vocabulary_path, const std::string& merges_path) {
  VocabularyFile file;
  file.where = vocabulary_path;
  file.encoding = VocabularyFile::Encoding::kByteLevel;
  file.words = {{.kind = WordStep::Kind::kGpt2}};
  read_vocabulary(vocabulary_path, file);
  read_merges(merges_path, file);
  return file;
}

// SentencePiece's BPE names no merges: neighbours merge whose bytes together are a token.
void add_merges_of_scores(std::span<const float> scores, Symbol first, const std::string& where,
                          BpeParts& parts) {
  const auto nan =
      std::find_if(scores.begin(), scores.end(), [](float x) { return std::isnan(x); });
  if (nan != scores.end()) {
    throw Error(where + ": the score of token " + std::to_string(nan - scores.begin()) +
                " is not a number");
  }
  const std::vector<std::uint32_t> ranks = ranks_of(scores);
  std::unordered_map<std::string_view, Symbol> by_bytes;
  for (Symbol s = first; s < parts.tokens.size(); ++s) {
    const BpeToken& token = parts.tokens[s];
    const bool is_byte = fallback_byte(token.name).has_value();
    if (token.kind == BpeToken::Kind::kMerged && !is_byte) by_bytes.emplace(token.bytes, s);
  }
  for (const auto& [bytes, symbol] : by_bytes) {
    if (bytes.size() > kMaxTokenBytes) continue;
    for (std::size_t cut = 1; cut < bytes.size(); ++cut) {
      const auto left = by_bytes.find(bytes.substr(0, cut));
      const auto right = by_bytes.find(bytes.substr(cut));
      if (left == by_bytes.end() || right == by_bytes.end()) continue;
      parts.merges.push_back({left->second, right->second, symbol, ranks[symbol]});
    }
  }
}

}  // namespace zipdream
