// SPDX-License-Identifier: Apache-2.0
// Vocabularies small enough to read, in the layout of tokenizer.json, for tests to spoil.
#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "models/tokenizers/tokenizer.h"

namespace zipdream {

// Ids 0 .. 255 are the bytes, then come the merges' tokens in their order, then "<|endoftext|>".
// A merge is "h e", of bytes in GPT-2's alphabet.
[[nodiscard]] nlohmann::json byte_level_vocabulary(const std::vector<std::string>& merges);

// SentencePiece's: "<unk>", "<s>", "</s>", the 256 bytes as "<0x00>" ..., then the pieces.
[[nodiscard]] nlohmann::json space_mark_vocabulary(const std::vector<std::string>& pieces,
                                                   const std::vector<std::string>& merges);

// RWKV's: "<s>", which ends texts, then the 256 bytes, then the pieces; by their names in GGUF, as
// Python writes bytes.
[[nodiscard]] std::vector<std::string> rwkv_names(const std::vector<std::string>& pieces);
// The same as lines of RWKV's file, without "<s>".
[[nodiscard]] std::string rwkv_file(const std::vector<std::string>& pieces);

// What load_tokenizer() makes of it.
[[nodiscard]] std::unique_ptr<Tokenizer> load_json(const nlohmann::json& vocabulary);
[[nodiscard]] std::unique_ptr<Tokenizer> load_text(std::string_view tokenizer_json);

// The names by which the tokenizer finds the symbols of a text: {"he", "llo"}.
[[nodiscard]] std::vector<std::string> pieces(const Tokenizer& tokenizer, std::string_view text);

// Texts that are hard to bring back: empty, invalid UTF-8, all bytes, names of control tokens,
// leading and trailing spaces, U+2581, random bytes.
[[nodiscard]] std::vector<Bytes> awkward_texts();

}  // namespace zipdream
