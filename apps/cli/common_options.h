// SPDX-License-Identifier: Apache-2.0
// Options that several subcommands share: which model, which prompt, how to sample. What they name
// is loaded by apps/cli/load.h.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "apps/cli/arguments.h"
#include "media/media.h"
#include "media/media_job.h"
#include "zipdream/codec.h"
#include "zipdream/generate.h"
#include "zipdream/registry.h"

namespace zipdream {

struct ModelOptions : ModelRequest {
  std::string corpus_file;  // path, or empty
  int threads = 0;
  bool verbose = false;
};

struct PromptOptions {
  std::optional<std::string> text;
  std::optional<std::string> file;
  std::optional<std::size_t>
      context;                 // bytes of a text that are given; what follows is the reference
  std::optional<Media> media;  // guessed from the content when not given
  ImageOptions image;
  AudioOptions audio;
  const Arguments* arguments = nullptr;  // that say which options were given
};

struct SamplingOptions {
  SamplerOptions sampler;
  bool fit_temperature = false;  // --temp auto; the sampler's is ignored then
  double colour_temperature = 1;
};

// Of a command that takes nothing behind @. Throws a usage Error.
[[nodiscard]] Spec parse_model(const std::string& text);

void add_model_options(Arguments& args, ModelOptions& options);
// Of these, everything but the spec.
void add_probs_options(Arguments& args, ModelOptions& options);
void add_prompt_options(Arguments& args, PromptOptions& options);
void add_sampling_options(Arguments& args, SamplingOptions& options);
// Of these, how files become bytes: the medium, and what images and audio are turned into first.
void add_media_options(Arguments& args, PromptOptions& options);

// The method with how it samples.
[[nodiscard]] MethodRequest with_sampling(MethodRequest method, const SamplingOptions& sampling);

// ---- Options that only one medium has a use for ----

// Throws a usage Error for the first option that was given and that `media` has no use for, so that
// none is ignored in silence: --gray for a text, say, or --seconds for an image.
void check_media_options(const Arguments& args, Media media);

}  // namespace zipdream
