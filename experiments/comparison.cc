// SPDX-License-Identifier: Apache-2.0
#include "experiments/comparison.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/process.h"
#include "base/terminal.h"
#include "base/terminal_text.h"
#include "codecs/common/predictors.h"
#include "experiments/surprisal_trace.h"
#include "generator/load_model.h"
#include "generator/method.h"
#include "generator/sample_metrics.h"
#include "generator/score.h"
#include "zipdream/error.h"
#include "zipdream/random.h"
#include "zipdream/registry.h"

namespace zipdream {

namespace {

std::size_t bytes_of(std::span<const Bytes> continuations) {
  std::size_t total = 0;
  for (const Bytes& bytes : continuations) total += bytes.size();
  return total;
}

void check_alphabets(std::span<const Variant> all, std::span<const Bytes> reference) {
  std::vector<const Variant*> variants;
  for (const Variant& variant : all) {
    if (variant.failure.empty()) variants.push_back(&variant);
  }
  const std::vector<bool> first = choices_of(*variants[0]);
  for (const Variant* variant : variants) {
    const std::vector<bool> others = choices_of(*variant);
    if (others == first) continue;
    throw Error::of_option(
        "alphabet", "",
        fmt::format(
            "{} chooses among {} bytes and {} among {} that are not the same, so their bits "
            "can't be compared",
            variants[0]->name.name, std::ranges::count(first, true), variant->name.name,
            std::ranges::count(others, true)),
        "give both the same");
  }
  for (const Bytes& bytes : reference) {
    // By any of them: their choices are alike.
    const auto at = find_unencodable_byte(*variants[0]->predictor, bytes);
    if (!at) continue;
    throw Error::of_option(
        "alphabet", "",
        fmt::format("lacks the byte 0x{:02x} '{}' at position {}, counted from 0, of the reference "
                    "continuation",
                    bytes[*at], terminal_text({&bytes[*at], 1}, true), *at),
        "add it, or take all bytes");
  }
}

std::optional<double> mean_difference(const MediaJob& job, std::span<const Bytes> continuations) {
  if (job.media() != Media::kImage || job.reference().empty()) return std::nullopt;
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < continuations.size(); ++i) {
    for (std::size_t j = 0; j < continuations[i].size(); ++j) {
      sum += static_cast<std::uint64_t>(std::abs(continuations[i][j] - job.reference()[i][j]));
    }
  }
  return static_cast<double>(sum) / static_cast<double>(bytes_of(continuations));
}

bool is_unencodable(const Predictor& predictor, std::span<const Bytes> continuations) {
  return std::ranges::any_of(continuations, [&](const Bytes& bytes) {
    return find_unencodable_byte(predictor, bytes).has_value();
  });
}

// Bytes of a text whose sources are found: each takes a walk through all that was seen.
constexpr std::size_t kMaxTraced = 1000;

// Lets one variant do the job.
class Runner {
 public:
  Runner(const Variant& variant, const MediaJob& job, const CompareRequest& request)
      : variant_(variant),
        job_(job),
        request_(request),
        progress_(variant.name.name, work(job, request), "bytes", !request.show_progress) {}

  // Puts what is finished into `run`. Throws Interrupted when the user asks to stop.
  void finish(VariantRun& run) {
    try {
      if (!job_.reference().empty()) run.reference = trace_all(job_.reference());
    } catch (const Error& error) {
      run.failure = explain(error);  // it could make no sample either, or none that counts
      return;
    }
    if (!make_together(run.samples)) {
      for (std::size_t i = 0; i < request_.samples; ++i) {
        run.samples.push_back(make_sample(request_.seed + i));
      }
    }
    const bool all_failed = std::ranges::all_of(
        run.samples, [](const Sample& sample) { return !sample.failure.empty(); });
    if (!run.reference && all_failed) check_prompts(run);
  }

 private:
  static std::size_t work(const MediaJob& job, const CompareRequest& request) {
    std::size_t count = 0;
    for (const Sequence& sequence : job.sequences()) count += sequence.count;
    return bytes_of(job.reference()) + 2 * request.samples * count;  // made, then scored
  }

  [[nodiscard]] std::string explain(const Error& error) const {
    return request_.explain ? request_.explain(error) : error.what();
  }

  // Whether it was the prompt that no sample could go on from.
  void check_prompts(VariantRun& run) const {
    try {
      for (const Sequence& sequence : job_.sequences()) {
        variant_.predictor->clone()->observe(sequence.prompt);
      }
    } catch (const Error& error) {
      run.failure = explain(error);
    }
  }

  SurprisalTrace trace_all(std::span<const Bytes> continuations) {
    const bool is_text = job_.media() == Media::kText;
    const std::size_t traced = is_text ? std::min(request_.detailed, kMaxTraced) : 0;
    SurprisalTrace trace = trace_surprisal(
        *variant_.predictor, job_.sequences(), continuations, request_.detailed,
        [this] { progress_.add(); }, traced);
    const std::uint64_t seen =
        seen_corpus(request_.model).size() + job_.sequences().front().prompt.size();
    for (Sources& sources : trace.sources) {
      for (Source& source : sources.list) source.at -= seen;
    }
    return trace;
  }

