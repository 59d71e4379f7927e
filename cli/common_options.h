// SPDX-License-Identifier: Apache-2.0
// Options that several subcommands share: which model, which prompt, how to sample. What they name
// is loaded by cli/load.h.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "codecs/codec.h"
#include "generator/registry.h"
#include "generator/sampler.h"
#include "media/media_job.h"

namespace CLI {
class App;
}

namespace zipdream {

struct ModelOptions {
  std::string spec;
  std::optional<LawKind> law;
  std::optional<Units> units;
  std::optional<std::string> alphabet;  // see generator/alphabet.h
  std::string corpus;                   // path, or empty
  std::size_t window = 0;               // first bytes of the corpus that are used; 0: all
  std::optional<std::size_t> tail;      // last bytes of prompt and output that are used; 0: all
  int threads = 0;
  bool verbose = false;
};

struct PromptOptions {
  std::optional<std::string> text;
  std::optional<std::string> file;
  std::optional<std::size_t> context;  // bytes of a text that are given; what follows is the truth
  std::optional<Media> media;          // guessed from the content when not given
  ImageOptions image;
  AudioOptions audio;
};

struct SamplingOptions {
  SamplerOptions sampler;
  bool fit_temperature = false;  // --temp auto; the sampler's is not regarded then
};

void add_model_options(CLI::App& app, ModelOptions& options);
// Of these, everything but the spec.
void add_law_options(CLI::App& app, ModelOptions& options);
void add_prompt_options(CLI::App& app, PromptOptions& options);
void add_sampling_options(CLI::App& app, SamplingOptions& options);
// Of these, how files become bytes: the medium, and what an image or a sound is turned into first.
void add_media_options(CLI::App& app, PromptOptions& options);

// The choice of law that the options make, without corpus, tail and alphabet (cli/load.h).
[[nodiscard]] PredictorOptions law_options(const ModelOptions& options);

// What the model's probabilities come from, as models/registry.h calls it.
[[nodiscard]] std::string law_name(const ModelOptions& options);

}  // namespace zipdream
