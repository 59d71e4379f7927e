// SPDX-License-Identifier: Apache-2.0
// Options that several subcommands share: which model, which prompt, how to sample. What they name
// is loaded by cli/load.h.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "codecs/codec.h"
#include "generator/sampler.h"
#include "media/media_job.h"

namespace CLI {
class App;
}

namespace zipdream {

struct ModelOptions {
  std::string spec;
  Units units = Units::kBits;
  std::string alphabet = "all";
  std::string corpus;               // path, or empty
  std::size_t window = 0;           // first bytes of the corpus that are used; 0: all
  std::optional<std::size_t> tail;  // last bytes of prompt and output that are used; 0: all
  int threads = 0;
  bool verbose = false;
};

struct PromptOptions {
  std::optional<std::string> text;
  std::optional<std::string> file;
  std::optional<Media> media;  // guessed from the content when not given
  ImageOptions image;
  AudioOptions audio;
};

void add_model_options(CLI::App& app, ModelOptions& options);
void add_prompt_options(CLI::App& app, PromptOptions& options);
void add_sampler_options(CLI::App& app, SamplerOptions& options);

[[nodiscard]] std::string units_name(Units units);

}  // namespace zipdream