  // All samples in one go, where a model reads its weights once for all of them; the same as one by
  // one. Returns false where it doesn't, or where there is a failure, which may be of one alone.
  bool make_together(std::vector<Sample>& samples) {
    const bool together = variant_.method->continues_together() && !variant_.may_fail;
    if (request_.samples < 2 || !together) return false;
    std::vector<Sequence> sequences;
    std::vector<Rng> coins;
    for (std::size_t k = 0; k < request_.samples; ++k) {
      for (std::size_t i = 0; i < job_.sequences().size(); ++i) {
        sequences.push_back(job_.sequences()[i]);
        coins.emplace_back(request_.seed + k, i);
      }
    }
    const auto start = std::chrono::steady_clock::now();
    std::vector<Bytes> all;
    try {
      all = generate(*variant_.method, sequences, coins, counted());
    } catch (const Error&) {
      return false;
    }
    const double seconds = seconds_since(start) / static_cast<double>(request_.samples);
    const auto count = static_cast<std::ptrdiff_t>(job_.sequences().size());
    for (auto next = all.begin(); next != all.end(); next += count) {
      Sample sample{.seed = request_.seed + samples.size()};
      sample.continuations.assign(std::move_iterator(next), std::move_iterator(next + count));
      sample.seconds = seconds;
      measure_sample(sample);
      samples.push_back(std::move(sample));
    }
    return true;
  }

  Sample make_sample(std::uint64_t seed) {
    Sample sample{.seed = seed};
    const auto start = std::chrono::steady_clock::now();
    try {
      sample.continuations = generate(*variant_.method, job_.sequences(), seed, counted());
    } catch (const Error& error) {
      sample.failure = explain(error);
      return sample;
    }
    sample.seconds = seconds_since(start);
    measure_sample(sample);
    return sample;
  }

  // Throws Interrupted where the continuations may not be whole.
  void measure_sample(Sample& sample) {
    check_interrupt();
    sample.metrics = measure(seen_corpus(request_.model), job_.sequences(), sample.continuations);
    sample.mean_difference = mean_difference(job_, sample.continuations);
    if (!is_unencodable(*variant_.predictor, sample.continuations)) {
      sample.trace = trace_all(sample.continuations);
    }
  }

  [[nodiscard]] OnGenerated counted() {
    return [this](std::size_t /*sequence*/, ByteView bytes) { progress_.add(bytes.size()); };
  }

  static double seconds_since(std::chrono::steady_clock::time_point start) {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  }

  const Variant& variant_;
  const MediaJob& job_;
  const CompareRequest& request_;
  Progress progress_;
};

// The mean of what is there.
class Mean {
 public:
  void add(std::optional<double> value) {
    if (!value) return;
    sum_ += *value;
    ++count_;
  }
  [[nodiscard]] std::optional<double> value() const {
    if (count_ == 0) return std::nullopt;
    return sum_ / count_;
  }

 private:
  double sum_ = 0;
  int count_ = 0;
};

}  // namespace

double Sample::bytes_per_second() const {
  return static_cast<double>(metrics.bytes) / std::max(seconds, 1e-9);
}

Comparison compare(std::span<const Variant> variants, const MediaJob& job,
                   const CompareRequest& request) {
  check_alphabets(variants, job.reference());
  Comparison comparison;
  for (const Variant& variant : variants) {
    VariantRun run{.variant = variant.name, .failure = variant.failure};
    try {
      if (run.failure.empty()) Runner(variant, job, request).finish(run);
    } catch (const Interrupted&) {
      comparison.interrupted = true;
    }
    if (run.reference || !run.samples.empty() || !run.failure.empty()) {
      comparison.runs.push_back(std::move(run));
    }
    if (comparison.interrupted) break;
  }
  if (comparison.runs.empty()) throw Interrupted();
  return comparison;
}

Comparison compare(const CompareRequest& request) {
  if (request.prompt.empty() && request.model.corpus.empty() &&
      !std::ranges::all_of(request.models, can_begin)) {
    throw Error::of_option("prompt", "", "is empty", "give some text, or a corpus to continue");
  }
  const std::size_t scored = std::min(request.count, request.reference.size());
  if (request.samples == 0 && scored == 0) {
    throw Error::of_option("samples", "0", "without a reference nothing is compared",
                           "take 1 or more");
  }
  const auto end = request.reference.begin() + static_cast<std::ptrdiff_t>(scored);
  const auto job =
      make_text_job(request.prompt, request.count, Bytes(request.reference.begin(), end));
  return compare(load_variants(request, *job), *job, request);
}

std::optional<Overview> overview(const VariantRun& run) {
  Overview result;
  double bytes = 0;
  double total_seconds = 0;
  Mean seconds, copied, repeated, distinct, bits, difference;
  for (const Sample& sample : run.samples) {
    if (!sample.failure.empty()) continue;
    const SampleMetrics& metrics = sample.metrics;
    bytes += static_cast<double>(metrics.bytes);
    total_seconds += sample.seconds;
    result.longest_copied_run = std::max(result.longest_copied_run, metrics.longest_copied_run);
    seconds.add(sample.seconds);
    copied.add(metrics.copied_share);
    repeated.add(metrics.repeated_share);
    distinct.add(metrics.distinct_4grams);
    difference.add(sample.mean_difference);
    if (sample.trace) bits.add(sample.trace->per_byte());
  }
  if (!seconds.value()) return std::nullopt;
  result.seconds = *seconds.value();
  result.bytes_per_second = bytes / std::max(total_seconds, 1e-9);
  result.copied_share = copied.value().value_or(0);
  result.repeated_share = repeated.value().value_or(0);
  result.distinct_4grams = distinct.value();
  result.bits_per_byte = bits.value();
  result.mean_difference = difference.value();
  return result;
}

}  // namespace zipdream
