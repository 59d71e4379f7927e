// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <bit>
#include <cmath>
#include <string_view>

#include "base/file_format.h"
#include "base/files.h"
#include "models/tokenizers/unicode.h"
#include "models/tokenizers/vocabulary_file.h"
#include "zipdream/error.h"

namespace zipdream {
namespace {

constexpr std::size_t kMaxFileBytes = std::size_t{8} << 20;  // Llama 2's takes 0.4 MB
// Each token is looked at in all its halves, so their length is what the time grows with.
constexpr std::size_t kMaxTokenBytes = 256;
constexpr Symbol kBegin = 1;
constexpr Symbol kEnd = 2;
constexpr Symbol kFirstByte = 3;
constexpr Symbol kFirstPiece = kFirstByte + 256;

class Reader {
 public:
  explicit Reader(const std::string& path) : path_(path), rest_(read_file(path, kMaxFileBytes)) {
    refuse_pointer(rest_, path);
  }

  bool at_end() const { return at_ == rest_.size(); }
  std::uint32_t u32() {
    const ByteView b = take(4);
    return b[0] | b[1] << 8 | b[2] << 16 | static_cast<std::uint32_t>(b[3]) << 24;
  }
  ByteView take(std::size_t count) {
    if (count > rest_.size() - at_) fail("ends within a token; is the file whole?");
    at_ += count;
    return ByteView(rest_).subspan(at_ - count, count);
  }
  [[noreturn]] void fail(const std::string& what) const { throw Error(path_ + ": " + what); }

 private:
  std::string path_;
  Bytes rest_;
  std::size_t at_ = 0;
};

struct Scored {
  std::vector<BpeToken> tokens;
  std::vector<float> scores;
};

Scored read_tokens(Reader& reader) {
  Scored result;
  reader.u32();  // the longest token's length, which the tokens themselves tell
  while (!reader.at_end()) {
    const auto score = std::bit_cast<float>(reader.u32());
    const std::uint32_t length = reader.u32();
    const std::string id = std::to_string(result.tokens.size());
    if (std::isnan(score)) reader.fail("the score of token " + id + " is not a number");
    if (length == 0 || length > kMaxTokenBytes) {
      reader.fail("token " + id + " has a length of " + std::to_string(length) +
                  " bytes; is this a tokenizer of llama2.c?");
    }
    BpeToken token;
    token.name = as_chars(reader.take(length));
    token.bytes = token.name;
    result.tokens.push_back(std::move(token));
    result.scores.push_back(score);
  }
  if (result.tokens.size() < kFirstPiece) {
    reader.fail("only " + std::to_string(result.tokens.size()) +
                " tokens; llama2.c's vocabularies begin with 3 control tokens and 256 bytes");
  }
  return result;
}

}  // namespace

BpeParts read_llama2c(const std::string& path) {
  Reader reader(path);
  Scored scored = read_tokens(reader);
  BpeParts parts;
  parts.tokens = std::move(scored.tokens);
  parts.prefix = " ";
  parts.begin_of_text = kBegin;
  parts.end_of_text = kEnd;
  for (Symbol s = 0; s < kFirstByte; ++s) {
    parts.tokens[s].bytes.clear();
    parts.tokens[s].kind = BpeToken::Kind::kControl;
  }
  for (Symbol s = kFirstByte; s < kFirstPiece; ++s) {
    const std::optional<char> byte = fallback_byte(parts.tokens[s].name);
    if (!byte || static_cast<Byte>(*byte) != s - kFirstByte) {
      reader.fail("token " + std::to_string(s) + " is not the byte " +
                  std::to_string(s - kFirstByte) + "; is this a tokenizer of llama2.c?");
    }
    parts.tokens[s].bytes = *byte;
    parts.bytes[s - kFirstByte] = s;
  }
  for (Symbol s = kFirstPiece; s < parts.tokens.size(); ++s) {
    const std::string& bytes = parts.tokens[s].bytes;
    const Char only = char_at(as_bytes(bytes), 0);
    if (only.code != kNoChar && only.length == bytes.size()) parts.characters.emplace(only.code, s);
  }
  add_merges_of_scores(scored.scores, kFirstPiece, path, parts);
  return parts;
}

}  // namespace zipdream
