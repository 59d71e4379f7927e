// SPDX-License-Identifier: Apache-2.0
// Language models as predictors: those over bytes are laws, those over tokens predictors of their
// own.
#pragma once

#include <memory>

#include "generator/alphabet.h"
#include "generator/byte_law.h"
#include "generator/predictor.h"
#include "models/lm/token_stream.h"
#include "models/tokenizers/tokenizer.h"

namespace zipdream {

// REQUIRES: the first 256 tokens of the model are the bytes; the stream stands at its beginning.
[[nodiscard]] std::unique_ptr<ByteLaw> make_byte_lm(TokenStream stream);

// Its symbols are the tokens that stand for bytes of the alphabet, and those that begin or end a
// text, which stand for a line feed: there the model begins another text. (No text is spelled with
// them, but the model foretells them.) Other control tokens have no symbol; what the model gives
// them is the others'. Throws a usage Error when there is no symbol. REQUIRES: tokenizer.size() <=
// the vocabulary; the stream stands at its beginning.
[[nodiscard]] std::unique_ptr<Predictor> make_token_lm(TokenStream stream,
                                                       std::shared_ptr<const Tokenizer> tokenizer,
                                                       const Alphabet& alphabet);

}  // namespace zipdream
