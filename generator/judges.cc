// SPDX-License-Identifier: Apache-2.0
#include "generator/judges.h"

#include <cstddef>
#include <utility>

#include "base/process.h"
#include "generator/load_model.h"
#include "generator/sample_metrics.h"

namespace zipdream {
namespace {

std::optional<double> bits_per_byte(const Judge& judge, const MediaJob& job,
                                    std::span<const Bytes> continuations, std::size_t total,
                                    const OnJudged& on_judged) {
  if (total == 0) return std::nullopt;
  try {
    return score_sequences(*judge.predictor, job.sequences(), continuations,
                           on_judged(judge, total)) /
           static_cast<double>(total);
  } catch (const Interrupted&) {
    return std::nullopt;
  }
}

}  // namespace

std::vector<Judge> load_judges(std::span<const Spec> models, const ModelRequest& generating,
                               const MediaJob& job) {
  std::vector<Judge> judges;
  for (const Spec& spec : models) {
    ModelRequest request = generating;
    request.spec = spec;
    request.probs.reset();
    request.units.reset();
    judges.push_back(
        {spec.text(), probs_name(request), spec_for(request, job), load_model(request, job)});
  }
  return judges;
}

SampleStats measure_sample(const MediaJob& job, ByteView corpus,
                           std::span<const Bytes> continuations, std::span<const Judge> judges,
                           const OnJudged& on_judged) {
  SampleStats stats;
  stats.metrics = measure(corpus, job.sequences(), continuations);
  for (const Judge& judge : judges) {
    stats.judgements.push_back(
        {judge.model, judge.probs,
         bits_per_byte(judge, job, continuations, stats.metrics.bytes, on_judged)});
  }
  return stats;
}

}  // namespace zipdream
