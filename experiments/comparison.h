// SPDX-License-Identifier: Apache-2.0
// The same prompt through several models and methods, side by side: samples with their metrics and
// speed, and how many bits the reference continuation costs under the probabilities of each, which
// is the fair number. The result is data; report/comparison_report.h shows it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "experiments/surprisal_trace.h"
#include "generator/method.h"
#include "generator/sample_metrics.h"
#include "media/media_job.h"
#include "zipdream/bytes.h"
#include "zipdream/error.h"
#include "zipdream/predictor.h"

namespace zipdream {

// How a variant is named where it is shown.
struct VariantName {
  std::string name;    // as it was asked for: "gzip:9@dream"
  std::string model;   // "gzip:9"
  std::string method;  // "sample", "beam", ...
  std::string probs;   // where the probabilities that score come from: "tables", ...
  // Whether the method draws from those probabilities byte by byte. If not (decoder sampling,
  // searches), they are the model's all the same, but say nothing of the method.
  bool has_probs_of_its_own = true;
  double temperature = 1;  // of the sampler, where it has one
};

// A model with a method. Both are primed with the corpus and have seen nothing of the job.
struct Variant {
  VariantName name;
  std::unique_ptr<const Method> method;
  std::unique_ptr<const Predictor> predictor;
};

// What one variant made of the job with one seed.
struct Sample {
  std::uint64_t seed = 0;
  std::string failure;  // why it could not go on; then there is nothing else
  std::vector<Bytes> continuations;
  double seconds = 0;
  SampleMetrics metrics;
  // By the variant's predictor; none where that has no symbol for some byte of the sample.
  std::optional<SurprisalTrace> trace;
  // Of an image whose reference is known: how far its generated samples are from it, on average.
  std::optional<double> mean_difference;

  [[nodiscard]] double bytes_per_second() const;
};

// All that one variant made of the job.
struct VariantRun {
  VariantName variant;
  std::optional<SurprisalTrace> reference;  // of the reference continuation, where it is known
  std::vector<Sample> samples;
};

struct Comparison {
  std::vector<VariantRun> runs;  // in the order of the variants
  bool interrupted = false;      // the user did not wait for all; what was finished is here
};

struct ComparisonOptions {
  std::size_t samples = 1;
  std::uint64_t seed = 1;       // of the first sample; the next one has the next
  std::size_t detailed = 4096;  // bytes of reference and of each sample whose alternatives are kept
  bool quiet = false;           // no progress on standard error
  // What is said of a sample that failed; nothing: what the error says.
  std::function<std::string(const Error& error)> explain;
};

// One variant after the other, so that the times are their own. The same data on any number of
// threads, but for the seconds. `corpus` is what they were primed with, for the metrics. Throws a
// usage Error when the predictors choose among different bytes, or have no symbol for a byte of the
// reference: their bits could not be compared. Throws Interrupted when the user asks to stop before
// anything is finished.
[[nodiscard]] Comparison compare(std::span<const Variant> variants, const MediaJob& job,
                                 ByteView corpus, const ComparisonOptions& options);

// A variant's samples together, but for those that failed. Shares, distinct_4grams and what follows
// are means, of those samples that have the figure.
struct Overview {
  double seconds = 0;           // mean
  double bytes_per_second = 0;  // of all
  std::size_t longest_copied_run = 0;
  double copied_share = 0;
  double repeated_share = 0;
  std::optional<double> distinct_4grams;
  std::optional<double> bits_per_byte;  // of the samples by the variant's own probabilities
  std::optional<double> mean_difference;
};

// Nothing when all samples failed.
[[nodiscard]] std::optional<Overview> overview(const VariantRun& run);

}  // namespace zipdream
