// SPDX-License-Identifier: Apache-2.0
// Options that several subcommands share: which model, which prompt, how to sample. What they name
// is loaded by apps/cli/load.h.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "zipdream/codec.h"
#include "zipdream/registry.h"
#include "generator/sampler.h"
#include "media/media_job.h"

namespace CLI {
class App;
}

namespace zipdream {

struct ModelOptions {
  Spec spec;
  std::optional<Probs> probs;
  std::optional<Units> units;
  std::optional<std::string> alphabet;  // see codecs/common/alphabet.h
  std::string corpus;                   // path, or empty
  std::size_t corpus_bytes = 0;         // of the corpus, the first that are used; 0: all
  // Of prompt and output, the last bytes that are used; 0: all.
  std::optional<std::size_t> context_window;
  int threads = 0;
  bool verbose = false;
};

struct PromptOptions {
  std::optional<std::string> text;
  std::optional<std::string> file;
  std::optional<std::size_t> context;  // bytes of a text that are given; what follows is the reference
  std::optional<Media> media;          // guessed from the content when not given
  ImageOptions image;
  AudioOptions audio;
};

struct SamplingOptions {
  SamplerOptions sampler;
  bool fit_temperature = false;  // --temp auto; the sampler's is not regarded then
};

// Of a command that takes nothing behind @. Throws a usage Error.
[[nodiscard]] Spec parse_model(const std::string& text);

void add_model_options(CLI::App& app, ModelOptions& options);
// Of these, everything but the spec.
void add_probs_options(CLI::App& app, ModelOptions& options);
void add_prompt_options(CLI::App& app, PromptOptions& options);
void add_sampling_options(CLI::App& app, SamplingOptions& options);
// Of these, how files become bytes: the medium, and what an image or a sound is turned into first.
void add_media_options(CLI::App& app, PromptOptions& options);

// Which probabilities the options ask for, without corpus, window and alphabet (apps/cli/load.h).
[[nodiscard]] PredictorOptions probs_options(const ModelOptions& options);

// What the model's probabilities come from, as zipdream/registry.h calls it.
[[nodiscard]] std::string probs_name(const ModelOptions& options);

}  // namespace zipdream
