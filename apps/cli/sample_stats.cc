// SPDX-License-Identifier: Apache-2.0
#include "apps/cli/sample_stats.h"

#include <fmt/format.h>

#include <utility>

#include "apps/cli/load.h"
#include "base/process.h"
#include "base/terminal.h"
#include "generator/score.h"

namespace zipdream {
namespace {

std::optional<double> bits_per_byte(const Judge& judge, const MediaJob& job,
                                    std::span<const Bytes> continuations, std::size_t total,
                                    bool quiet) {
  Progress progress("judge " + judge.model, total, "bytes", quiet);
  try {
    const double bits = score_sequences(*judge.predictor, job.sequences(), continuations,
                                        [&](double /*bits*/) { progress.add(); });
    return bits / static_cast<double>(total);
  } catch (const Interrupted&) {
    return std::nullopt;
  }
}

}  // namespace

std::vector<Judge> load_judges(std::span<const std::string> specs, const ModelOptions& generating,
                               const MediaJob& job, const Bytes& corpus) {
  std::vector<Judge> judges;
  for (const std::string& spec : specs) {
    ModelOptions options = generating;
    options.spec = parse_model(spec);
    options.probs.reset();
    options.units.reset();
    judges.push_back({spec, probs_name(options), load_model(options, job, corpus)});
  }
  return judges;
}

SampleStats measure_sample(const MediaJob& job, const Bytes& corpus,
                           std::span<const Bytes> continuations, std::span<const Judge> judges,
                           bool quiet) {
  SampleStats stats;
  stats.metrics = measure(corpus, job.sequences(), continuations);
  for (const Judge& judge : judges) {
    Judgement judgement = {judge.model, judge.probs, std::nullopt};
    const std::size_t total = stats.metrics.bytes;
    if (total > 0) {
      judgement.bits_per_byte = bits_per_byte(judge, job, continuations, total, quiet);
    }
    stats.judgements.push_back(std::move(judgement));
  }
  return stats;
}

std::string stats_table(const SampleStats& stats) {
  const SampleMetrics& metrics = stats.metrics;
  std::string table;
  const auto row = [&](std::string_view name, const std::string& value) {
    table += fmt::format("  {:<18}{:>12}\n", name, value);
  };
  const auto percent = [](double share) { return fmt::format("{:.1f} %", 100 * share); };
  row("longest copy", fmt::format("{} bytes", metrics.longest_copied_run));
  row(fmt::format("copied, {}+ bytes", kLongRun), percent(metrics.copied_share));
  row(fmt::format("looped, {}+ bytes", kLongRun), percent(metrics.repeated_share));
  row("distinct 4-grams", metrics.distinct_4grams ? percent(*metrics.distinct_4grams) : "-");
  for (const Judgement& judgement : stats.judgements) {
    row("judge " + judgement.model,
        judgement.bits_per_byte ? fmt::format("{:.3f} bpb", *judgement.bits_per_byte) : "-");
  }
  return table;
}

}  // namespace zipdream
