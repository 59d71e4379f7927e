// SPDX-License-Identifier: Apache-2.0
// A language model over tokens as a predictor of bytes: the probability of the next byte is that of
// all sequences of tokens that begin with the bytes so far and this one, over that of all that
// begin with the bytes so far (Phan et al., ICLR 2025, arXiv 2410.09303; Vieira et al., ICML 2025,
// arXiv 2412.03719; Hayase et al. 2025, arXiv 2506.14123).
#pragma once

#include <cstddef>
#include <memory>

#include "models/lm/token_stream.h"
#include "models/tokenizers/tokenizer.h"
#include "zipdream/predictor.h"
#include "zipdream/registry.h"

namespace zipdream {

extern const ModelInfo kBytes;

// How many ways to cut the bytes into tokens are followed.
struct BytesOptions {
  std::size_t hypotheses = 8;  // at most, 1 and above
  double prune = 1.0 / 8192;   // those are dropped whose share of the probability is below it
  bool merge = true;           // of those that end at the same place only the likeliest is followed
};

// The symbols are the 256 bytes; each has a probability, of at least about 2^-24, which is also
// that of a byte that the vocabulary can't spell. Ways that were dropped cost bits, never
// exactness: a decoder drops the same. REQUIRES: as make_token_lm() (lm_predictor.h).
[[nodiscard]] std::unique_ptr<Predictor> make_bytes_of_tokens(
    TokenStream stream, std::shared_ptr<const Tokenizer> tokenizer, const BytesOptions& options);

}  // namespace zipdream
