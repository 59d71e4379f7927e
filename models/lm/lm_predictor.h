// SPDX-License-Identifier: Apache-2.0
// Language models as predictors, over bytes or over tokens.
#pragma once

#include <memory>

#include "models/lm/bytes_of_tokens.h"
#include "models/lm/token_stream.h"
#include "models/tokenizers/tokenizer.h"
#include "zipdream/predictor.h"

namespace zipdream {

// REQUIRES: the first 256 tokens of the model are the bytes; the stream stands at its beginning.
[[nodiscard]] std::unique_ptr<Predictor> make_byte_lm(TokenStream stream);

// Its symbols are the tokens that stand for bytes, and those that begin or end a text, which stand
// for a line feed: there the model begins another text. (No text is tokenized to them, but the
// model predicts them.) Other control tokens have no symbol; their probability is shared out
// among those that have one. REQUIRES: tokenizer.size() <= the model's vocab_size; the stream
// stands at its beginning. `special`: the names of control tokens in what it observes are those
// tokens; one that begins the text, as the stream has it there already, is read once.
[[nodiscard]] std::unique_ptr<Predictor> make_token_lm(TokenStream stream,
                                                       std::shared_ptr<const Tokenizer> tokenizer,
                                                       bool special = false);

// What make_token_lm() made, from its beginning, as a predictor of bytes; null for other
// predictors.
[[nodiscard]] std::unique_ptr<Predictor> bytes_of(const Predictor& model,
                                                  const BytesOptions& options);

}  // namespace zipdream
