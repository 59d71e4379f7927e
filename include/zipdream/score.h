// SPDX-License-Identifier: Apache-2.0
// How well a model predicts bytes that are known: the surprisal -log2 P of each after all before
// it, in bits. Their sum is what a perfect coder would spend on them. Stable.
#pragma once

#include <string>
#include <vector>

#include "zipdream/bytes.h"
#include "zipdream/export.h"
#include "zipdream/generate.h"
#include "zipdream/predictor.h"

namespace zipdream {

struct ScoreRequest {
  ModelRequest model;
  Bytes context;  // seen before, and not scored
  Bytes data;     // not empty
};

struct ScoreResult {
  std::vector<double> bits;  // of each byte of the data; those of a token in equal parts
  std::string probs;         // where the probabilities came from: "tables"

  [[nodiscard]] ZIPDREAM_API double total() const;     // bits
  [[nodiscard]] ZIPDREAM_API double per_byte() const;  // bits per byte
};

// Throws a usage Error for data that the alphabet lacks symbols for, and as make_predictor() does.
[[nodiscard]] ZIPDREAM_API ScoreResult score(const ScoreRequest& request);

// The bits of each byte by a predictor that has seen what comes before; it has then seen them.
// Throws a usage Error when it has no symbol for a byte.
[[nodiscard]] ZIPDREAM_API std::vector<double> score(Predictor& predictor, ByteView bytes);

}  // namespace zipdream
