// SPDX-License-Identifier: Apache-2.0
// A language model over tokens as a predictor of bytes: the probability of the next byte is that of
// all sequences of tokens that begin with the bytes so far and this one, over that of all that
// begin with the bytes so far (Phan et al., ICLR 2025, arXiv 2410.09303; Vieira et al., ICML 2025,
// arXiv 2412.03719; Hayase et al. 2025, arXiv 2506.14123).
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>

#include "models/lm/sorted_vocabulary.h"
#include "models/lm/token_stream.h"
#include "models/tokenizers/tokenizer.h"
#include "zipdream/predictor.h"
#include "zipdream/registry.h"

namespace zipdream {

extern const ModelInfo kBytes;

// How many ways to cut the bytes into tokens are followed.
struct BytesOptions {
  std::size_t hypotheses = 8;  // at most, 1 and above
  double prune = 1.0 / 65536;  // those are dropped whose share of the probability is below it
};

// The beginning of what a model over tokens sees.
struct TokenBeginning {
  TokenStream stream;
  std::optional<Symbol> last;  // the last token that it read; none: a text begins
};

// The ways to go on after `bytes`, which follow the beginning: each token that they may end within,
// and what follows a token that they may end with. `predictor` makes the model after tokens.
[[nodiscard]] std::unique_ptr<OpenEnd> open_end_of_tokens(
    TokenBeginning beginning, std::shared_ptr<const SortedVocabulary> vocabulary, ByteView bytes,
    std::function<std::unique_ptr<Predictor>(TokenStream)> predictor);

// The symbols are the 256 bytes; each has a probability, of at least about 2^-24, which is also
// that of a byte that no token begins with. Ways that were dropped cost bits, never
// exactness: a decoder drops the same. REQUIRES: as make_token_lm() (lm_predictor.h).
[[nodiscard]] std::unique_ptr<Predictor> make_bytes_of_tokens(
    TokenStream stream, std::shared_ptr<const Tokenizer> tokenizer, const BytesOptions& options);

}  // namespace zipdream
