// SPDX-License-Identifier: Apache-2.0
// From a model and a prompt to a continuation. generate() does it all by a request; sample() is the
// step that chooses one symbol, for loops of one's own. Stable, but for what is marked.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "zipdream/bytes.h"
#include "zipdream/export.h"
#include "zipdream/predictor.h"
#include "zipdream/registry.h"
#include "zipdream/spec.h"

namespace zipdream {

// How a symbol is chosen. The filters apply in the order top-k, top-p, min-p to the untempered
// distribution, then the temperature to what is left, as llama-cli does. The defaults sample from
// the distribution as it is.
struct SamplerOptions {
  double temperature = 1;  // p^(1/T), finite and >= 0; 0 takes the most probable symbol, the lowest
                           // one among equals
  std::size_t top_k = 0;   // keep the k most probable symbols; 0 keeps all
  double top_p = 1;        // in (0, 1]: then the fewest most probable symbols of at least this mass
  double min_p = 0;        // in [0, 1]: then those at least this share as probable as the best
  // Where the model is less sure: the temperature goes from `temperature`, for distributions of an
  // entropy of 0 bits, to this one in proportion, for those of 6 bits and more. Not given: it is
  // `temperature` everywhere.
  std::optional<double> unsure_temperature;
};

// Throws a usage Error that names the option when a value is out of range.
ZIPDREAM_API void check_sampler(const SamplerOptions& options);

// Chooses with a `coin` uniform in [0, 1): symbols that survive the filters stand in ascending
// order on the line from 0 to 1, each as long as its probability, and the coin falls on one. A pure
// function: the same arguments give the same symbol on every machine.
// REQUIRES: log2_probs is not empty and finite; check_sampler(options) passes.
[[nodiscard]] ZIPDREAM_API Symbol sample(std::span<const double> log2_probs,
                                         const SamplerOptions& options, double coin);

// The distribution that a temperature makes of log2 probabilities, in place: p^(1/T), normalized.
// REQUIRES: temperature > 0.
ZIPDREAM_API void apply_temperature(std::span<double> log2_probs, double temperature);

// How a model is chosen and primed.
struct ModelRequest {
  Spec spec;
  std::optional<Probs> probs;           // of a codec; not given: tables where it has them
  std::optional<Units> units;           // of lengths; not given: bits
  std::optional<std::string> alphabet;  // "all", "seen" (in corpus or prompt), "printable", or a
                                        // set as in a regular expression's brackets: "a-z .\n"
  Bytes corpus;                         // seen before the prompt, and never forgotten
  std::size_t corpus_bytes = 0;         // of the corpus, the first that the model sees; 0: all
  // Of prompt and output, the last bytes that count; 0: all. Not given: 2048 for audio by lengths,
  // where every byte costs 256 compressions; 80 for searches after a corpus; else all.
  std::optional<std::size_t> context_window;
  bool special = false;  // PredictorOptions::special
};

enum class MethodKind {
  kSample,  // symbol after symbol from the distribution
  kBeam,    // plan ahead for the fewest bits, as gzipt does
  kSpans,   // choose among what follows in the corpus
  kDream,   // decoder sampling: random bits into the codec's own decoder
};

// How to go on. Options of a method that isn't chosen must not be set.
struct MethodRequest {
  MethodKind kind = MethodKind::kSample;
  SamplerOptions sampler;
  bool fit_temperature = false;  // by the end of corpus and prompt; sampler.temperature is ignored
  std::optional<std::size_t> horizon;       // of beams: symbols planned ahead; not given: 24
  std::optional<std::size_t> beam_width;    // of beams: beginnings kept; not given: 32
  std::optional<std::size_t> span;          // of spans: bytes taken at once; not given: 8
  std::optional<std::size_t> match_length;  // of spans: bytes looked for; not given: 8
  std::size_t max_copy =
      0;  // never repeat more bytes in a row of corpus, prompt, output; 0: no limit
  // Of samples of a model over tokens: a prompt that ends within a token goes on within it (token
  // healing). Not so: it ends with the tokens that the tokenizer makes of it.
  bool heal = true;
  // Of samples: so many continuations are drawn, and the one is taken that the model itself, at
  // temperature 1, gives the fewest bits a symbol. 1 to 1000.
  std::size_t best_of = 1;
  // Of samples of images in colour: the temperatures of a pixel's second and third byte are those
  // of the sampler times this, 0 to 1000.
  double colour_temperature = 1;
};

// The temperature that fit_temperature found.
struct TemperatureFit {
  double temperature = 1;   // 0.1 to 10, of three digits
  std::size_t symbols = 0;  // how many it was fitted on
  double bits = 0;          // log-loss at temperature 1, per symbol
  double fitted_bits = 0;   // log-loss at `temperature`, per symbol
};

// What ends a continuation before its count is full.
struct Endings {
  std::vector<std::string> stops;  // it ends before the first of these that comes up; none is empty
  bool end_of_text = false;        // and where the model says that the text is over
};

// Rows of pixels from the top, channels interleaved; the last row may be one that is begun.
struct PixelRows {
  std::size_t width = 0;     // pixels, 1 to 65536
  std::size_t channels = 1;  // bytes of a pixel, 1 to 4
};

struct GenerateRequest {
  ModelRequest model;
  MethodRequest method;
  Bytes prompt;             // may be empty if there is a corpus
  std::size_t count = 100;  // bytes to generate
  std::uint64_t seed = 0;   // fixes every byte of the output
  Endings endings;
  std::function<void(ByteView bytes)> on_generated;  // called with what is new, in order
  std::optional<PixelRows> pixels;  // the prompt is this of an image; not given: a text, any bytes
};

struct GenerateResult {
  Bytes bytes;                        // `count` of them, or fewer where one of the endings came up
  SamplerOptions sampler;             // what was sampled with, a fitted temperature included
  std::optional<TemperatureFit> fit;  // if the temperature was to be fitted
  std::string probs;                  // where the probabilities came from: "tables"
};

// Continues a prompt. Throws a usage Error that names the option for what can't be meant, and Error
// when a file that the model needs can't be read or the method finds no way on.
[[nodiscard]] ZIPDREAM_API GenerateResult generate(const GenerateRequest& request);

}  // namespace zipdream
