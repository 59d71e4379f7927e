// SPDX-License-Identifier: Apache-2.0
// How well a model predicts bytes that are known: the surprisal -log2 P of each after all before
// it, in bits. Their sum is what a perfect coder would spend on them. Stable, but for proofs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "zipdream/bytes.h"
#include "zipdream/export.h"
#include "zipdream/generate.h"
#include "zipdream/predictor.h"
#include "zipdream/registry.h"

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

// ---- Proofs. Experimental. ----
//
// A score is a claim: that of a predictor which looks ahead, or whose probabilities sum to more
// than 1, means nothing. A proof writes the bytes by the very distributions that are scored, and
// reads them back from what was written.

// How far the sum of a distribution's probabilities may be from 1.
inline constexpr double kMaxSumDeviation = 1e-9;

struct ProofOptions {
  // Makes what decodes, in the state that coding began in. Not given: a clone of what codes; to
  // load a model anew proves more, for it knows nothing of the bytes in any way.
  std::function<std::unique_ptr<Predictor>()> make_decoder;
  bool keep_bits = true;  // Proof::bits, which take 8 bytes for each byte
  OnCoded on_coded;       // called with each byte twice: when it is coded, and when it is decoded
};

// What was proven.
struct Proof {
  std::vector<double> bits;         // of each byte, as score() gives them; empty where not kept
  double bits_scored = 0;           // their sum
  std::uint64_t symbols = 0;        // bytes or tokens, each with a distribution of its own
  std::uint64_t code_bits = 0;      // of the arithmetic code, the fewest digits that decode
  std::uint64_t bytes_written = 0;  // of the stream: the size of the text, then the code. It is the
                                    // one that the codec "arith:MODEL" writes
  double sum_deviation = 0;         // the largest distance of a distribution's sum from 1
  double coding_seconds = 0;        // with the scoring
  double decoding_seconds = 0;      // with the checks
};

// Codes bytes by a predictor that has seen what comes before, decodes them and compares. Throws
// Error, which names the symbol, counted from 0,
//  - when a distribution holds what is no log2 of a probability or doesn't sum to 1, before the
//    symbol is coded and again before it is decoded;
//  - when the distributions in decoding aren't bit for bit those that were scored, as those of a
//    predictor that looks ahead can't be;
//  - when a symbol is coded in another number of bits than it was scored with, which a predictor
//    with a symbol_coder() might do;
//  - when what is decoded is another text.
// Throws a usage Error for data that the predictor has no symbols for.
[[nodiscard]] ZIPDREAM_API Proof prove(const Predictor& predictor, ByteView bytes,
                                       const ProofOptions& options = {});

// The score of a request with its proof; the model is loaded anew for decoding. Of the options
// `make_decoder` is ignored. Throws as score() does.
[[nodiscard]] ZIPDREAM_API Proof prove(const ScoreRequest& request,
                                       const ProofOptions& options = {});

// ---- Sources: which earlier bytes give a byte its probability. Experimental. ----
//
// A codec's tables say how probable each match is, and a match copies from somewhere: so does its
// part of the probability of the next byte. Codecs by the tables of DEFLATE, LZMA and Zstandard can
// tell, and `ppm`, by the places where its contexts came up before.

// Of each byte, after all before it, with no more than `max_sources` listed. The predictor has then
// seen them. Throws a usage Error where the model can't tell, and for bytes it has no symbol for.
[[nodiscard]] ZIPDREAM_API std::vector<Sources> find_sources(Predictor& predictor, ByteView bytes,
                                                             std::size_t max_sources);

// Of the data of a request. Positions count from the first byte of corpus and context.
[[nodiscard]] ZIPDREAM_API std::vector<Sources> find_sources(const ScoreRequest& request,
                                                             std::size_t max_sources);

// Bytes in a row that come from earlier bytes in a row: most of the probability of each is copied,
// and one of its listed sources goes on where that of the byte before stood.
struct Passage {
  std::size_t begin = 0;   // in what find_sources() was asked of
  std::size_t size = 0;    // bytes
  std::uint64_t from = 0;  // as Source::at, of the first byte
  double copied = 0;       // the mean share of earlier bytes in the probabilities of these
};

// All that are `min_size` bytes or longer, in order; none overlaps another.
[[nodiscard]] ZIPDREAM_API std::vector<Passage> find_passages(const std::vector<Sources>& sources,
                                                              std::size_t min_size);

// The mean over the bytes of the share of earlier bytes in their probability, 0 to 1; 0 of none.
[[nodiscard]] ZIPDREAM_API double copied_share(const std::vector<Sources>& sources);

}  // namespace zipdream
