// SPDX-License-Identifier: Apache-2.0
// What `zipdream generate` says of its sample when asked: the metrics, and what other models make
// of it.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "apps/cli/common_options.h"
#include "generator/sample_metrics.h"
#include "media/media_job.h"
#include "zipdream/bytes.h"
#include "zipdream/predictor.h"

namespace zipdream {

// A model that is shown what the generating one was shown: corpus and prompt, alphabet and
// context window. Its probabilities come from where they do by default.
struct Judge {
  std::string model;
  std::string probs;
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

// Throws as load_model() does, so that a bad spec is refused before the work begins.
[[nodiscard]] std::vector<Judge> load_judges(std::span<const std::string> specs,
                                             const ModelOptions& generating, const MediaJob& job,
                                             const Bytes& corpus);

// REQUIRES: the continuations are of the job's sequences.
[[nodiscard]] SampleStats measure_sample(const MediaJob& job, const Bytes& corpus,
                                         std::span<const Bytes> continuations,
                                         std::span<const Judge> judges, bool quiet);

// A few aligned lines.
[[nodiscard]] std::string stats_table(const SampleStats& stats);

}  // namespace zipdream
