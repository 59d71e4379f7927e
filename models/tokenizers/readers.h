// SPDX-License-Identifier: Apache-2.0
// The readers of vocabularies' files, one for each format. All throw Error, naming the file, for
// what they can't read or what would not be lossless.
#pragma once

#include <string>

#include "models/tokenizers/bpe_tokenizer.h"
#include "models/tokenizers/vocabulary_file.h"

namespace zipdream {

// Hugging Face's tokenizer.json. What begins and ends a text may stand in tokenizer_config.json
// beside it.
[[nodiscard]] VocabularyFile read_tokenizer_json(const std::string& path);

// GPT-2's pair: a JSON object of names and ids, and a text of merges.
[[nodiscard]] VocabularyFile read_gpt2_files(const std::string& vocabulary_path,
                                             const std::string& merges_path);

// llama2.c's tokenizer.bin (karpathy/llama2.c), little endian:
//   int32 length of the longest token
//   for each token, by id: float32 score, int32 length, its bytes (a space is a space)
// Ids 0, 1, 2 are the unknown token, the beginning and the end of a text; 3 .. 258 the bytes.
// Neighbours whose bytes together are a token merge, the highest score first.
[[nodiscard]] BpeParts read_llama2c(const std::string& path);

}  // namespace zipdream
