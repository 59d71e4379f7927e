// SPDX-License-Identifier: Apache-2.0
// What can be said of a sample: its metrics, and what other models make of it.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "generator/score.h"
#include "media/media_job.h"
#include "zipdream/bytes.h"
#include "zipdream/compare.h"
#include "zipdream/generate.h"
#include "zipdream/predictor.h"
#include "zipdream/spec.h"

namespace zipdream {

// A model that is shown what the generating one was shown: corpus and prompt, alphabet and
// context window. Its probabilities come from where they do by default.
struct Judge {
  std::string model;                     // its spec
  std::string probs;                     // probs_name()
  Spec spec;                             // the model, with what the job tells
  std::unique_ptr<Predictor> predictor;  // primed with the corpus
};

struct Judgement {
  std::string model;
  std::string probs;
  std::optional<double> bits_per_byte;  // none when the user did not wait for it
};

struct SampleStats {
  SampleMetrics metrics;
  std::vector<Judgement> judgements;
};

// Of the generating model's request, all but spec and probabilities is theirs too. Throws as
// load_model() does, so that a bad one is refused before the work begins.
[[nodiscard]] std::vector<Judge> load_judges(std::span<const Spec> models,
                                             const ModelRequest& generating, const MediaJob& job);

// Called with each judge before it begins; what it returns is called after each byte, from several
// threads.
using OnJudged = std::function<OnScored(const Judge& judge, std::size_t bytes)>;

// `corpus` is what the models were primed with. REQUIRES: the continuations are of the job's
// sequences.
[[nodiscard]] SampleStats measure_sample(const MediaJob& job, ByteView corpus,
                                         std::span<const Bytes> continuations,
                                         std::span<const Judge> judges, const OnJudged& on_judged);

}  // namespace zipdream
